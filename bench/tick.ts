/** What a tick costs: taking what is due out of the catalog and queueing it, in a large catalog and in a small one. */
import { Redis } from 'ioredis';
import type { Parts } from '../src/app/parts.ts';
import { type Clock, systemClock } from '../src/core/clock.ts';
import type { Task } from './contenders/task.ts';
import { cpuSeconds, median } from './figures.ts';
import { CLOSE_MS, openParts, runJob } from './forewarm.ts';
import type { Markets } from './markets.ts';
import { inSandbox, type Sandbox } from './sandbox.ts';

export interface TickCost {
  readonly keys: number;
  /** Of one tick, from its start until the work is queued: the median. */
  readonly ms: number;
  /** Processor time of Redis for one tick: the mean. */
  readonly redisMs: number;
}

export interface Ticks {
  readonly due: number;
  readonly small: TickCost;
  readonly large: TickCost;
  /** How much more a tick costs in the large catalog: the median of the ratios of neighbours. */
  readonly ratio: number;
}

export interface TickDeps {
  readonly markets: Markets;
  readonly small: number;
  readonly large: number;
  readonly due: number;
  readonly ticks: number;
}

/** Ticks that are not counted, at the start. */
const UNCOUNTED = 3;
/** Between two ticks, on the clock of the catalogs, in ms. */
const STEP_MS = 10_000;
/** Keys that are not due during the benchmark come due over this time after it, in ms. */
const DAY_MS = 86_400_000;
/** Due keys come from all over the catalog, and a tick takes others than those before it, for at most this many ticks. */
const WINDOWS = 30;

export function measureTicks(init: TickDeps): Promise<Ticks> {
  return inSandbox((one) =>
    inSandbox(async (other) => {
      const start = systemClock.now();
      let now = start;
      const clock: Clock = { ...systemClock, now: () => now };
      const small = await openCatalog(init, one, init.small, clock);
      const large = await openCatalog(init, other, init.large, clock);
      for (let n = -UNCOUNTED; n < init.ticks; n += 1) {
        now = start + (n + UNCOUNTED + 1) * STEP_MS;
        await small.tick(n);
        await large.tick(n);
      }
      const ratio = median(large.times.map((ms, i) => ms / (small.times[i] ?? ms)));
      return { due: init.due, small: await small.close(), large: await large.close(), ratio };
    }),
  );
}

async function openCatalog(init: TickDeps, { redisUrl, folder }: Sandbox, keys: number, clock: Clock) {
  const { url, warmUp, measured } = init.markets;
  const files = { warmUp: warmUp.file, measured: measured.file };
  const task: Task = { redisUrl, folder, originUrl: url, concurrency: 1, ...files, batch: false };
  const parts = await openParts(task, clock);
  const redis = new Redis(redisUrl);
  const windows = await fillCatalog(parts, keys, init.due);
  const times: number[] = [];
  let redisSeconds = 0;
  return {
    times,
    async tick(n: number) {
      const due = windows[(n + UNCOUNTED) % windows.length] ?? [];
      const before = await cpuSeconds(redis);
      const began = performance.now();
      await runJob(parts, 'refresh', { step: 'tick', temperature: 'cold' }, `tick-${n + UNCOUNTED}`);
      const ms = performance.now() - began;
      if (n >= 0) {
        times.push(ms);
        redisSeconds += (await cpuSeconds(redis)) - before;
      }
      await checkTaken(parts, due, clock);
      // They come due again when every other window has been.
      await comeDue(parts, due, clock.now() + (windows.length - 1) * STEP_MS);
    },
    async close(): Promise<TickCost> {
      redis.disconnect();
      await parts.close(systemClock.now() + CLOSE_MS);
      return { keys, ms: median(times), redisMs: (redisSeconds * 1_000) / times.length };
    },
  };
}

/** Answers the keys that come due at each tick: so many, at random places of the catalog. */
async function fillCatalog({ catalog, clock }: Parts, size: number, due: number): Promise<string[][]> {
  const keys = shuffled(Array.from({ length: size }, (_, i) => `profile:${size + i}`));
  const windows: string[][] = [];
  const from = clock.now();
  for (let i = 0; i < keys.length; i += due) {
    const slice = keys.slice(i, i + due);
    await catalog.track('profile', slice, from + DAY_MS * (1 + Math.random()));
    if (windows.length < WINDOWS) windows.push(slice);
  }
  for (const [n, window] of windows.entries()) await comeDue({ catalog }, window, from + n * STEP_MS);
  return windows;
}

/** Makes keys due within the step after `from`. */
function comeDue({ catalog }: Pick<Parts, 'catalog'>, keys: readonly string[], from: number): Promise<void> {
  const at = () => Math.ceil(from + Math.random() * STEP_MS);
  return catalog.settle(
    'profile',
    keys.map((key) => ({ key, dueAt: at() })),
  );
}

async function checkTaken({ catalog }: Parts, keys: readonly string[], clock: Clock): Promise<void> {
  const records = await catalog.get('profile', keys);
  const taken = records.filter((record) => (record?.dueAt ?? 0) > clock.now()).length;
  if (taken < keys.length) throw new Error(`a tick took ${taken} of ${keys.length} due keys`);
}

function shuffled<T>(items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1));
    // Both are places of the list.
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}
