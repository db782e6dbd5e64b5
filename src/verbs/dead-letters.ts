/** Dead letters: keys, and jobs, whose every attempt failed; list them, and queue them again. */

import { z } from 'zod';
import type { DeadLetter, DeadLetters } from '../catalog/dead-letters.ts';
import { type Methods, withChecks } from '../core/arguments.ts';
import type { Budget } from '../core/budget.ts';
import { ForewarmError } from '../core/errors.ts';
import { quote } from '../core/quote.ts';
import { readWith } from '../core/read-with.ts';
import { type Sources, sourceOfKey } from '../core/sources.ts';
import { configuredLanes, lanesWithOrphans } from '../queue/lanes.ts';
import { CONTROL_LANE, type FailedJob, type Queue } from '../queue/queue.ts';
import type { RunVerbs } from './runs/runs.ts';
import { limitArgument, time } from './shapes.ts';

export const deadLetterView = z.object({
  id: z.string(),
  kind: z.enum(['key', 'job']),
  subject: z.string().describe('The key, or the kind of the job.'),
  source: z.string().nullable(),
  run: z.string().nullable().describe('Where it failed last; null of what no run warms.'),
  reason: z.string(),
  at: time(),
  attempts: z.int(),
});
export const deadLetterPage = z.object({ letters: z.array(deadLetterView), total: z.int() });
export type DeadLetterView = z.infer<typeof deadLetterView>;
export type DeadLetterPage = z.infer<typeof deadLetterPage>;

/** The shapes that the API describes by name. */
export const deadLetterShapes = { DeadLetter: deadLetterView };

export interface DeadLetterVerbs {
  /** The newest first; those of one run where it is named. Which keys a run did not warm at all, `runFailures` says. */
  deadLetters(limit?: number, run?: string): Promise<DeadLetterPage>;
  /**
   * Queues dead letters again: those with these ids; where none is given, those of the run, or all. Returns how many; unknown ids are
   * passed over. Rejects, and queues nothing, with `E_NOT_FOUND` when one names a lane that there is not, and with `E_REQUEST_INVALID`
   * when ids and a run are given.
   */
  redrive(ids: readonly string[], run?: string): Promise<number>;
}

export interface DeadLetterVerbsDeps {
  readonly deadLetters: DeadLetters;
  readonly queue: Queue;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly sources: Sources;
  /** Makes a run of the keys. */
  readonly warm: RunVerbs['warm'];
}

/** Of the payload of a job. */
const ofRun = z.object({ run: z.string() });

/** Keys per selector when dead letters are queued again. */
const REDRIVE_SLICE = 500;
/** Dead letters that are queued again when all are meant. */
const MOST_REDRIVEN = 10_000;

const runName = z.string().min(1).max(200).optional();

const methods = {
  deadLetters: [limitArgument(100), ['run', runName]],
  // Without a default: all of them are meant by an empty list, and not by a name that is undefined.
  redrive: [
    ['ids', z.array(z.string())],
    ['run', runName],
  ],
} as const satisfies Methods;

export function deadLetterVerbs(deps: DeadLetterVerbsDeps): DeadLetterVerbs {
  return withChecks(methods, {
    deadLetters: (limit, run) => pageOf(deps, limit, run),
    redrive: (ids, run) => redrive(deps, ids, run),
  });
}

/** Keys and jobs that failed for good. The id of a job carries its lane, so that the job can be found again. */
async function pageOf(
  { deadLetters, queue, budgets }: DeadLetterVerbsDeps,
  limit: number,
  run: string | undefined,
): Promise<DeadLetterPage> {
  const most = run === undefined ? limit : MOST_REDRIVEN;
  const [keys, total, lanes] = await Promise.all([
    deadLetters.list(most),
    deadLetters.total(),
    lanesWithOrphans(queue, budgets),
  ]);
  const failing = lanes.filter(({ failed }) => failed > 0);
  const failed = await Promise.all(failing.map(({ lane }) => queue.failed(lane, most)));
  const jobs = failed.flat().map(jobView);
  const all = [...keys.map(keyView), ...jobs].sort((a, b) => b.at - a.at);
  if (run === undefined) return { letters: all.slice(0, limit), total: total + jobs.length };
  const own = all.filter((letter) => letter.run === run);
  return { letters: own.slice(0, limit), total: own.length };
}

function keyView({ id, key, source, run, reason, at, attempts }: DeadLetter): DeadLetterView {
  return { id, kind: 'key', subject: key, source, run: run ?? null, reason, at, attempts };
}

function jobView({ id, lane, kind, payload, reason, failedAt, attempts }: FailedJob): DeadLetterView {
  const { run = null } = readWith(ofRun, payload).data ?? {};
  const what = { id: `${lane}/${id}`, kind: 'job', subject: kind, source: null, run } as const;
  return { ...what, reason, at: failedAt, attempts };
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
  ids: readonly string[],
  run: string | undefined,
): Promise<number> {
  const { deadLetters, queue } = deps;
  if (ids.length > 0 && run !== undefined)
    throw new ForewarmError('E_REQUEST_INVALID', 'ids and a run are given: give one of them');
  await checkLanes(deps, ids);
  const all = async () => (await pageOf(deps, MOST_REDRIVEN, run)).letters.map(({ id }) => id);
  const wanted = ids.length > 0 ? ids : await all();
  let count = await redriveKeys(deps, await deadLetters.take(wanted.filter((id) => !id.includes('/'))));
  const byLane = Map.groupBy(
    wanted.filter((id) => id.includes('/')),
    (id) => id.slice(0, id.indexOf('/')),
  );
  for (const [lane, jobs] of byLane) {
    const redriven = jobs.map((id) => id.slice(lane.length + 1));
    count += await queue.redrive(lane, redriven);
  }
  return count;
}

/** Dead letters that cannot be queued are put back: those of keys that no longer fit a source, and all of them when queueing fails. */
async function redriveKeys(deps: DeadLetterVerbsDeps, taken: readonly DeadLetter[]): Promise<number> {
  const { deadLetters, sources, warm } = deps;
  const fits = ({ key }: DeadLetter) => sourceOfKey(sources, key) !== undefined;
  const fitting = taken.filter(fits);
  await deadLetters.add(taken.filter((letter) => !fits(letter)));
  for (let i = 0; i < fitting.length; i += REDRIVE_SLICE) {
    const keys = fitting.slice(i, i + REDRIVE_SLICE).map(({ key }) => key);
    try {
      await warm({ keys }, 'cli');
    } catch (error) {
      await deadLetters.add(fitting.slice(i));
      throw error;
    }
  }
  return fitting.length;
}
