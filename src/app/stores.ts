/** What is kept on the Redis for jobs: one class for each contract, all under one prefix. */

import { leaseFor } from '../budget/lease.ts';
import { RedisLedger } from '../budget/redis-ledger.ts';
import type { Absences } from '../catalog/absences.ts';
import type { Attempts } from '../catalog/attempts.ts';
import type { CallHistory } from '../catalog/call-history.ts';
import type { Catalog, QuarantineRule } from '../catalog/catalog.ts';
import type { DeadLetters } from '../catalog/dead-letters.ts';
import type { History } from '../catalog/history.ts';
import type { MeasuredMark } from '../catalog/measured-mark.ts';
import type { Outlook } from '../catalog/outlook.ts';
import type { Popularity } from '../catalog/popularity.ts';
import type { ReadFailures } from '../catalog/read-failures.ts';
import { RedisAbsences } from '../catalog/redis-absences.ts';
import { RedisAttempts } from '../catalog/redis-attempts.ts';
import { RedisAuditLog } from '../catalog/redis-audit-log.ts';
import { RedisCallHistory } from '../catalog/redis-call-history.ts';
import { RedisCatalog } from '../catalog/redis-catalog.ts';
import { RedisDeadLetters } from '../catalog/redis-dead-letters.ts';
import { RedisHistory } from '../catalog/redis-history.ts';
import { RedisMeasuredMark } from '../catalog/redis-measured-mark.ts';
import { RedisOutlook } from '../catalog/redis-outlook.ts';
import { RedisPopularity } from '../catalog/redis-popularity.ts';
import { RedisProbes } from '../catalog/redis-probes.ts';
import { RedisReadFailures } from '../catalog/redis-read-failures.ts';
import { RedisRegistry } from '../catalog/redis-registry.ts';
import { RedisShrinks } from '../catalog/redis-shrinks.ts';
import { RedisStateMark } from '../catalog/redis-state-mark.ts';
import { RedisVersions } from '../catalog/redis-versions.ts';
import type { Registry } from '../catalog/registry.ts';
import type { KeyLists } from '../catalog/runs/key-lists.ts';
import { RedisKeyLists } from '../catalog/runs/redis-key-lists.ts';
import { RedisRunCalls } from '../catalog/runs/redis-run-calls.ts';
import { RedisRuns } from '../catalog/runs/redis-runs.ts';
import type { RunCalls } from '../catalog/runs/run-calls.ts';
import type { Runs } from '../catalog/runs/runs.ts';
import type { Shrinks } from '../catalog/shrinks.ts';
import type { StateMark } from '../catalog/state-mark.ts';
import type { Versions } from '../catalog/versions.ts';
import { budgetsOf } from '../core/budget.ts';
import { PATIENCE } from '../flow/patience.ts';
import { BullQueue } from '../queue/bullmq.ts';
import type { RedisClients } from '../redis/clients.ts';
import { Calendars } from '../schedules/calendars.ts';
import { RedisTickStore } from '../schedules/redis-tick-store.ts';
import type { PartsDeps } from './deps.ts';

/** How long a scheduler may take to enqueue a tick that it has claimed before another one takes it over, in ms. */
const TICK_LEASE_MS = 10_000;

export interface RecordsDeps {
  readonly redis: RedisClients['jobs'];
  readonly prefix: string;
  /** Names this process. */
  readonly holder: string;
  readonly quarantine?: QuarantineRule;
}

/** What is remembered of keys, runs and processes. */
export interface Records {
  readonly catalog: Catalog;
  readonly popularity: Popularity;
  readonly readFailures: ReadFailures;
  readonly failedAttempts: Attempts;
  readonly versions: Versions;
  readonly absences: Absences;
  readonly shrinks: Shrinks;
  readonly stateMark: StateMark;
  readonly runs: Runs;
  readonly lists: KeyLists;
  readonly runCalls: RunCalls;
  readonly deadLetters: DeadLetters;
  readonly registry: Registry;
  readonly measuredMark: MeasuredMark;
  readonly outlook: Outlook;
  readonly callHistory: CallHistory;
  readonly history: History;
}

export function assembleRecords({ quarantine, holder, ...store }: RecordsDeps): Records {
  return {
    catalog: new RedisCatalog({ ...store, ...(quarantine && { quarantine }) }),
    popularity: new RedisPopularity({ ...store, holder }),
    readFailures: new RedisReadFailures(store),
    failedAttempts: new RedisAttempts(store),
    versions: new RedisVersions(store),
    absences: new RedisAbsences(store),
    shrinks: new RedisShrinks(store),
    stateMark: new RedisStateMark(store),
    runs: new RedisRuns(store),
    lists: new RedisKeyLists(store),
    runCalls: new RedisRunCalls(store),
    deadLetters: new RedisDeadLetters(store),
    registry: new RedisRegistry(store),
    measuredMark: new RedisMeasuredMark(store),
    outlook: new RedisOutlook(store),
    history: new RedisHistory(store),
    callHistory: new RedisCallHistory({ ...store, holder }),
  };
}

export function assembleStores({ settings, clients, events, clock, hostClock, random, id }: PartsDeps) {
  const store = { redis: clients.jobs, prefix: settings.redis.prefix };
  const budgets = budgetsOf(settings.origins);
  const leaseMs = leaseFor([...settings.origins.values()].map(({ timeout }) => timeout));
  const { quarantine, attempts, backoff: base, backoffMax: max, history } = settings.jobs;
  const { lock, stalledCheck, grace } = settings.workers;
  const retries = { attempts, backoff: { base, max } };
  const shared = { ...store, clock, events };
  const ledger = new RedisLedger({ ...shared, holder: id, budgets, leaseMs, patienceMs: PATIENCE.permit });
  events.on('origin:quota', ({ origin, ...quota }) => ledger.told(origin, quota));
  return {
    ...assembleRecords({
      ...store,
      holder: id,
      quarantine: { after: quarantine.after, retryMs: quarantine.retry },
    }),
    auditLog: new RedisAuditLog({ ...store, kept: history.actions, maxAge: history.actionAge }),
    probes: new RedisProbes({ ...store, holder: id }),
    ticks: new RedisTickStore({ ...store, holder: id, leaseMs: TICK_LEASE_MS, kept: history.ticks }),
    calendars: new Calendars(),
    budgets,
    ledger,
    queue: new BullQueue({
      ...shared,
      ...retries,
      ...{ lock, stalledCheck, grace, random, hostClock, connect: clients.connect },
    }),
  };
}
