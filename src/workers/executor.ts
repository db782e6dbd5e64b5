/** Runs one delivery: finds its kind, checks its payload, runs it, and says how it ended. */
import { z } from 'zod';
import { messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import type { AnyJobKind } from '../jobs/job.ts';
import type { Delivery, Ending, Handler } from '../queue/queue.ts';

export interface ExecutorDeps {
  readonly kinds: readonly AnyJobKind[];
  readonly events: Events;
}

/** A handler for any lane. What cannot be understood is kept among the failed jobs, never tried again. */
export function executor({ kinds, events }: ExecutorDeps): Handler {
  const byName = new Map(kinds.map((kind) => [kind.name, kind]));
  return async (delivery) => {
    const kind = byName.get(delivery.kind);
    if (kind === undefined) {
      const known = [...byName.keys()].join(', ');
      return abandoned(`E_JOB_INVALID: job kind "${delivery.kind}" is unknown; this worker knows ${known}`);
    }
    let bound: ReturnType<AnyJobKind['bind']>;
    try {
      bound = kind.bind(delivery.payload);
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      return abandoned(`E_JOB_INVALID: the payload of ${kind.name} is not valid: ${z.prettifyError(error)}`);
    }
    return run(bound, delivery, events);
  };
}

async function run(
  bound: ReturnType<AnyJobKind['bind']>,
  delivery: Delivery,
  events: Events,
): Promise<Ending> {
  const { id, attempt, lastAttempt, signal } = delivery;
  try {
    return await bound.run({ id, attempt, signal });
  } catch (error) {
    if (signal.aborted || !lastAttempt) throw error;
    events.emit('problem', { where: `job ${delivery.kind} ${id}, given up after ${attempt} tries`, error });
    await bound.giveUp(messageOf(error));
    throw error;
  }
}

function abandoned(reason: string): Ending {
  return { kind: 'abandoned', reason };
}
