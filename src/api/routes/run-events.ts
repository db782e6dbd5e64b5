/** A run as server-sent events (WHATWG HTML, section 9.2): `run` at each change, a comment while nothing changes, `end`. */
import type { Clock } from '../../core/clock.ts';
import { orAfter } from '../../flow/deadline.ts';
import type { RunView } from '../../verbs/runs/runs.ts';
import { problemOf } from '../problem.ts';

/** Often enough that proxies, which cut off silent connections after 30 s and more, see a living one. */
export const HEARTBEAT_MS = 15_000;

export interface RunEventsDeps {
  /** The rest of the watch. */
  readonly views: AsyncIterator<RunView>;
  /** The first step of the watch, already taken. */
  readonly first: IteratorResult<RunView>;
  /** The last revision the client has seen, or -1. */
  readonly after: number;
  readonly clock: Clock;
  /** Aborted: nobody listens any more, or this process stops; the stream just ends. */
  readonly signal: AbortSignal;
  /** The path of the request, for a problem on the way. */
  readonly instance: string;
}

/** The text of the stream. A watch that breaks ends it with an event `problem`; the client may come back. */
export async function* runEvents(deps: RunEventsDeps): AsyncGenerator<string> {
  let step = deps.first;
  try {
    yield ': watching\n\n'; // so that the answer begins, although the client may have seen everything so far
    while (step.done !== true) {
      const run = step.value;
      if (run.revision > deps.after) yield eventText('run', run, run.revision);
      if (run.state === 'ended') {
        yield eventText('end', { reason: run.endedReason });
        return;
      }
      const next = deps.views.next();
      let found = await orHeartbeat(next, deps.clock);
      while (found === 'heartbeat') {
        yield ': heartbeat\n\n';
        found = await orHeartbeat(next, deps.clock);
      }
      step = found;
    }
  } catch (error) {
    if (!deps.signal.aborted) yield eventText('problem', problemOf(error, deps.instance));
  } finally {
    await deps.views.return?.();
  }
}

function orHeartbeat<T>(next: Promise<T>, clock: Clock): Promise<T | 'heartbeat'> {
  return orAfter(clock, HEARTBEAT_MS, next, () => 'heartbeat');
}

/** JSON has no line breaks of its own, so the data is one line. */
function eventText(event: string, data: unknown, id?: number): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}
