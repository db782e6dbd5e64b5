/**
 * Runs one delivery: finds its kind, checks its payload, runs it, and returns how it ended.
 *
 * `workers` is what a worker process does in the background. `worker-pool.ts` has one consumer for each lane, and each
 * gives its jobs to this executor. Beside them run `presence.ts` (this process, in the registry), `tier-repairer.ts` (what
 * tiers missed while they failed) and `watchdog.ts` (runs that no worker works on). `app/compose.ts` starts and stops them.
 *
 * What must stay true:
 * - A job that cannot be understood is left to workers of another version while there are any; then it is kept among the
 *   failed jobs, to be queued again.
 * - A job is given up only at its last attempt, and not when it was made to stop: then another worker takes it up.
 * - Only what is wrong with a job costs it an attempt: not an outage of a server, nor what this process lacks for it.
 * - All services stop by their deadline.
 */
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { faultsOf } from '../core/read-with.ts';
import type { HandBack } from '../jobs/hand-back.ts';
import type { AnyJobKind } from '../jobs/job.ts';
import type { Delivery, Ending, Handler } from '../queue/queue.ts';

export interface ExecutorDeps {
  readonly kinds: readonly AnyJobKind[];
  readonly handBack: Pick<HandBack, 'ofError' | 'ofKind' | 'ofPayload'>;
  readonly clock: Clock;
  readonly events: Events;
}

/** How long a job waits while a server is away that all need, in ms. */
const AWAY_MS = 2_000;
/** What says that a server is away, and nothing of the job. */
const AWAY: ReadonlySet<string> = new Set(['E_REDIS_UNAVAILABLE', 'E_TIER_UNAVAILABLE']);

/** A handler for any lane. What cannot be understood is kept among the failed jobs, never tried again. */
export function executor(deps: ExecutorDeps): Handler {
  const { kinds, handBack } = deps;
  const byName = new Map(kinds.map((kind) => [kind.name, kind]));
  return async (delivery) => {
    const kind = byName.get(delivery.kind);
    if (kind === undefined) {
      const known = [...byName.keys()].join(', ');
      const later = await handBack.ofKind(delivery.kind);
      if (later !== undefined) return later;
      return abandoned(`E_JOB_INVALID: job kind "${delivery.kind}" is unknown; this worker knows ${known}`);
    }
    let bound: ReturnType<AnyJobKind['bind']>;
    try {
      bound = kind.bind(delivery.payload);
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      const later = await handBack.ofPayload(delivery.id, kind.name);
      if (later !== undefined) return later;
      return abandoned(`E_JOB_INVALID: the payload of ${kind.name} is not valid: ${faultsOf(error)}`);
    }
    return run(bound, delivery, deps);
  };
}

async function run(
  bound: ReturnType<AnyJobKind['bind']>,
  delivery: Delivery,
  deps: ExecutorDeps,
): Promise<Ending> {
  const { id, attempt, lastAttempt, signal } = delivery;
  try {
    return await bound.run({ id, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const later = (await deps.handBack.ofError(error).catch(() => undefined)) ?? whileAway(error, deps.clock);
    if (later !== undefined) return later;
    if (!lastAttempt) throw error;
    deps.events.emit('problem', {
      where: `job ${delivery.kind} ${id}, given up after ${attempt} tries`,
      error,
    });
    await bound.giveUp(messageOf(error));
    throw error;
  }
}

/** An outage of a server that all need costs a job no attempt, nor does an origin that said when to come back. */
function whileAway(error: unknown, clock: Clock): Ending | undefined {
  if (!(error instanceof ForewarmError)) return undefined;
  const { code, details, message: reason } = error;
  if (AWAY.has(code)) return { kind: 'later', at: clock.now() + AWAY_MS, reason };
  const isPaused = code === 'E_ENTITIES_UNAVAILABLE' && typeof details.retryAt === 'number';
  return isPaused ? { kind: 'later', at: Number(details.retryAt), reason } : undefined;
}

function abandoned(reason: string): Ending {
  return { kind: 'abandoned', reason };
}
