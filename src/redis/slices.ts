/** The most members that one command carries: it bounds how long Redis keeps everybody else waiting, and what Lua's stack must hold. */
export const SLICE = 1_000;

/** Pieces of at most `size`, in order; none of nothing. */
export function slices<T>(all: readonly T[], size: number = SLICE): (readonly T[])[] {
  if (all.length <= size) return all.length === 0 ? [] : [all];
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
