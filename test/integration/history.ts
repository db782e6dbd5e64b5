/** What a run left behind, in its record, at the origin and in the tiers; and what in it breaks a promise. */
import { Redis } from 'ioredis';
import { RedisRuns } from '../../src/catalog/runs/redis-runs.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { outcomeOfCode, sumOf } from '../../src/core/outcome.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { DiskTier } from '../../src/tiers/disk/disk-tier.ts';
import { RedisTier } from '../../src/tiers/redis/redis-tier.ts';
import type { RunView } from '../../src/verbs/runs/run-shapes.ts';
import type { Markets } from '../support/markets.ts';
import type { System } from '../support/system.ts';

export interface History {
  /** The keys that the run was to warm. */
  readonly keys: readonly string[];
  readonly run: Pick<RunView, 'state' | 'total' | 'pending' | 'counts' | 'endedReason'>;
  /** Each place of the manifest: its key, and the letter of its outcome. */
  readonly manifest: readonly (readonly [key: string, letter: string])[];
  /** How often the origin was asked for each key. */
  readonly calls: Readonly<Record<string, number>>;
  /** The keys that each tier has a value of. */
  readonly tiers: Readonly<Record<string, ReadonlySet<string>>>;
}

/** Above this share of the keys, calls that were made twice are too many. */
const EXTRA_SHARE = 0.03;

/** Calls beyond one per key. */
export function extraCalls({ keys, calls }: History): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0) - keys.length;
}

/** Every promise of a run that was to warm each key once, and that this history breaks. */
export function violations(history: History): string[] {
  const { keys, run, manifest, tiers } = history;
  const found: string[] = [];
  const tell = (broken: boolean, what: string) => {
    if (broken) found.push(what);
  };
  tell(run.state !== 'ended' || run.endedReason !== 'finished', `the run is ${run.endedReason ?? run.state}`);
  tell(run.pending !== 0, `${run.pending} keys are pending`);
  const sum = sumOf({ ...run.counts });
  tell(sum !== run.total, `${sum} outcomes are counted of ${run.total} keys`);
  tell(run.total !== keys.length, `the manifest counts ${run.total} keys, not ${keys.length}`);
  const letters = new Map(manifest);
  tell(
    letters.size !== manifest.length,
    `${manifest.length - letters.size} keys stand twice in the manifest`,
  );
  const lost = keys.filter((key) => outcomeOfCode(letters.get(key) ?? '') === undefined);
  tell(lost.length > 0, `${lost.length} keys have no outcome, such as ${lost[0]}`);
  for (const [outcome, count] of Object.entries(run.counts)) {
    const recorded = manifest.filter(([, letter]) => outcomeOfCode(letter) === outcome).length;
    tell(recorded !== count, `${count} keys are counted as ${outcome}, and ${recorded} recorded`);
  }
  tell(run.counts.warmed !== keys.length, `${run.counts.warmed} of ${keys.length} keys are warmed`);
  for (const [tier, held] of Object.entries(tiers)) {
    const missing = keys.filter((key) => !held.has(key));
    tell(missing.length > 0, `${tier} lacks ${missing.length} keys, such as ${missing[0]}`);
  }
  const extra = extraCalls(history);
  tell(extra < 0, `the origin was asked ${-extra} times too few`);
  tell(extra >= EXTRA_SHARE * keys.length, `the origin was asked ${extra} times too often`);
  return found;
}

/** Reads the history of a run of one source that has ended: the record and the tiers as they are, not as a verb tells. */
export async function readHistory(
  system: System,
  markets: Markets,
  run: RunView,
  source: string,
): Promise<History> {
  const settings = await loadSettings({ file: system.config, env: {} });
  const keys = system.markets.map((market) => `${source}:${market}`);
  const redis = new Redis(settings.redis.jobs);
  const { timeout, path, maxSize } = settings.tiers.disk;
  const parts = { clock: systemClock, events: new Events() };
  const tiers = {
    redis: new RedisTier({ redis, prefix: settings.tiers.redis.prefix, ...parts }),
    disk: new DiskTier({ path, maxSize, timeout, ...parts }),
  };
  try {
    const held = async (tier: RedisTier | DiskTier) => {
      const entries = await tier.getMany(keys, 'entry', new AbortController().signal);
      const full = entries.filter((entry) => entry?.head.kind === 'value' && entry.body.byteLength > 0);
      return new Set(full.map((entry) => entry?.head.key ?? ''));
    };
    return {
      keys,
      run,
      manifest: await manifestOf(new RedisRuns({ redis, prefix: settings.redis.prefix }), run.id),
      calls: (await markets.counters({ keys: true })).callsPerKey ?? {},
      tiers: { redis: await held(tiers.redis), disk: await held(tiers.disk) },
    };
  } finally {
    await Promise.all([tiers.redis.close(), tiers.disk.close()]);
    redis.disconnect();
  }
}

async function manifestOf(runs: RedisRuns, id: string): Promise<[string, string][]> {
  const all: [string, string][] = [];
  for (let n = 0; ; n += 1) {
    const chunk = await runs.chunk(id, n);
    if (chunk === undefined) return all;
    for (const [i, key] of chunk.keys.entries()) all.push([key, chunk.outcomes[i] ?? '']);
  }
}
