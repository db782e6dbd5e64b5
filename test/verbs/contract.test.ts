/** The product keeps the contracts of the verbs: on real servers, with jobs done by hand. */
import { randomUUID } from 'node:crypto';

import { inject } from 'vitest';
import { QUARANTINE } from '../../src/catalog/catalog.ts';
import { LocalProbes } from '../../src/catalog/local-probes.ts';
import { RedisAuditLog } from '../../src/catalog/redis-audit-log.ts';
import type { Clock } from '../../src/core/clock.ts';
import { LogLevel } from '../../src/core/log-level.ts';
import { hideSecrets } from '../../src/core/secrets.ts';
import { Calendars } from '../../src/schedules/calendars.ts';
import type { Schedule } from '../../src/schedules/fire.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { auditVerbs } from '../../src/verbs/audit/audit.ts';
import { audited } from '../../src/verbs/audit/audited.ts';
import { changeVerbs } from '../../src/verbs/changes/changes.ts';
import { healthVerbs } from '../../src/verbs/health/health.ts';
import { logLevelVerbs } from '../../src/verbs/log-level.ts';
import { maintenanceVerbs } from '../../src/verbs/maintenance/maintenance.ts';
import { planVerbs } from '../../src/verbs/plans/plans.ts';
import { scheduleVerbs } from '../../src/verbs/schedules/schedules.ts';
import type { VerbsSubject } from '../contract/verbs.steps.ts';
import { describeVerbs } from '../contract/verbs.ts';
import { current, doJob } from '../jobs/run.steps.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { drive } from '../support/fake-clock.ts';
import { PLAIN_RULES } from '../support/schedules.ts';
import { GRACE, keysOf, TTL } from '../support/sources.ts';
import { NEVER, warm } from '../warming/warm.steps.ts';
import { planning, verbsOf } from './verbs.steps.ts';

const OPTIONS = { force: false, missing: false, limit: 0 };
const SCHEDULES: readonly Schedule[] = [
  {
    ...{ name: 'nightly', rule: { cron: '0 2 * * *', timezone: 'UTC' }, rules: PLAIN_RULES },
    action: { kind: 'run', selector: '', options: OPTIONS },
  },
  {
    ...{ name: 'warm', rule: { cron: '*/10 * * * *', timezone: 'UTC' }, rules: PLAIN_RULES },
    action: { kind: 'refresh', temperature: 'warm' },
  },
];

async function work(jobs: Jobs, run: string): Promise<void> {
  await jobs.planner.plan(run, NEVER);
  const { chunks } = await current(jobs, run);
  for (let chunk = 0; chunk < chunks; chunk += 1) await doJob(jobs, { step: 'warm', run, chunk, attempt: 1 });
  await doJob(jobs, { step: 'verify', run });
}

/** A clock by which everything takes half a second, so that a benchmark repeats nothing a thousand times. */
function hurried(clock: Clock): Clock {
  let elapsed = 0;
  return {
    now: () => clock.now(),
    elapsed: () => {
      elapsed += 500;
      return elapsed;
    },
    after: (ms, fire) => clock.after(ms, fire),
  };
}

const FACTS = {
  ...{
    file: '/none',
    data: '/none',
    secretsInFile: [],
    digest: '',
    memoryTier: undefined,
    diskTier: undefined,
  },
  api: { host: '127.0.0.1', isOpen: false, tokens: [] },
};
const HOST = {
  ...{ node: 'v24.0.0', zoneData: '2026a', openFiles: async () => 99_999, memoryLimit: () => 9e9 },
  fileSystem: async () => ({ type: 0, free: 9e9, all: 9e9, freeFiles: 9, files: 9 }),
};

async function product(): Promise<VerbsSubject> {
  const jobs = buildJobs();
  await jobs.redis.ping(); // connected, and so ready
  const ticks = new RedisTickStore({ ...jobs, holder: 'a', leaseMs: 1_000, kept: 99 });
  const limits = { ledger: jobs.ledger, probes: new LocalProbes(jobs) };
  const clients = { jobs: jobs.redis, cache: jobs.redis, url: inject('redisUrl'), isOne: true };
  const auditLog = new RedisAuditLog({ ...jobs, kept: 1_000, maxAge: 86_400_000 });
  const { verbs } = audited(
    {
      ...verbsOf(jobs),
      ...auditVerbs({ auditLog }),
      ...planVerbs({ ...jobs, ...planning(jobs), schedules: SCHEDULES, ticks, calendars: new Calendars() }),
      bench: maintenanceVerbs({ ...jobs, clock: hurried(jobs.clock) }).bench,
      ...scheduleVerbs({
        ...jobs,
        schedules: SCHEDULES,
        ticks,
        calendars: new Calendars(),
        newId: randomUUID,
      }),
      ...changeVerbs({
        ...jobs,
        ...planning(jobs),
        schedules: SCHEDULES,
        ...{ ticks, auditLog },
        newId: () => randomUUID().slice(0, 8),
      }),
      ...logLevelVerbs({
        ...{ ...jobs, self: { id: 'p1' } },
        logLevel: new LogLevel({ ...jobs, configured: 'info', onChange: () => {} }),
      }),
      ...healthVerbs({
        ...{ ...jobs, ...limits, alone: limits, clients, prefixes: { records: 'forewarm', entries: 'fw:' } },
        ...{ bucket: undefined, diskFile: undefined, clockBehind: () => 0, ageNotes: () => [] },
        ...{ schedules: [], ticks, calendars: new Calendars(), configuration: FACTS, host: HOST },
      }),
    },
    {
      ...{ ...jobs, auditLog, hide: hideSecrets, newId: randomUUID },
      self: { who: 'ann@host', way: 'library' },
    },
  );
  return {
    verbs,
    keys: keysOf(10),
    lifetime: { ttl: TTL, grace: GRACE },
    async store(keys) {
      await jobs.catalog.track('profile', keys, jobs.clock.now());
      await warm(jobs, { keys });
    },
    pass: (ms) => jobs.clock.advance(ms),
    drive: (waiting) => drive(jobs.clock, waiting, 250),
    work: (run) => work(jobs, run),
    async bury(key, run) {
      const lost = { source: 'profile', key, run, reason: 'it failed', attempts: 3 };
      await jobs.deadLetters.add([{ ...lost, at: jobs.clock.now() }]);
    },
    async setAside(key) {
      await jobs.catalog.track('profile', [key], jobs.clock.now());
      for (let times = QUARANTINE.after; times > 0; times -= 1) {
        const at = jobs.clock.now() - times;
        const failure = { outcome: 'failed', reason: 'it failed', at } as const;
        await jobs.catalog.settle('profile', [{ key, dueAt: at, failure }]);
      }
    },
    fail() {
      for (const tier of [jobs.memory, jobs.shared, jobs.disk]) tier.chaos.down = true;
    },
  };
}

describeVerbs('the product', product);
