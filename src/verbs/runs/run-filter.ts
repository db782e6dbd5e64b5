/**
 * Runs, newest first, of which a filter leaves some. What a run is like is in no index: its state changes, and what it may have of a
 * source is in its selector. So runs are looked through in the order of the list, some thousands for each request, and the answer says
 * how far that came: who asks goes on from there, and nobody takes "none so far" for "none". Runs that have not ended are few, and known
 * by name: those are looked through whole.
 */
import { type Run, type Runs, readRunCursor, runCursor } from '../../catalog/runs/runs.ts';
import type { Sources } from '../../core/sources.ts';
import { timeFor } from '../schedules/local-times.ts';
import { reachesSource, reachOf } from './run-reach.ts';
import type { RunFilter } from './run-shapes.ts';

export interface FoundRuns {
  readonly runs: readonly Run[];
  /** Where it goes on; undefined: nothing is left to be looked through. */
  readonly cursor: string | undefined;
  /** When the oldest run was created that was looked through; undefined without a cursor. */
  readonly lookedBackTo: number | undefined;
}

/** Runs that are read in one go, and that are looked through for one page. */
const SLICE = 500;
const MOST = 2_000;

export async function findRuns(
  { runs, sources }: { readonly runs: Pick<Runs, 'list' | 'active'>; readonly sources: Sources },
  filter: RunFilter,
  limit: number,
  cursor: string | undefined,
): Promise<FoundRuns> {
  const { state, since, until } = filter;
  const [from, to] = [
    since === undefined ? 0 : timeFor(since, []),
    until === undefined ? Number.POSITIVE_INFINITY : timeFor(until, [], 'end'),
  ];
  const isWanted = (run: Run) =>
    run.createdAt >= from && run.createdAt <= to && fitsRun(run, filter, sources);
  if (state !== undefined && state !== 'ended') return ofActive(await runs.active(), isWanted, limit, cursor);
  const start = cursor ?? (until === undefined ? undefined : runCursor(Math.floor(to)));
  const isFiltered = Object.values(filter).some((each) => each !== undefined && each !== false);
  return lookThrough(
    { runs, isWanted, from, limit, ...(isFiltered ? LOOK : { slice: limit, most: limit }) },
    start,
  );
}

const LOOK = { slice: SLICE, most: MOST };

interface Look {
  readonly runs: Pick<Runs, 'list'>;
  readonly isWanted: (run: Run) => boolean;
  /** Older ones are not looked at. */
  readonly from: number;
  readonly limit: number;
  readonly slice: number;
  readonly most: number;
}

async function lookThrough(look: Look, start: string | undefined): Promise<FoundRuns> {
  const { runs, isWanted, from, limit, slice, most } = look;
  const found: Run[] = [];
  let [cursor, back] = [start, 0];
  for (let seen = 0; seen < most; seen += slice) {
    const page = await runs.list(slice, cursor);
    for (const run of page.runs) {
      if (isWanted(run)) found.push(run);
      if (found.length === limit) return { runs: found, ...after(run) };
    }
    if (page.cursor === undefined) return { runs: found, ...ALL };
    cursor = page.cursor;
    [, back] = readRunCursor(cursor);
    if (back < from) return { runs: found, ...ALL };
  }
  return { runs: found, cursor, lookedBackTo: back };
}

const ALL = { cursor: undefined, lookedBackTo: undefined };

function after({ createdAt, id }: Run) {
  return { cursor: runCursor(createdAt, id), lookedBackTo: createdAt };
}

/** Of runs that have not ended, oldest first. */
function ofActive(
  active: readonly Run[],
  isWanted: (run: Run) => boolean,
  limit: number,
  cursor: string | undefined,
): FoundRuns {
  const [id, createdAt] = cursor === undefined ? ['', Number.POSITIVE_INFINITY] : readRunCursor(cursor);
  const isBehind = (run: Run) => run.createdAt < createdAt || (run.createdAt === createdAt && run.id < id);
  const wanted = active.filter((run) => isBehind(run) && isWanted(run)).reverse();
  const page = wanted.slice(0, limit);
  const last = page.at(-1);
  return { runs: page, ...(last === undefined || wanted.length === page.length ? ALL : after(last)) };
}

type Filtered = Pick<
  Run,
  'id' | 'state' | 'endedReason' | 'counts' | 'total' | 'cause' | 'schedule' | 'selector'
> & { readonly options?: Pick<Run['options'], 'missing'> } & Parameters<typeof reachOf>[0];

/** By all but the times, which are those of the list. */
export function fitsRun(run: Filtered, filter: RunFilter, sources: Sources): boolean {
  const { state, reason, failures, cause, schedule, source, text } = filter;
  if (state === 'active' ? run.state === 'ended' : (state ?? run.state) !== run.state) return false;
  if (reason !== undefined && run.endedReason !== reason) return false;
  if (failures === true && !hasFailures(run)) return false;
  if (cause !== undefined && run.cause !== cause) return false;
  if (schedule !== undefined && run.schedule !== schedule) return false;
  if (source !== undefined && !mayHave(run, source, sources)) return false;
  return text === undefined || hasText(run, text.toLowerCase());
}

function hasFailures({ counts, total, options, endedReason }: Filtered): boolean {
  if (total > 0 && counts.excluded === total && options?.missing !== true) return true;
  return counts.failed + counts.refused > 0 || endedReason === 'failed';
}

/** Of a source that is configured no more only its name is known. */
function mayHave(run: Filtered, name: string, sources: Sources): boolean {
  const temperature = sources.get(name)?.temperature;
  return reachesSource(reachOf(run), { name, temperature });
}

function hasText({ id, schedule = '', selector }: Filtered, text: string): boolean {
  return [id, schedule, selector].some((each) => each.toLowerCase().includes(text));
}
