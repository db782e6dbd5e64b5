/** What somebody demands of a part of a whole: at least such a share. */

/**
 * Whether a part is at least this share of its whole. Of nothing, everything is. Both sides are the doubles nearest to what is meant,
 * so 999 of 1,000 reach 0.999.
 */
export function reaches(part: number, whole: number, wanted: number): boolean {
  return whole === 0 || part / whole >= wanted;
}

/** How many more would reach it; 0 where it is reached. */
export function shortOf(part: number, whole: number, wanted: number): number {
  if (reaches(part, whole, wanted)) return 0;
  let more = Math.max(1, Math.ceil(whole * wanted) - part);
  // The product may be off by a little; the quotient decides.
  while (more > 1 && reaches(part + more - 1, whole, wanted)) more -= 1;
  while (!reaches(part + more, whole, wanted)) more += 1;
  return more;
}
