/** The doctor's look at sources of which many keys are in no entity set any more. */
import { SECOND_LOOK_MS, type Shrinks } from '../../catalog/shrinks.ts';
import type { Clock } from '../../core/clock.ts';
import { count, counted } from '../../core/counted.ts';
import type { Source } from '../../core/source.ts';
import type { Sources } from '../../core/sources.ts';
import { type DoctorCheck, inTime, warning } from './doctor-check.ts';

export interface ShrinkCheckDeps {
  readonly shrinks: Pick<Shrinks, 'noted' | 'lately'>;
  readonly sources: Sources;
  readonly clock: Clock;
}

/** Nothing to say of a source that did not shrink, nor while the jobs Redis does not answer, which is said elsewhere. */
export async function shrinkChecks(deps: ShrinkCheckDeps): Promise<DoctorCheck[]> {
  const { sources, clock } = deps;
  const look = () => Promise.all([...sources.values()].map((source) => lookAt(deps, source)));
  return (await inTime(clock, look).catch(() => [])).flat();
}

async function lookAt({ shrinks, clock }: ShrinkCheckDeps, { name }: Source): Promise<DoctorCheck[]> {
  const [shrink, lately] = await Promise.all([shrinks.noted(name), shrinks.lately(name, clock.now())]);
  if (shrink === undefined) return [];
  const before = lately === 0 ? '' : `, and ${count(lately)} were forgotten within the hour`;
  const until = new Date(shrink.since + SECOND_LOOK_MS).toISOString();
  const finding = `its entity sets lack ${count(shrink.missing)} of ${counted(shrink.keys, 'key')}${before}; kept until a \`gc\` after ${until} finds the same`;
  return [warning(`keys ${name}`, finding, 'if it is meant so, leave it; else mend the entity sets before')];
}
