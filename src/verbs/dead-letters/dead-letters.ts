/** Dead letters: keys, and jobs, whose every attempt failed; list them, and queue them again. */
import type { z } from 'zod';
import type { DeadLetters } from '../../catalog/dead-letters.ts';
import { type Methods, withChecks } from '../../core/arguments.ts';
import { ForewarmError } from '../../core/errors.ts';
import { cursorOf, type Place } from '../../core/place.ts';
import { quote } from '../../core/quote.ts';
import { sourceOfKey } from '../../core/sources.ts';
import { configuredLanes } from '../../queue/lanes.ts';
import { CONTROL_LANE, type Queue } from '../../queue/queue.ts';
import type { RunVerbs } from '../runs/runs.ts';
import { isAny, type LetterListDeps, lettersAfter, listLetters, matches, untilFrom } from './letter-list.ts';
import {
  type DeadLetterPage,
  type DeadLetterRequest,
  type DeadLetterView,
  deadLetterRequest,
  type LetterFilter,
  type RedriveRequest,
  type RedriveResult,
  redriveRequest,
} from './letter-shapes.ts';

export interface DeadLetterVerbs {
  /** The newest first, page by page. Which keys a run did not warm at all, `runFailures` says. */
  deadLetters(request?: DeadLetterRequest): Promise<DeadLetterPage>;
  /**
   * Queues dead letters again: those with these ids; where none is given, all that match and are there now. Unknown ids are passed
   * over. Rejects, and queues nothing, with `E_NOT_FOUND` when one names a lane that there is not, and with `E_REQUEST_INVALID`
   * when ids and something else that selects are given.
   */
  redrive(request: RedriveRequest): Promise<RedriveResult>;
}

export interface DeadLetterVerbsDeps extends LetterListDeps {
  readonly deadLetters: DeadLetters;
  readonly queue: Queue;
  /** Makes a run of the keys. */
  readonly warm: RunVerbs['warm'];
}

const methods = {
  deadLetters: [['request', deadLetterRequest.prefault({})]],
  // Without a default: who asks for nothing in particular means all of them, and says so by an empty object.
  redrive: [['request', redriveRequest]],
} as const satisfies Methods;

export function deadLetterVerbs(deps: DeadLetterVerbsDeps): DeadLetterVerbs {
  return withChecks(methods, {
    deadLetters: (request) => listLetters(deps, request),
    redrive: (request) => redrive(deps, request),
  });
}

/** Lanes of the jobs among them that no worker takes which is configured with these origins. */
export function orphansAmong(
  letters: readonly DeadLetterView[],
  origins: ReadonlyMap<string, unknown>,
): string[] {
  const configured = configuredLanes(origins.keys());
  return [...new Set(letters.map(({ id }) => laneOf(id)))].filter((lane) => !configured.includes(lane));
}

function laneOf(id: string): string {
  return id.includes('/') ? id.slice(0, id.indexOf('/')) : CONTROL_LANE;
}

/** A queue makes keys of its own for any lane that it is asked about. */
async function checkLanes({ queue, budgets }: DeadLetterVerbsDeps, ids: readonly string[]): Promise<void> {
  const configured = configuredLanes(budgets.keys());
  const others = ids.filter((id) => !configured.includes(laneOf(id)));
  if (others.length === 0) return;
  const lanes = await queue.lanes();
  const strange = others.find((id) => !lanes.includes(laneOf(id)));
  if (strange === undefined) return;
  throw new ForewarmError(
    'E_NOT_FOUND',
    `there is no dead letter ${quote(strange)}: no lane has that name; \`forewarm runs dead\` lists those that there are`,
    { details: { deadLetter: strange } },
  );
}

/** Keys become a new run; jobs go back to their lane. */
async function redrive(
  deps: DeadLetterVerbsDeps,
  { ids, dryRun, why, until, ...filter }: z.output<typeof redriveRequest>,
): Promise<RedriveResult> {
  if (ids.length > 0) {
    checkAlone({ ...filter, until }, dryRun);
    await checkLanes(deps, ids);
  }
  const found = ids.length > 0 ? [] : await placesOf(deps, filter, until);
  const wanted = ids.length > 0 ? [...new Set(ids)] : found.map(({ id }) => id);
  const newest = found[0] === undefined ? null : cursorOf(found[0]);
  const matching = wanted.length;
  if (dryRun) return { matching, redriven: 0, left: 0, run: null, until: newest };
  const { queued, run } = await redriveKeys(
    deps,
    wanted.filter((id) => !id.includes('/')),
    why,
  );
  let redriven = queued;
  const byLane = Map.groupBy(
    wanted.filter((id) => id.includes('/')),
    laneOf,
  );
  for (const [lane, jobs] of byLane) {
    const own = jobs.map((id) => id.slice(lane.length + 1));
    redriven += await deps.queue.redrive(lane, own);
  }
  return { matching, redriven, left: matching - redriven, run, until: newest };
}

function checkAlone(filter: LetterFilter & { until: string | undefined }, dryRun: boolean): void {
  if (dryRun)
    throw new ForewarmError(
      'E_REQUEST_INVALID',
      'ids and a dry run are given: a dry run counts what the rest selects',
    );
  if (isAny(filter)) return;
  const other = Object.entries(filter).find(([, value]) => value !== undefined)?.[0];
  throw new ForewarmError('E_REQUEST_INVALID', `ids and a ${other} are given: give one of them`);
}

/** The newest first. */
async function placesOf(
  deps: DeadLetterVerbsDeps,
  filter: LetterFilter,
  until: string | undefined,
): Promise<Place[]> {
  const places: Place[] = [];
  const from = until === undefined ? undefined : untilFrom(until);
  for await (const page of lettersAfter(deps, filter, from))
    places.push(...page.filter((letter) => matches(letter, filter)).map(({ at, id }) => ({ at, id })));
  return places;
}

/**
 * Those of keys that no longer fit a source stay. The others go once the run of their keys is on record: after a crash in between they
 * are there still, and are queued a second time at worst.
 */
async function redriveKeys(
  { deadLetters, sources, warm }: DeadLetterVerbsDeps,
  ids: readonly string[],
  why: string | undefined,
): Promise<{ queued: number; run: string | null }> {
  const found = await deadLetters.get(ids);
  const fitting = found.filter(({ key }) => sourceOfKey(sources, key) !== undefined);
  if (fitting.length === 0) return { queued: 0, run: null };
  const { run } = await warm({ keys: fitting.map(({ key }) => key), why }, 'cli');
  await deadLetters.remove(fitting);
  return { queued: fitting.length, run: run.id };
}
