/** The doctor's look at sources of which many keys are in no entity set any more. */
import { SECOND_LOOK_MS, type Shrinks } from '../../catalog/shrinks.ts';
import { count, counted } from '../../core/counted.ts';
import { parseSelector } from '../../core/selector/selector-grammar.ts';
import { shrinkWords } from '../../core/shrunk-source.ts';
import type { Source } from '../../core/source.ts';
import { type ShrunkSourcesDeps, shrunkSources } from '../../warming/shrunk-sources.ts';
import { type DoctorCheck, inTime, warning } from './doctor-check.ts';

export interface ShrinkCheckDeps extends ShrunkSourcesDeps {
  readonly shrinks: Pick<Shrinks, 'noted' | 'lately'>;
}

/**
 * What `gc` noted, and, of the other sources, what it would find now. Nothing to say of a source that did not shrink, nor while the jobs
 * Redis does not answer or an entity set does not come, which is said elsewhere.
 */
export async function shrinkChecks(deps: ShrinkCheckDeps): Promise<DoctorCheck[]> {
  const { sources, clock } = deps;
  const look = () => Promise.all([...sources.values()].map((source) => lookAt(deps, source)));
  const foresee = (signal: AbortSignal) => shrunkSources(deps, parseSelector(''), new Map(), signal);
  const [checks, found] = await Promise.all([
    inTime(clock, look).catch(() => []),
    inTime(clock, foresee).catch(() => []),
  ]);
  const noted = checks.flat();
  const seen = found.map((shrunk) =>
    warning(
      nameOf(shrunk.source),
      `${shrinkWords(shrunk)}; kept until two \`gc\` ten minutes apart find it`,
      REMEDY,
    ),
  );
  return [...noted, ...seen.filter(({ name }) => !noted.some((each) => each.name === name))];
}

const REMEDY = 'if it is meant so, leave it; else mend the entity sets before';
const nameOf = (source: string) => `keys ${source}`;

async function lookAt({ shrinks, clock }: ShrinkCheckDeps, { name }: Source): Promise<DoctorCheck[]> {
  const [shrink, lately] = await Promise.all([shrinks.noted(name), shrinks.lately(name, clock.now())]);
  if (shrink === undefined) return [];
  const before = lately === 0 ? '' : `, and ${count(lately)} were forgotten within the hour`;
  const until = new Date(shrink.since + SECOND_LOOK_MS).toISOString();
  const finding = `its entity sets lack ${count(shrink.missing)} of ${counted(shrink.keys, 'key')}${before}; kept until a \`gc\` after ${until} finds the same`;
  return [warning(nameOf(name), finding, REMEDY)];
}
