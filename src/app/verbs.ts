/** The verbs of a process, made of those of each noun. */

import { randomUUID } from 'node:crypto';
import { LocalLedger, shareOf } from '../budget/local-ledger.ts';
import { LocalProbes } from '../catalog/local-probes.ts';
import { hideKnown } from '../core/known-secrets.ts';
import type { LogLevel } from '../core/log-level.ts';
import { hideSecrets } from '../core/secrets.ts';
import type { Actor } from '../flow/actor.ts';
import { PATIENCE } from '../flow/patience.ts';
import { keysPerChunk } from '../jobs/queueing.ts';
import type { Schedule } from '../schedules/fire.ts';
import { dailyAgeNotes } from '../settings/checks/schedule-notes.ts';
import type { Settings } from '../settings/settings.ts';
import { auditVerbs } from '../verbs/audit/audit.ts';
import { type Audited, audited } from '../verbs/audit/audited.ts';
import { bounded } from '../verbs/bounded.ts';
import { changeVerbs } from '../verbs/changes/changes.ts';
import { coverageVerbs } from '../verbs/coverage.ts';
import { deadLetterVerbs } from '../verbs/dead-letters/dead-letters.ts';
import { entryVerbs } from '../verbs/entries.ts';
import { explanationVerbs } from '../verbs/explain/explain.ts';
import type { ProbeLimits } from '../verbs/health/examination.ts';
import { healthVerbs } from '../verbs/health/health.ts';
import { invalidationVerbs } from '../verbs/invalidations.ts';
import { logLevelVerbs } from '../verbs/log-level.ts';
import { maintenanceVerbs } from '../verbs/maintenance/maintenance.ts';
import { type PlanVerbs, planVerbs } from '../verbs/plans/plans.ts';
import { quarantineVerbs } from '../verbs/quarantine.ts';
import { runVerbs } from '../verbs/runs/runs.ts';
import { scheduleVerbs } from '../verbs/schedules/schedules.ts';
import { type StatisticsVerbsDeps, statisticsVerbs } from '../verbs/statistics.ts';
import type { Verbs } from '../verbs/verbs.ts';
import { worthVerbs } from '../verbs/worth.ts';
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

/** With a wait for what is not in the audit log yet. */
export function assembleVerbs(deps: VerbsDeps): Audited<Verbs> {
  const { parts, settings, actor } = deps;
  const { secrets } = settings;
  const hide = (text: string) => hideKnown(hideSecrets(text), secrets);
  const verbs = bounded(verbsOf(deps), parts.clock);
  return audited(verbs, { ...parts, self: actor, hide, newId: randomUUID });
}

function verbsOf({ parts, settings, schedules, self, clockBehind, logLevel }: VerbsDeps): Verbs {
  const runs = runVerbs(parts);
  const ageNotes = dailyAgeNotes(settings);
  const { warm } = runs;
  return {
    ...runs,
    ...entryVerbs(parts),
    ...coverageVerbs({ ...parts, schedules }),
    ...plansOf(parts, settings, schedules),
    ...explanationVerbs({ ...parts, schedules }),
    ...worthVerbs(parts),
    ...invalidationVerbs({ ...parts, warm }),
    ...scheduleVerbs({ ...parts, schedules, newId: randomUUID }),
    ...statisticsVerbs({ ...parts, self }),
    ...deadLetterVerbs({ ...parts, warm }),
    ...quarantineVerbs(parts),
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
    ...logLevelVerbs({ ...parts, self, logLevel }),
    ...changeVerbs({ ...parts, schedules, newId: () => randomUUID().slice(0, 8) }),
    ...auditVerbs(parts),
    ...maintenanceVerbs(parts),
  };
}

function plansOf(parts: Parts, settings: Settings, schedules: readonly Schedule[]): PlanVerbs {
  const { attempts, backoff: base, backoffMax: max, chunkSize } = settings.jobs;
  return planVerbs({
    ...{ ...parts, schedules, attempts, backoff: { base, max } },
    timeouts: new Map([...settings.origins].map(([name, { timeout }]) => [name, timeout])),
    keysPerChunk: (source) => keysPerChunk(source, chunkSize),
    rooms: roomsOf(parts, settings),
  });
}
