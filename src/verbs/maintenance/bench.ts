/** `bench`: how fast this installation is, on its own configuration and its own values. */
import type { Entry } from '../../core/entry.ts';
import { isServable } from '../../core/freshness.ts';
import { parseSelector } from '../../core/selector/selector-grammar.ts';
import { benchCompression } from './bench-compression.ts';
import { benchOrigins, type OriginBenchDeps } from './bench-origins.ts';
import type { BenchReport, BenchRequest } from './bench-report.ts';
import { benchTier } from './bench-tiers.ts';
import { newestEntries, type StoredDeps, slicesOf, storedHeads } from './stored.ts';

export type BenchDeps = StoredDeps & OriginBenchDeps;

/** Bounds the bodies of a sample, which are all in memory and, as scratch copies, in every tier. */
const SAMPLE_BYTES = 32 * 2 ** 20;

export async function bench(
  deps: BenchDeps,
  request: BenchRequest,
  signal: AbortSignal,
): Promise<BenchReport> {
  const { stack, clock, ledger } = deps;
  const sample = await sampleOf(deps, request, signal);
  const tiers: BenchReport['tiers'] = [];
  const first = deps.sources.get(sample[0]?.head.source ?? '');
  // A stamp is given only once, so no other bench uses these scratch keys.
  const scratch = first === undefined ? '' : `~bench:${await ledger.stamp(first.origin)}:`;
  for (const tier of sample.length === 0 ? [] : stack.tiers)
    tiers.push(await benchTier({ tier, sample, scratch, clock, signal }));
  return {
    selector: request.selector,
    at: clock.now(),
    keys: sample.length,
    bytes: sample.reduce((sum, { body }) => sum + body.byteLength, 0),
    tiers,
    compression: await benchCompression(sample, clock, signal),
    origins: await benchOrigins(deps, { sample, calls: request.calls, tiers }, signal),
  };
}

/** The first values that are selected and stored. */
async function sampleOf(deps: BenchDeps, request: BenchRequest, signal: AbortSignal): Promise<Entry[]> {
  const sample: Entry[] = [];
  let bytes = 0;
  for await (const page of storedHeads(deps, parseSelector(request.selector), signal)) {
    const now = deps.clock.now();
    const values = page.filter(
      (head) => head.kind === 'value' && isServable(head, now) && deps.sources.has(head.source),
    );
    for (const slice of slicesOf(values)) {
      const keys = slice.slice(0, request.keys - sample.length).map(({ key }) => key);
      for (const entry of await newestEntries(deps.stack, keys, signal)) {
        if (entry.head.kind !== 'value') continue;
        bytes += entry.body.byteLength;
        if (sample.length > 0 && bytes > SAMPLE_BYTES) return sample;
        sample.push(entry);
      }
      if (sample.length >= request.keys) return sample;
    }
  }
  return sample;
}
