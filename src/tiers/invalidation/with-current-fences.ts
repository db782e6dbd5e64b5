import type { Tier } from '../tier.ts';
import type { Fences } from './fences.ts';

/**
 * Reads backing tiers so that what comes back can be judged: by then every fence is known that was raised before `moment`,
 * when the read began. The fences are asked at the same time as the tiers; or not at all, where they were since then, or
 * where a tier among them brings the mark along. Where they cannot be asked, those that are known have to do.
 */
export async function withCurrentFences<T>(
  fences: Fences,
  tiers: readonly Tier[],
  read: () => Promise<T>,
  moment: number = fences.moment(),
): Promise<T> {
  if (fences.isKnownSince(moment)) return read();
  if (!tiers.some(({ name }) => name === fences.piggybackTier)) {
    const [answer] = await Promise.all([read(), fences.sync()]);
    return answer;
  }
  const answer = await read();
  if (!fences.isKnownSince(moment)) await fences.sync();
  return answer;
}
