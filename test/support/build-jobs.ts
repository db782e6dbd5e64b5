/**
 * What the job kinds work with, wired by the app's own functions (`assembleRecords`, `assembleJobKinds`): every store on the
 * tests' Redis, a stack of memory, Redis and disk under chaos tiers, a real ledger and a real queue; only the origin is scripted.
 * Time is the test's, except for the queue's.
 */
import { Redis } from 'ioredis';
import { inject, onTestFinished } from 'vitest';
import { assembleEntities } from '../../src/app/entities.ts';
import { assembleJobKinds, type JobKindsDeps } from '../../src/app/job-kinds.ts';
import { assembleRecords } from '../../src/app/stores.ts';
import { RedisLedger } from '../../src/budget/redis-ledger.ts';
import type { EntitySetOptions } from '../../src/catalog/entities/options.ts';
import type { Budget } from '../../src/core/budget.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { type EventName, Events } from '../../src/core/events.ts';
import type { ListPlace } from '../../src/core/list.ts';
import type { Source } from '../../src/core/source.ts';
import { BullQueue } from '../../src/queue/bullmq.ts';
import type { Queue, QueuedJob } from '../../src/queue/queue.ts';
import { BusHealth } from '../../src/tiers/invalidation/bus-health.ts';
import { RedisBus } from '../../src/tiers/invalidation/redis-bus.ts';
import { OriginCaller } from '../../src/warming/calls/origin-caller.ts';
import { FETCHED_AT } from './entries.ts';
import { EventLog } from './event-log.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeTimeFences } from './fake-time-fences.ts';
import { FakeTimeLedger } from './fake-time-ledger.ts';
import { connectRedis, uniquePrefix } from './redis.ts';
import { ScriptedOrigin } from './scripted-origin.ts';
import { marketsCsv, sourceWith } from './sources.ts';
import { chaoticStack } from './stack.ts';

/** What the job kinds are configured with; see `TEST_DEFAULTS`. */
type KindOptions = Pick<
  JobKindsDeps,
  | 'outage'
  | 'chunkSize'
  | 'id'
  | 'version'
  | 'attempts'
  | 'backoff'
  | 'reencryptables'
  | 'keepRuns'
  | 'maxRunAge'
  | 'random'
>;

interface LedgerOptions {
  /** Of every origin. */
  readonly budget?: Budget;
  /** How long the ledger lets a caller wait, in ms. */
  readonly patienceMs?: number;
}

export interface JobsOptions extends Partial<KindOptions>, LedgerOptions {
  readonly sources?: readonly Source[];
  readonly entities?: Readonly<Record<string, EntitySetOptions>>;
  /** Of entity sets that are lists of the scripted origins. */
  readonly lists?: ReadonlyMap<string, ListPlace>;
  readonly origins?: readonly ScriptedOrigin[];
}

/** Waits are the longest they can be. */
const TEST_DEFAULTS: KindOptions = {
  ...{ outage: 600_000, chunkSize: 4, attempts: 3, backoff: { base: 2_000, max: 60_000 } },
  ...{
    id: 'me',
    version: '1.0.0',
    reencryptables: [],
    keepRuns: 100,
    maxRunAge: 86_400_000,
    random: () => 1 - Number.EPSILON,
  },
};

export type Jobs = ReturnType<typeof buildJobs>;

const LOGGED: readonly EventName[] = [
  'budget:pause',
  'job:ended',
  'job:handed-back',
  'key:failed',
  'key:refused',
  'keys:ended',
  'origin:call',
  'problem',
  'run:created',
  'run:ended',
  'source:moved',
  'source:shrank',
  'values:vanished',
  'values:doubted',
];

/** On a clock that stands still. */
export function buildJobs(options: JobsOptions = {}) {
  const clock = new FakeClock(FETCHED_AT);
  return { ...assemble(options, clock), clock };
}

/** On the machine's clock, for jobs that run by themselves. */
export function buildLiveJobs(options: JobsOptions = {}) {
  return assemble(options, systemClock);
}

function assemble(options: JobsOptions, clock: Clock) {
  const { sources: given = [sourceWith()], entities: sets, lists, origins: all, ...rest } = options;
  const { budget, patienceMs, ...changes } = rest;
  const events = new Events();
  const log = new EventLog(events, LOGGED);
  const store = { redis: connectRedis(), prefix: uniquePrefix() };
  const sources = new Map(given.map((source) => [source.name, source]));
  const [origin = new ScriptedOrigin(), ...others] = all ?? [];
  const origins = new Map([origin, ...others].map((each) => [each.name, each]));
  const base = {
    ...store,
    clock,
    events,
    log,
    sources,
    origins,
    ...assembleRecords({ ...store, holder: 'me' }),
  };
  const ledgers = buildLedger({ ...base, budget, patienceMs });
  const added: QueuedJob[] = [];
  const queue = recording(buildQueue(base), added);
  const kinds = { ...TEST_DEFAULTS, ...changes };
  const originCaller = new OriginCaller({ ...base, ...ledgers, ...kinds });
  const settings = {
    entities: sets ?? { markets: marketsCsv(10) },
    lists: lists ?? new Map(),
    origins: new Map([...origins.keys()].map((name) => [name, { absence: 0.1 }])),
  };
  const entities = assembleEntities({ ...base, originCaller, settings });
  const tiers = buildTiers({ ...base, ...ledgers });
  const parts = { ...base, ...ledgers, ...tiers, queue, originCaller, entities };
  return { ...parts, ...kinds, ...assembleJobKinds({ ...parts, ...kinds }), origin, added };
}

interface TiersDeps extends Store {
  readonly sources: ReadonlyMap<string, Source>;
  readonly ledger: FakeTimeLedger;
}

/** The bus reaches no tier: these tests are not about other processes. */
function buildTiers({ sources, ledger, ...store }: TiersDeps) {
  const { redis, clock, events } = store;
  const fences = new FakeTimeFences({
    ...{ ...store, failFast: redis, clock: systemClock, longest: 600_000, piggybackTier: undefined },
    sources: [...sources.values()],
    stamp: (name) => ledger.stamp(name),
  });
  const busHealth = new BusHealth({ clock, bound: 300_000 });
  const sender = uniquePrefix();
  const bus = new RedisBus({ ...store, fences, busHealth, connect: connector(), sender, tiers: [] });
  return { ...chaoticStack({ clock, events, fences }), fences, busHealth, bus };
}

interface Store {
  readonly redis: ReturnType<typeof connectRedis>;
  readonly prefix: string;
  readonly clock: Clock;
  readonly events: Events;
}

interface LedgerDeps extends Store {
  readonly origins: ReadonlyMap<string, ScriptedOrigin>;
  readonly budget: Budget | undefined;
  readonly patienceMs: number | undefined;
}

/** Waits and pauses are on the machine's clock, as they are on the server's. */
function buildLedger({ origins, clock, budget, patienceMs = 2_000, ...store }: LedgerDeps) {
  const each = budget ?? { rate: undefined, concurrency: 8 };
  const budgets = new Map([...origins.keys()].map((name) => [name, each]));
  const real = new RedisLedger({
    ...store,
    ...{ clock: systemClock, budgets, holder: uniquePrefix(), leaseMs: 15_000, patienceMs },
  });
  onTestFinished(() => real.close());
  return { ledger: new FakeTimeLedger({ ledger: real, clock }), budgets };
}

/** The queue, and everything that was added to it. */
function recording(queue: Queue, added: QueuedJob[]): Queue {
  const add = async (jobs: readonly QueuedJob[]) => {
    added.push(...jobs);
    await queue.add(jobs);
  };
  return new Proxy(queue, {
    get(target, name) {
      if (name === 'add') return add;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** Makes connections; the caller closes them. */
export function connector(): () => Redis {
  const url = inject('redisUrl');
  return () => new Redis(url, { maxRetriesPerRequest: null });
}

function buildQueue(store: Store): BullQueue {
  const connect = connector();
  const queue = new BullQueue({
    ...store,
    ...{ connect, clock: systemClock, hostClock: systemClock, random: Math.random },
    ...{ attempts: 3, backoff: { base: 5, max: 20 }, lock: 5_000, stalledCheck: 500, grace: 300 },
  });
  onTestFinished(() => queue.close());
  return queue;
}
