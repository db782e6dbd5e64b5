/** The verbs of a process, put together from those that each file makes. */
import { careVerbs } from '../jobs/care/care-verbs.ts';
import { entryVerbs } from '../jobs/entry-verbs.ts';
import { type LookVerbsParts, lookVerbs } from '../jobs/look-verbs.ts';
import { readVerbs } from '../jobs/read-verbs.ts';
import { runVerbs } from '../jobs/run-verbs.ts';
import type { Verbs } from '../jobs/verbs.ts';
import type { Settings } from '../settings/settings.ts';
import { describeSchedules, fire, type Schedule } from '../workers/scheduler.ts';
import { doctor, ready } from './doctor.ts';
import type { Parts } from './parts.ts';

export interface VerbsInit {
  readonly parts: Parts;
  readonly settings: Settings;
  readonly schedules: readonly Schedule[];
  readonly self: LookVerbsParts['self'];
}

export function assembleVerbs({ parts, settings, schedules, self }: VerbsInit): Verbs {
  const runs = runVerbs(parts);
  const { warm } = runs;
  return {
    ...runs,
    ...entryVerbs({ ...parts, warm }),
    ...readVerbs(parts),
    ...lookVerbs({ ...parts, warm, self }),
    ...careVerbs(parts),
    schedules: () => describeSchedules({ schedules, registry: parts.registry }),
    async trigger(name) {
      const run = await fire({ ...parts, schedules }, { schedule: name, nominal: parts.clock.now() });
      return { schedule: name, run: run ?? null };
    },
    doctor: () => doctor({ parts, settings }),
    ready: () => ready(parts),
  };
}
