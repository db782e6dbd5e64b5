/** How far an invalidation would reach: which keys of which sources, and what each tier has of them. */
import type { Selector } from '../core/selector/selector.ts';
import { errandSignal } from '../flow/errand.ts';
import { KeyCount, type KeyCountDeps, keysInTier } from '../warming/planning/key-count.ts';
import type { SelectedKeys } from '../warming/selected-keys.ts';
import type { Selection } from '../warming/selection.ts';

export type RadiusDeps = Pick<KeyCountDeps, 'stack' | 'catalog' | 'clock'> & {
  readonly selection: Selection;
};

/** Keys of a source that are all looked up before an invalidation, where a sample stands for the others. */
const EXACT = 1_000;
/** Keys shown of an invalidation. */
const SAMPLES = 10;

interface BlastRadius {
  readonly keys: number;
  readonly bySource: Record<string, number>;
  /** By the name of a tier that answered. */
  readonly byTier: Record<string, number>;
  readonly samples: string[];
}

/** Counts all keys, and does nothing to them. */
export async function radiusOf({ selection, ...deps }: RadiusDeps, selector: Selector): Promise<BlastRadius> {
  const count = new KeyCount({
    ...{ ...deps, startsAt: deps.clock.now(), options: { reason: 'run', since: 0 } },
    ...{ exact: EXACT, keysPerChunk: () => EXACT, silence: undefined },
  });
  const known = selection.known(selector, errandSignal());
  const { bySource, samples } = await walk(known, (page) => count.add(page, errandSignal()));
  count.end();
  return { keys: sumOf(bySource), bySource, byTier: heldIn(count), samples };
}

function heldIn({ tiers }: KeyCount): Record<string, number> {
  const answered = tiers.filter(({ error }) => error === undefined);
  return Object.fromEntries(
    answered.map((count) => {
      const { fresh, due, stale } = keysInTier(count);
      return [count.tier.name, Math.round(fresh + due + stale)];
    }),
  );
}

/** Has each page visited. */
export async function walk(
  known: AsyncIterable<SelectedKeys> | readonly SelectedKeys[],
  visit: (page: SelectedKeys) => Promise<void> | undefined,
) {
  const bySource: Record<string, number> = {};
  const samples: string[] = [];
  for await (const page of known) {
    const { source, keys } = page;
    await visit(page);
    bySource[source.name] = (bySource[source.name] ?? 0) + keys.length;
    samples.push(...keys.slice(0, SAMPLES - samples.length));
  }
  return { bySource, samples };
}

export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
