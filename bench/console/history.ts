/** Runs, and times of schedules, on record as a system leaves them behind: written by the product's own stores, but not by running them. */
import type { Redis } from 'ioredis';
import pLimit from 'p-limit';
import { RedisRuns } from '../../src/catalog/runs/redis-runs.ts';
import { type EndedReason, PLAIN_RUN, type RunSpec } from '../../src/catalog/runs/runs.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { ruleText } from '../../src/schedules/rule.ts';
import { type Extent, scheduleName, sourceName } from './installation.ts';

const PREFIX = 'forewarm';
const DAY_MS = 86_400_000;
/** Records that are written at the same time. */
const AT_ONCE = 100;
/** Keys of a run that its schedule made. */
const FEW = 10;
const CHUNK = 200;

export async function recordHistory(redis: Redis, extent: Extent, ids: readonly string[]) {
  const store = { redis, prefix: PREFIX };
  const runs = new RedisRuns(store);
  const ticks = new RedisTickStore({ ...store, holder: 'bench', leaseMs: 60_000, kept: 1_000 });
  const limit = pLimit(AT_ONCE);
  const keys = ids.slice(0, FEW);
  await limit.map(
    Array.from({ length: extent.schedules }, (_, i) => i),
    (i) => recordSchedule({ runs, ticks }, extent, i, keys),
  );
  const failed = 'every-key-failed';
  await recordFailed(runs, failed, extent.failed);
  return { usual: runId(0, 0), failed };
}

const runId = (schedule: number, time: number) => `${scheduleName(schedule)}-${time}`;

interface Stores {
  readonly runs: RedisRuns;
  readonly ticks: RedisTickStore;
}

/** The oldest time first; every seventh was skipped, as no scheduler ran. */
async function recordSchedule({ runs, ticks }: Stores, extent: Extent, i: number, ids: readonly string[]) {
  const name = scheduleName(i);
  const begin = Date.now() - (extent.times + 1) * DAY_MS + i * 1_000;
  const rule = ruleText({ cron: '0 0 * * *', timezone: 'UTC' });
  let from = await ticks.open(name, { cursor: begin, rule, waiting: undefined });
  for (let time = 0; time < extent.times; time += 1) {
    const nominal = begin + (time + 1) * DAY_MS;
    const to = { ...from, cursor: nominal };
    const isSkipped = (i + time) % 7 === 0;
    const skipped = isSkipped ? [{ nominal, reason: 'missed' as const, note: '' }] : [];
    await ticks.advance(name, { from, to, fire: isSkipped ? [] : [nominal], skipped, skippedRanges: [] });
    from = to;
    const id = runId(i, time);
    const keys = ids.map((market) => `${sourceName(i % extent.sources)}:${market}`);
    await recordRun(runs, {
      id,
      schedule: name,
      at: nominal,
      keys,
      how: HOWS[(i + time) % HOWS.length] ?? HOWS[0],
    });
    if (!isSkipped) await ticks.ran(name, nominal, { run: id, begins: nominal });
  }
}

interface How {
  readonly reason: EndedReason;
  /** Of the keys in turn. */
  readonly outcomes: readonly [Outcome, ...Outcome[]];
}

const HOWS: readonly [How, ...How[]] = [
  { reason: 'finished', outcomes: ['warmed'] },
  { reason: 'finished', outcomes: ['unchanged', 'warmed', 'already-warm'] },
  { reason: 'finished', outcomes: ['warmed', 'absent', 'failed'] },
  { reason: 'stopped', outcomes: ['warmed', 'cancelled'] },
  { reason: 'finished', outcomes: ['refused', 'unchanged'] },
];

interface Record {
  readonly id: string;
  readonly schedule: string;
  readonly at: number;
  readonly keys: readonly string[];
  readonly how: How;
}

async function recordRun(runs: RedisRuns, { id, schedule, at, keys, how }: Record): Promise<void> {
  const [source = ''] = keys[0]?.split(':') ?? [];
  await runs.create(specOf(id, at, { selector: `source=${source}`, cause: 'schedule', schedule }));
  await runs.addChunk(id, 0, source, keys);
  await runs.begin(id, 1, keys.length, at + 20);
  const outcomeAt = (index: number) => how.outcomes[index % how.outcomes.length] ?? how.outcomes[0];
  await runs.record(
    id,
    0,
    keys.map((_, index) => ({ index, outcome: outcomeAt(index) })),
  );
  await runs.end(id, how.reason, '', COVERAGE, at + 60_000);
}

const COVERAGE = { redis: { warm: FEW, total: FEW }, disk: { warm: FEW, total: FEW } };

function specOf(
  id: string,
  createdAt: number,
  more: Pick<RunSpec, 'selector' | 'cause' | 'schedule'>,
): RunSpec {
  const none = { named: undefined, keep: undefined, nominal: undefined, names: undefined };
  return { id, createdAt, ...none, options: PLAIN_RUN, stamps: {}, ...more };
}

async function recordFailed(runs: RedisRuns, id: string, count: number): Promise<void> {
  const at = Date.now() - 60_000;
  await runs.create(specOf(id, at, { selector: '', cause: 'api', schedule: undefined }));
  const source = sourceName(0);
  const chunks = Math.ceil(count / CHUNK);
  const keysOf = (chunk: number) =>
    Array.from(
      { length: Math.min(CHUNK, count - chunk * CHUNK) },
      (_, i) => `${source}:gone-${chunk * CHUNK + i}`,
    );
  const each = pLimit(AT_ONCE);
  const numbers = [...Array(chunks).keys()];
  await each.map(numbers, (chunk) => runs.addChunk(id, chunk, source, keysOf(chunk)));
  await runs.begin(id, chunks, count, at);
  await each.map(numbers, (chunk) =>
    runs.record(
      id,
      chunk,
      keysOf(chunk).map((_, index) => ({ index, outcome: 'failed' })),
    ),
  );
  await runs.end(id, 'finished', '', {}, at + 50_000);
}
