/** Dead letters: keys, and jobs, whose every attempt failed; list them, and queue them again. */

import { z } from 'zod';
import type { DeadLetter, DeadLetters } from '../catalog/dead-letters.ts';
import { type Methods, withChecks } from '../core/arguments.ts';
import type { Budget } from '../core/budget.ts';
import { ForewarmError } from '../core/errors.ts';
import { quote } from '../core/quote.ts';
import { type Sources, sourceOfKey } from '../core/sources.ts';
import { CONTROL_LANE, type Queue } from '../queue/queue.ts';
import type { RunVerbs } from './runs/runs.ts';
import { limitArgument, time } from './shapes.ts';

export const deadLetterView = z.object({
  id: z.string(),
  kind: z.enum(['key', 'job']),
  subject: z.string().describe('The key, or the kind of the job.'),
  source: z.string().nullable(),
  run: z.string().nullable(),
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
  /** The newest first. */
  deadLetters(limit?: number): Promise<DeadLetterPage>;
  /**
   * Queues dead letters again, all of them when no ids are given. Returns how many; unknown ids are passed over. Rejects with
   * `E_NOT_FOUND`, and queues nothing, when one names a lane that there is not.
   */
  redrive(ids: readonly string[]): Promise<number>;
}

export interface DeadLetterVerbsDeps {
  readonly deadLetters: DeadLetters;
  readonly queue: Queue;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly sources: Sources;
  /** Makes a run of the keys. */
  readonly warm: RunVerbs['warm'];
}

/** Keys per selector when dead letters are queued again. */
const REDRIVE_SLICE = 500;
/** Dead letters that are queued again when all are meant. */
const MOST_REDRIVEN = 10_000;

const methods = {
  deadLetters: [limitArgument(100)],
  // Without a default: all of them are meant by an empty list, and not by a name that is undefined.
  redrive: [['ids', z.array(z.string())]],
} as const satisfies Methods;

export function deadLetterVerbs(deps: DeadLetterVerbsDeps): DeadLetterVerbs {
  return withChecks(methods, {
    deadLetters: (limit) => pageOf(deps, limit),
    redrive: (ids) => redrive(deps, ids),
  });
}

/** Keys and jobs that failed for good. The id of a job carries its lane, so that the job can be found again. */
async function pageOf({ deadLetters, queue, budgets }: DeadLetterVerbsDeps, limit: number) {
  const [keys, total, ...failed] = await Promise.all([
    deadLetters.list(limit),
    deadLetters.total(),
    ...[CONTROL_LANE, ...budgets.keys()].map((lane) => queue.failed(lane, limit)),
  ]);
  const ofKeys = keys.map(({ id, key, source, run, reason, at, attempts }): DeadLetterView => {
    return { id, kind: 'key', subject: key, source, run: run ?? null, reason, at, attempts };
  });
  const ofJobs = failed.flat().map(({ id, lane, kind, reason, failedAt, attempts }): DeadLetterView => {
    return {
      id: `${lane}/${id}`,
      kind: 'job',
      subject: kind,
      source: null,
      run: null,
      reason,
      at: failedAt,
      attempts,
    };
  });
  const all = [...ofKeys, ...ofJobs].sort((a, b) => b.at - a.at);
  return { letters: all.slice(0, limit), total: total + ofJobs.length };
}

/** A queue makes keys of its own for any lane that it is asked about. */
function checkLanes({ budgets }: DeadLetterVerbsDeps, ids: readonly string[]): void {
  for (const id of ids) {
    const lane = id.includes('/') ? id.slice(0, id.indexOf('/')) : CONTROL_LANE;
    if (lane === CONTROL_LANE || budgets.has(lane)) continue;
    throw new ForewarmError(
      'E_NOT_FOUND',
      `there is no dead letter ${quote(id)}: no lane has that name; \`forewarm runs dead\` lists those that there are`,
    );
  }
}

/** Keys become a new run; jobs go back to their lane. */
async function redrive(deps: DeadLetterVerbsDeps, ids: readonly string[]): Promise<number> {
  const { deadLetters, queue } = deps;
  checkLanes(deps, ids);
  const wanted = ids.length > 0 ? ids : (await pageOf(deps, MOST_REDRIVEN)).letters.map(({ id }) => id);
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
