import type { Head } from '../../core/entry.ts';
import type { Tier } from '../tier.ts';
import { noTier } from './no-tier.ts';

/**
 * The heads of several tiers, each key once: as the first tier that holds it has it. Which keys earlier tiers hold is
 * looked up page by page, so that no list of keys is kept in memory, however many there are.
 *
 * A tier that fails before its first page is skipped; one that fails later ends the scan with its error, since nobody can
 * say which of its keys came already. Rejects when every tier failed.
 */
export async function* scanAll(
  tiers: readonly Tier[],
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<Head[], void> {
  const scanned: Tier[] = [];
  const failures: unknown[] = [];
  for (const tier of tiers) {
    let begun = false;
    try {
      for await (const page of tier.scan(prefix, signal)) {
        begun = true;
        const heads = await withoutThoseIn(scanned, page, signal);
        if (heads.length > 0) yield heads;
      }
      scanned.push(tier);
    } catch (error) {
      if (begun || signal.aborted) throw error;
      failures.push(error);
    }
  }
  if (scanned.length === 0 && failures.length > 0) throw noTier('could be scanned', failures);
}

async function withoutThoseIn(tiers: readonly Tier[], page: Head[], signal: AbortSignal): Promise<Head[]> {
  let heads = page;
  for (const tier of tiers) {
    if (heads.length === 0) break;
    const keys = heads.map(({ key }) => key);
    const held = await tier.getMany(keys, 'head', signal);
    heads = heads.filter((_, i) => held[i] === undefined);
  }
  return heads;
}
