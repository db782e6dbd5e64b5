import type { RunView } from '../../verbs/runs/run-shapes.ts';
import { type StreamEvent, withFirst } from '../event-stream.ts';

export interface RunEventsDeps {
  /** The rest of the watch. */
  readonly views: AsyncIterator<RunView>;
  /** The first step of the watch, already taken. */
  readonly first: IteratorResult<RunView>;
  /** The last revision the client has seen, or -1. */
  readonly after: number;
}

/** A run as events: `run` at each change, and `end`. */
export async function* runEvents({ views, first, after }: RunEventsDeps): AsyncGenerator<StreamEvent> {
  for await (const run of withFirst(first, views)) {
    if (run.revision > after) yield { event: 'run', data: run, id: run.revision };
    if (run.state !== 'ended') continue;
    yield { event: 'end', data: { reason: run.endedReason } };
    return;
  }
}
