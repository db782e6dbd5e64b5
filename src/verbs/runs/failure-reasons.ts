import type { Attempts } from '../../catalog/attempts.ts';
import type { Catalog, Failure } from '../../catalog/catalog.ts';
import type { Run } from '../../catalog/runs/runs.ts';
import { isRedisAway } from '../../core/redis-away.ts';
import { type Sources, sourceOfKey } from '../../core/sources.ts';
import { knownRecords } from '../known-records.ts';

export interface FailureReasonsDeps {
  readonly catalog: Pick<Catalog, 'get'>;
  readonly failedAttempts: Pick<Attempts, 'ofRun'>;
  readonly sources: Sources;
}

/** A key of a run. `isAside`: the run left it alone, since it had failed before. */
interface UnwarmedKey {
  readonly key: string;
  readonly isAside: boolean;
}

/**
 * Why keys failed in this run, one for each; empty where that is not known any more. Attempts tell, whatever became of the key since; where
 * they are forgotten the catalog does, as long as what it has of the key is of the time of the run.
 */
export async function failureReasons(
  { catalog, failedAttempts, sources }: FailureReasonsDeps,
  run: Run,
  unwarmed: readonly UnwarmedKey[],
): Promise<string[]> {
  const records = knownRecords(catalog);
  const reasons = new Map<string, string>();
  for (const [source, own] of Map.groupBy(unwarmed, ({ key }) => sourceOfKey(sources, key)?.name)) {
    if (source === undefined) continue;
    const keys = own.map(({ key }) => key);
    const [attempts, found] = await Promise.all([
      failedAttempts.ofRun(source, keys, run.id).catch(noneWhileAway),
      records.get(source, keys),
    ]);
    own.forEach(({ key, isAside }, i) => {
      const failure = found[i]?.failure;
      const known = failure !== undefined && isOf(run, failure, isAside) ? failure.reason : '';
      reasons.set(key, (isAside ? undefined : attempts[i]?.reason) ?? known);
    });
  }
  return unwarmed.map(({ key }) => reasons.get(key) ?? '');
}

function isOf({ createdAt, endedAt = Number.POSITIVE_INFINITY }: Run, { at }: Failure, isAside: boolean) {
  return at <= endedAt && (isAside || at >= createdAt);
}

function noneWhileAway(error: unknown): [] {
  if (!isRedisAway(error)) throw error;
  return [];
}
