/** The doctor's look at sources of which many keys are in no entity set any more. */

import { SECOND_LOOK_MS } from '../../../../catalog/shrinks.ts';
import { count, counted } from '../../../../core/counted.ts';
import { parseSelector } from '../../../../core/selector/selector-grammar.ts';
import { shrinkWords } from '../../../../core/shrunk-source.ts';
import type { Source } from '../../../../core/source.ts';
import { instantText } from '../../../../core/written-time.ts';
import { shrunkSources } from '../../../../warming/shrunk-sources.ts';
import { type DoctorCheck, type Found, inTime, ok, warning } from '../../doctor-check.ts';
import type { ShrinkCheckDeps } from '../../examination.ts';

export const shrunkKeys: DoctorCheck = {
  id: 'shrunk',
  whether: 'entity sets still have most of the keys that are kept warm',
  worst: 'warning',
  why: 'A list that came short looks like one that shrank; `gc` forgets what it lacks at the second look.',
  needsJobs: true,
  examine: async (look) => {
    const found = await shrinksOf(look);
    return found.length > 0 ? found : [ok('entities', 'no source lacks a large part of its keys')];
  },
};

/**
 * What `gc` noted, and, of the other sources, what it would find now. Nothing to say of a source that did not shrink, nor of one whose
 * entity sets do not come, which is said elsewhere. Rejects when the jobs Redis does not answer.
 */
export async function shrinksOf(deps: ShrinkCheckDeps): Promise<Found[]> {
  const { sources, clock } = deps;
  const look = () => Promise.all([...sources.values()].map((source) => lookAt(deps, source)));
  const foresee = (signal: AbortSignal) => shrunkSources(deps, parseSelector(''), new Map(), signal);
  const [checks, found] = await Promise.all([inTime(clock, look), inTime(clock, foresee).catch(() => [])]);
  const noted = checks.flat();
  const seen = found.map((shrunk) =>
    warning(
      nameOf(shrunk.source),
      `${shrinkWords(shrunk)}; kept until two \`gc\` ten minutes apart find it`,
      REMEDY,
    ),
  );
  return [...noted, ...seen.filter(({ where }) => !noted.some((each) => each.where === where))];
}

const REMEDY = 'if it is meant so, leave it; else mend the entity sets before';
const nameOf = (source: string) => `sources.${source}`;

async function lookAt({ shrinks, clock }: ShrinkCheckDeps, { name }: Source): Promise<Found[]> {
  const [shrink, lately] = await Promise.all([shrinks.noted(name), shrinks.lately(name, clock.now())]);
  if (shrink === undefined) return [];
  const before = lately === 0 ? '' : `, and ${count(lately)} were forgotten within the hour`;
  const until = instantText(shrink.since + SECOND_LOOK_MS);
  const finding = `its entity sets lack ${count(shrink.missing)} of ${counted(shrink.keys, 'key')}${before}; kept until a \`gc\` after ${until} finds the same`;
  return [warning(nameOf(name), finding, REMEDY)];
}
