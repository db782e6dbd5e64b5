/** The verbs of a process, put together from those that each file makes. */

import { fire, type Schedule } from '../schedules/fire.ts';
import type { Settings } from '../settings/settings.ts';
import { doctor, ready } from '../verbs/doctor.ts';
import { readVerbs } from '../verbs/entries.ts';
import { entryVerbs } from '../verbs/entry-verbs.ts';
import { maintenanceVerbs } from '../verbs/maintenance/maintenance-verbs.ts';
import { type OperationsDeps, operationVerbs } from '../verbs/operations.ts';
import { runVerbs } from '../verbs/run-verbs.ts';
import { describeSchedules } from '../verbs/schedules.ts';
import type { Verbs } from '../verbs/verbs.ts';
import type { Parts } from './parts.ts';

export interface VerbsDeps {
  readonly parts: Parts;
  readonly settings: Settings;
  readonly schedules: readonly Schedule[];
  readonly self: OperationsDeps['self'];
}

export function assembleVerbs({ parts, settings, schedules, self }: VerbsDeps): Verbs {
  const { disk } = settings.tiers;
  const runs = runVerbs(parts);
  const { warm } = runs;
  return {
    ...runs,
    ...entryVerbs({ ...parts, warm }),
    ...readVerbs(parts),
    ...operationVerbs({ ...parts, warm, self }),
    ...maintenanceVerbs(parts),
    schedules: () => describeSchedules({ ...parts, schedules }),
    async trigger(name) {
      const run = await fire({ ...parts, schedules }, { schedule: name, nominal: parts.clock.now() });
      return { schedule: name, run: run ?? null };
    },
    doctor: () => doctor({ ...parts, diskFile: disk.enabled ? disk.path : undefined }),
    ready: () => ready(parts),
  };
}
