/**
 * The verbs of a process, made of those of each noun. Their code is loaded when one of them is asked for: a worker needs none of it, and a
 * command that of one noun.
 */

import { randomUUID } from 'node:crypto';
import { LocalLedger, shareOf } from '../budget/local-ledger.ts';
import { LocalProbes } from '../catalog/local-probes.ts';
import { hideKnown } from '../core/known-secrets.ts';
import type { LogLevel } from '../core/log-level.ts';
import { hideSecrets } from '../core/secrets.ts';
import type { Source } from '../core/source.ts';
import type { Actor } from '../flow/actor.ts';
import { onDemand } from '../flow/on-demand.ts';
import { PATIENCE } from '../flow/patience.ts';
import { keysPerChunk } from '../jobs/queueing.ts';
import type { Schedule } from '../schedules/fire.ts';
import { dailyAgeNotes } from '../settings/checks/schedule-notes.ts';
import type { Settings } from '../settings/settings.ts';
import type { AuditVerbs } from '../verbs/audit/audit.ts';
import { type Audited, audited } from '../verbs/audit/audited.ts';
import { bounded } from '../verbs/bounded.ts';
import { changeVerbs } from '../verbs/changes/changes.ts';
import type { CoverageVerbs } from '../verbs/coverage.ts';
import type { DeadLetterVerbs } from '../verbs/dead-letters/dead-letters.ts';
import type { EntryVerbs } from '../verbs/entries.ts';
import type { ExplanationVerbs } from '../verbs/explain/explain.ts';
import type { ProbeLimits } from '../verbs/health/examination.ts';
import { healthVerbs } from '../verbs/health/health.ts';
import type { InvalidationVerbs } from '../verbs/invalidations.ts';
import type { LogLevelVerbs } from '../verbs/log-level.ts';
import type { MaintenanceVerbs } from '../verbs/maintenance/maintenance.ts';
import type { PlanVerbs } from '../verbs/plans/plans.ts';
import type { QuarantineVerbs } from '../verbs/quarantine.ts';
import type { RunVerbs } from '../verbs/runs/runs.ts';
import type { ScheduleVerbs } from '../verbs/schedules/schedules.ts';
import type { StatisticsVerbs, StatisticsVerbsDeps } from '../verbs/statistics.ts';
import type { Verbs } from '../verbs/verbs.ts';
import type { WorthVerbs } from '../verbs/worth.ts';
import { configurationFacts, hostFacts } from './doctor-facts.ts';
import type { Parts } from './parts.ts';
import { roomsOf } from './rooms.ts';

/** What the doctor may ask of origins while nobody can say what others ask. */
function aloneOf({ budgets, clock }: Parts, { reader }: Settings): ProbeLimits {
  const shares = new Map([...budgets].map(([name, budget]) => [name, shareOf(budget, reader.localShare)]));
  const ledger = new LocalLedger({ budgets: shares, clock, patienceMs: PATIENCE.permit });
  return { ledger, probes: new LocalProbes({ clock }) };
}

export interface VerbsDeps {
  readonly parts: Parts;
  readonly settings: Settings;
  readonly schedules: readonly Schedule[];
  readonly self: StatisticsVerbsDeps['self'];
  /** For whom this process acts where nobody else asks. */
  readonly actor: Actor;
  readonly clockBehind: () => number | undefined;
  readonly logLevel: LogLevel;
}

/** With the record of what is asked for, and what takes secrets out of a text. */
export function assembleVerbs(deps: VerbsDeps): Audited<Verbs> & { readonly hide: (text: string) => string } {
  const { parts, settings, actor } = deps;
  const { secrets } = settings;
  const hide = (text: string) => hideKnown(hideSecrets(text), secrets);
  const verbs = bounded(verbsOf(deps), parts.clock);
  return { ...audited(verbs, { ...parts, self: actor, hide, newId: randomUUID }), hide };
}

function verbsOf(deps: VerbsDeps): Verbs {
  const { parts, settings, schedules, clockBehind } = deps;
  const runs = runsOf(parts);
  const ageNotes = dailyAgeNotes(settings);
  return {
    ...runs,
    ...keysOf(deps),
    ...plansOf(parts, settings, schedules),
    ...schedulesOf(parts, schedules),
    ...changingOf(parts, runs),
    ...lookingOf(deps),
    ...healthVerbs({
      ...parts,
      alone: aloneOf(parts, settings),
      schedules,
      clockBehind,
      configuration: configurationFacts(settings),
      host: hostFacts(),
      ageNotes: () => ageNotes(parts.clock.now()),
      prefixes: { records: settings.redis.prefix, entries: settings.tiers.redis.prefix },
      diskFile: settings.tiers.disk.enabled ? settings.tiers.disk.path : undefined,
    }),
    ...changeVerbs({ ...parts, schedules, newId: () => randomUUID().slice(0, 8) }),
    ...maintenanceOf(parts),
  };
}

function runsOf(parts: Parts): RunVerbs {
  let loaded: Promise<RunVerbs> | undefined;
  const load = async () => (await import('../verbs/runs/runs.ts')).runVerbs(parts);
  // One for all calls: those who follow the same run share what is read of it.
  const runs = () => {
    loaded ??= load();
    return loaded;
  };
  return {
    ...onDemand<Omit<RunVerbs, 'watchRun'>>(
      {
        ...{ warm: true, runs: true, run: true, stopRun: true },
        ...{ runReport: true, diffRuns: true, runFailures: true },
      },
      runs,
    ),
    async *watchRun(...given) {
      yield* (await runs()).watchRun(...given);
    },
  };
}

/** What is asked of keys. */
function keysOf({ parts, schedules }: VerbsDeps): EntryVerbs & CoverageVerbs & ExplanationVerbs & WorthVerbs {
  return {
    ...onDemand<EntryVerbs>({ get: true, getMany: true, list: true, count: true, inspect: true }, async () =>
      (await import('../verbs/entries.ts')).entryVerbs(parts),
    ),
    ...onDemand<CoverageVerbs>({ check: true }, async () =>
      (await import('../verbs/coverage.ts')).coverageVerbs({ ...parts, schedules }),
    ),
    ...onDemand<ExplanationVerbs>({ explain: true }, async () =>
      (await import('../verbs/explain/explain.ts')).explanationVerbs({ ...parts, schedules }),
    ),
    ...onDemand<WorthVerbs>({ worth: true }, async () =>
      (await import('../verbs/worth.ts')).worthVerbs(parts),
    ),
  };
}

/** What is asked of the service and its processes. */
function lookingOf({ parts, self, logLevel }: VerbsDeps): StatisticsVerbs & LogLevelVerbs & AuditVerbs {
  return {
    ...onDemand<StatisticsVerbs>(
      { stats: true, overview: true, budget: true, processes: true, lanes: true, history: true },
      async () => (await import('../verbs/statistics.ts')).statisticsVerbs({ ...parts, self }),
    ),
    ...onDemand<LogLevelVerbs>({ logLevel: true, setLogLevel: true }, async () =>
      (await import('../verbs/log-level.ts')).logLevelVerbs({ ...parts, self, logLevel }),
    ),
    ...onDemand<AuditVerbs>({ audit: true }, async () =>
      (await import('../verbs/audit/audit.ts')).auditVerbs(parts),
    ),
  };
}

/** What is asked for keys, and may begin a run. */
function changingOf(parts: Parts, { warm }: RunVerbs): InvalidationVerbs & DeadLetterVerbs & QuarantineVerbs {
  return {
    ...onDemand<InvalidationVerbs>({ invalidate: true, clear: true }, async () =>
      (await import('../verbs/invalidations.ts')).invalidationVerbs({ ...parts, warm }),
    ),
    ...onDemand<DeadLetterVerbs>({ deadLetters: true, redrive: true }, async () =>
      (await import('../verbs/dead-letters/dead-letters.ts')).deadLetterVerbs({ ...parts, warm }),
    ),
    ...onDemand<QuarantineVerbs>({ quarantine: true, release: true }, async () =>
      (await import('../verbs/quarantine.ts')).quarantineVerbs(parts),
    ),
  };
}

function schedulesOf(parts: Parts, schedules: readonly Schedule[]): ScheduleVerbs {
  return onDemand<ScheduleVerbs>(
    {
      ...{ schedules: true, schedule: true, previewSchedule: true, clockChanges: true },
      ...{ ticks: true, scheduleResults: true, pauseSchedules: true, resumeSchedules: true },
      ...{ skipTick: true, backfill: true, trigger: true },
    },
    async () =>
      (await import('../verbs/schedules/schedules.ts')).scheduleVerbs({
        ...{ ...parts, schedules, newId: randomUUID },
      }),
  );
}

function maintenanceOf(parts: Parts): MaintenanceVerbs {
  const load = async () => (await import('../verbs/maintenance/maintenance.ts')).maintenanceVerbs(parts);
  return {
    ...onDemand<Omit<MaintenanceVerbs, 'export'>>(
      { gc: true, import: true, purge: true, validate: true, bench: true },
      load,
    ),
    async *export(...given) {
      yield* (await load()).export(...given);
    },
  };
}

function plansOf(parts: Parts, settings: Settings, schedules: readonly Schedule[]): PlanVerbs {
  const { attempts, backoff: base, backoffMax: max, chunkSize } = settings.jobs;
  const deps = {
    ...{ ...parts, schedules, attempts, backoff: { base, max } },
    timeouts: new Map([...settings.origins].map(([name, { timeout }]) => [name, timeout])),
    keysPerChunk: (source: Source) => keysPerChunk(source, chunkSize),
    rooms: roomsOf(parts, settings),
  };
  return onDemand<PlanVerbs>({ plan: true }, async () =>
    (await import('../verbs/plans/plans.ts')).planVerbs(deps),
  );
}
