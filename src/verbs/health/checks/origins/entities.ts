/** The doctor's look at an entity set: it reads the file, or asks the origin for the list, inside its budget. */

import { badRowsWords } from '../../../../catalog/entities/checked-rows.ts';
import { count, counted } from '../../../../core/counted.ts';
import { ForewarmError, messageOf } from '../../../../core/errors.ts';
import { isFedBy } from '../../../../core/source.ts';
import { type DoctorCheck, type Found, inTime, ok, problem, warning } from '../../doctor-check.ts';
import type { EntitiesCheckDeps } from '../../examination.ts';

export const entitySets: DoctorCheck = {
  id: 'entities',
  whether: 'each entity set can be read, has rows, and feeds a source',
  worst: 'problem',
  why: 'What no entity set gives is not warmed by any run, and forgotten after a while.',
  needsJobs: false,
  examine: (look) => Promise.all(look.entities.names().map((name) => examineSet(look, name))),
};

/** A file on a disk that hangs, a module that never answers, or a list of many pages holds up no other set. */
function examineSet(deps: EntitiesCheckDeps, set: string): Promise<Found> {
  const name = `entities.${set}`;
  return inTime(deps.clock, (signal) => read(deps, name, set, signal)).catch((failure: unknown) =>
    problem(name, messageOf(failure), 'check that it can be read from here'),
  );
}

async function read(
  { entities, sources }: EntitiesCheckDeps,
  name: string,
  set: string,
  signal: AbortSignal,
): Promise<Found> {
  try {
    const { good, bad, blank, problems } = await entities.survey(set, signal);
    const columns = await entities.columns(set, signal);
    const fed = [...sources.values()].filter((source) => isFedBy(source, columns));
    const empty = blank === 0 ? '' : `, ${count(blank)} blank`;
    const finding = `${counted(good, 'row')}${empty}, for ${fed.map((source) => source.name).join(', ') || 'no source'}`;
    if (bad > 0) {
      const wrong = badRowsWords({ good, bad, blank, problems });
      // Where the set refuses them, nothing of it is warmed.
      return entities.skipsBadRows(set)
        ? warning(name, `${finding}; skipped: ${wrong}`, 'mend these rows')
        : problem(name, wrong, 'mend these rows, or set `badRows: skip`');
    }
    const doubt = entities.doubt(set);
    if (doubt !== undefined) return warning(name, `${finding}; an older list: ${doubt}`, REMEDY);
    if (fed.length > 0) return ok(name, finding);
    return warning(name, finding, `its columns (${[...columns].join(', ')}) fill no source's key`);
  } catch (failure) {
    signal.throwIfAborted();
    const isOfOrigin = failure instanceof ForewarmError && failure.code === 'E_ENTITIES_UNAVAILABLE';
    return problem(name, messageOf(failure), isOfOrigin ? REMEDY : 'mend what it names');
  }
}

const REMEDY = 'it is read again by itself; if it stays so, look at the origin';
