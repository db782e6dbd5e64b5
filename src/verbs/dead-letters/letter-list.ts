/** Dead letters of both kinds in one order: keys of their own store, and failed jobs of every lane; page by page. */
import { z } from 'zod';
import type { DeadLetter, DeadLetters } from '../../catalog/dead-letters.ts';
import type { Budget } from '../../core/budget.ts';
import { ForewarmError } from '../../core/errors.ts';
import { cursorOf, newestFirst, type Place, placeOf } from '../../core/place.ts';
import { quote } from '../../core/quote.ts';
import { readWith } from '../../core/read-with.ts';
import type { Sources } from '../../core/sources.ts';
import { lanesWithOrphans } from '../../queue/lanes.ts';
import type { FailedJob, Queue } from '../../queue/queue.ts';
import type { DeadLetterPage, DeadLetterView, deadLetterRequest, LetterFilter } from './letter-shapes.ts';

export interface LetterListDeps {
  readonly deadLetters: Pick<DeadLetters, 'list' | 'total'>;
  readonly queue: Pick<Queue, 'counts' | 'lanes' | 'failed'>;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly sources: Sources;
}

/** Of the payload of a job. */
const ofRun = z.object({ run: z.string() });

/** Letters that are read at a time. */
const PAGE = 500;
/** Letters that are looked at for one page of a selection. */
const MOST_LOOKED = 20_000;
/** Ids are ASCII: so it comes before every letter that is as old. */
const BEFORE_ALL = '\u{10ffff}';

export async function listLetters(
  deps: LetterListDeps,
  { limit, cursor, ...filter }: z.output<typeof deadLetterRequest>,
): Promise<DeadLetterPage> {
  const from = cursor === undefined ? undefined : placeFrom(cursor);
  const counts = isAny(filter) ? await countAll(deps) : undefined;
  const counting = counts === undefined && cursor === undefined;
  const size = counts === undefined ? PAGE : Math.min(PAGE, limit + 1);
  const letters: DeadLetterView[] = [];
  let [matching, looked, isCut] = [0, 0, false];
  let last: DeadLetterView | undefined;
  for await (const page of lettersAfter(deps, filter, from, size)) {
    for (const letter of page.filter((each) => matches(each, filter))) {
      matching += 1;
      if (letters.length < limit) letters.push(letter);
    }
    last = page.at(-1);
    looked += page.length;
    isCut = looked >= MOST_LOOKED;
    if (isCut || (!counting && matching > limit)) break;
  }
  const next = matching > letters.length ? letters.at(-1) : isCut ? last : undefined;
  const found = counting && !isCut ? matching : null;
  return { letters, total: counts ?? found, cursor: next === undefined ? null : cursorOf(next) };
}

/** Everything that matches was there when the first page was read: what fails later is newer, and not passed. */
export async function* lettersAfter(
  deps: LetterListDeps,
  filter: LetterFilter,
  from?: Place,
  size = PAGE,
): AsyncGenerator<readonly DeadLetterView[]> {
  const lanes = filter.kind === 'key' || filter.source !== undefined ? [] : await failingLanes(deps, filter);
  for (let place = from; ; ) {
    const page = await mergedAfter(deps, filter, lanes, place, size);
    if (page.length > 0) yield page;
    if (page.length < size) return;
    place = page.at(-1);
  }
}

async function mergedAfter(
  { deadLetters, queue, sources }: LetterListDeps,
  { kind }: LetterFilter,
  lanes: readonly string[],
  place: Place | undefined,
  size: number,
): Promise<DeadLetterView[]> {
  const [keys, jobs] = await Promise.all([
    kind === 'job' ? [] : deadLetters.list(size, place),
    Promise.all(lanes.map((lane) => queue.failed(lane, size, place && placeIn(lane, place)))),
  ]);
  const all = [...keys.map((letter) => keyView(sources, letter)), ...jobs.flat().map(jobView)];
  return all.sort(newestFirst).slice(0, size);
}

/** Of a place among all letters, where it lies among the jobs of a lane, whose ids there have the lane before them. */
function placeIn(lane: string, { at, id }: Place): Place {
  const own = `${lane}/`;
  if (id.startsWith(own)) return { at, id: id.slice(own.length) };
  return { at, id: own < id ? BEFORE_ALL : '' };
}

async function failingLanes({ queue, budgets }: LetterListDeps, { lane }: LetterFilter): Promise<string[]> {
  const lanes = (await lanesWithOrphans(queue, budgets)).filter(({ failed }) => failed > 0);
  return lanes.flatMap(({ lane: name }) => (lane === undefined || lane === name ? [name] : []));
}

async function countAll({ deadLetters, queue, budgets }: LetterListDeps): Promise<number> {
  const [keys, lanes] = await Promise.all([deadLetters.total(), lanesWithOrphans(queue, budgets)]);
  return lanes.reduce((sum, { failed }) => sum + failed, keys);
}

function keyView(
  sources: Sources,
  { id, key, source, run, reason, at, attempts }: DeadLetter,
): DeadLetterView {
  const lane = sources.get(source)?.origin ?? null;
  return { id, kind: 'key', subject: key, source, lane, run: run ?? null, reason, at, attempts };
}

/** The id of a job carries its lane, so that the job can be found again. */
function jobView({ id, lane, kind, payload, reason, failedAt, attempts }: FailedJob): DeadLetterView {
  const { run = null } = readWith(ofRun, payload).data ?? {};
  const what = { id: `${lane}/${id}`, kind: 'job', subject: kind, source: null, lane, run } as const;
  return { ...what, reason, at: failedAt, attempts };
}

/** The place before which `until` lies: from there on, it comes first. */
export function untilFrom(until: string): Place {
  const { at, id } = placeFrom(until);
  return { at, id: `${id}\0` };
}

/** Whether nothing is left out. */
export function isAny(filter: LetterFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

export function matches(letter: DeadLetterView, { reason, ...rest }: LetterFilter): boolean {
  const same = (Object.keys(rest) as (keyof typeof rest)[]).every(
    (name) => rest[name] === undefined || rest[name] === letter[name],
  );
  return same && (reason === undefined || letter.reason.toLowerCase().includes(reason.toLowerCase()));
}

function placeFrom(cursor: string): Place {
  const place = placeOf(cursor);
  if (place !== undefined) return place;
  throw new ForewarmError(
    'E_REQUEST_INVALID',
    `${quote(cursor)} is not a place among dead letters: give the one of the page or the dry run before, as it came`,
  );
}
