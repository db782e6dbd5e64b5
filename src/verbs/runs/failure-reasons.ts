import type { Catalog } from '../../catalog/catalog.ts';
import { type Sources, sourceOfKey } from '../../core/sources.ts';
import { knownRecords } from '../known-records.ts';

export interface FailureReasonsDeps {
  readonly catalog: Pick<Catalog, 'get'>;
  readonly sources: Sources;
}

/** What the catalog knows of why keys fail, one for each; empty where it knows nothing. */
export async function failureReasons(
  { catalog, sources }: FailureReasonsDeps,
  keys: readonly string[],
): Promise<string[]> {
  const records = knownRecords(catalog);
  const reasons = new Map<string, string>();
  for (const [source, own] of Map.groupBy(keys, (key) => sourceOfKey(sources, key)?.name)) {
    if (source === undefined) continue;
    const found = await records.get(source, own);
    own.forEach((key, i) => void reasons.set(key, found[i]?.failure?.reason ?? ''));
  }
  return keys.map((key) => reasons.get(key) ?? '');
}
