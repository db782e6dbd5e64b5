/** Steps of the tests that warm keys directly, without a queue. */
import { expect } from 'vitest';
import type { Entry } from '../../src/core/entry.ts';
import type { Ended, WarmResult, WarmTask } from '../../src/warming/warm-task.ts';
import type { Jobs } from '../support/build-jobs.ts';
import { keysOf } from '../support/sources.ts';

export const NEVER = new AbortController().signal;
export const ONE = keysOf(1);

export interface Warmed extends WarmResult {
  /** `outcome` or `outcome: reason` of each key that ended. */
  readonly ended: Readonly<Record<string, string>>;
}

type Change = Partial<Omit<WarmTask, 'source' | 'options'>> & {
  readonly source?: string;
  readonly options?: Partial<WarmTask['options']>;
};

/** Warms keys of `profile`; a key that ends twice fails the test. */
export async function warm(jobs: Pick<Jobs, 'warmer' | 'sources'>, change: Change = {}): Promise<Warmed> {
  const { source: name = 'profile', options, ...rest } = change;
  const source = jobs.sources.get(name);
  if (source === undefined) throw new Error(`no source ${name}`);
  const keys = rest.keys ?? ONE;
  const outcomes: Record<string, string> = {};
  const onEnded = async (batch: readonly Ended[]) => {
    for (const { index, outcome, reason } of batch) {
      const key = keys[index] ?? '';
      expect(outcomes[key], `${key} ended already`).toBeUndefined();
      outcomes[key] = reason === '' ? outcome : `${outcome}: ${reason}`;
    }
  };
  const result = await jobs.warmer.warm({
    ...{ keys, user: 'run', run: undefined, onEnded, signal: NEVER, source },
    options: { reason: 'run', since: 0, ...options },
    ...rest,
  });
  return { ...result, ended: outcomes };
}

/** Some keys vanish from a tier behind everyone's back; the others of `among` stay. */
export async function loseIn(
  jobs: Jobs,
  tier: 'shared' | 'disk' | 'memory',
  keys: readonly string[],
  among: readonly string[],
): Promise<void> {
  const held = (await jobs[tier].getMany(among, 'entry', NEVER)).filter((entry) => entry !== undefined);
  if (tier === 'shared') await jobs.redis.del(await jobs.redis.keys(`${jobs.values}*`));
  else await jobs[tier].sweep(Number.MAX_SAFE_INTEGER, 100, NEVER);
  const rest = held.filter(({ head }) => !keys.includes(head.key));
  await jobs[tier].putMany(
    rest.map((entry) => ({ kind: 'put', entry })),
    NEVER,
  );
}

/** What a key is in each tier. */
export async function inTiers(
  { memory, shared, disk }: Pick<Jobs, 'memory' | 'shared' | 'disk'>,
  key = ONE[0] ?? '',
): Promise<(Entry | undefined)[]> {
  const tiers = [memory, shared, disk];
  return (await Promise.all(tiers.map((tier) => tier.getMany([key], 'entry', NEVER)))).flat();
}

/** The bodies of a key in memory, Redis and disk; undefined where there is none. */
export async function bodies(jobs: Parameters<typeof inTiers>[0], key?: string) {
  const entries = await inTiers(jobs, key);
  return entries.map((entry) => (entry === undefined ? undefined : Buffer.from(entry.body).toString()));
}

/** Makes the catalog expect keys, as planning a run does. */
export async function expected({ catalog, clock }: Pick<Jobs, 'catalog' | 'clock'>, keys = ONE) {
  await catalog.track('profile', keys, clock.now());
}

/** Every tier loses every value. */
export async function loseAll({
  memory,
  disk,
  redis,
  values,
}: Pick<Jobs, 'memory' | 'disk' | 'redis' | 'values'>) {
  const stored = await redis.keys(`${values}*`);
  if (stored.length > 0) await redis.del(...stored);
  for (const tier of [memory, disk]) await tier.sweep(Number.MAX_SAFE_INTEGER, 10_000, NEVER);
}
