/** How fast a run goes, and when it will be done at that: by what was seen in the last half minute, or since it began. */

export interface Progress {
  readonly at: number;
  /** Keys that have an outcome. */
  readonly done: number;
}

/** How long what was seen counts, in ms. */
const WINDOW_MS = 30_000;
/** Two looks that are nearer to each other say little. */
const LEAST_MS = 2_000;

/** With one more look, and without those that are too old. */
export function withLook(looks: readonly Progress[], look: Progress): readonly Progress[] {
  const last = looks.at(-1);
  if (last !== undefined && (last.at === look.at || last.done > look.done)) return [look];
  return [...looks.filter(({ at }) => look.at - at <= WINDOW_MS), look];
}

/** Keys a second; undefined: nothing can be said. */
export function speedOf(looks: readonly Progress[], startedAt: number | null): number | undefined {
  const last = looks.at(-1);
  if (last === undefined) return undefined;
  const first = looks[0];
  if (first !== undefined && last.at - first.at >= LEAST_MS) {
    return ((last.done - first.done) * 1_000) / (last.at - first.at);
  }
  if (startedAt === null || last.at - startedAt < LEAST_MS) return undefined;
  return (last.done * 1_000) / (last.at - startedAt);
}

/** In ms from now; undefined: nothing can be said. */
export function restOf(pending: number, speed: number | undefined): number | undefined {
  return speed === undefined || speed <= 0 ? undefined : (pending * 1_000) / speed;
}
