/** The contract of a job kind: what a job of this name does with its payload. */
import type { Ending } from '../queue/queue.ts';

export interface JobContext {
  readonly id: string;
  /** 1 at the first try. */
  readonly attempt: number;
  /** Aborts when the job must be let go. What is done by then stays done. */
  readonly signal: AbortSignal;
}

export interface JobKind<Payload> {
  readonly name: string;
  /** Throws a `ZodError` on anything that is not a payload of this kind. */
  parse(raw: unknown): Payload;
  /** Does the work; twice is fine. Throwing means "unexpected": the job is tried again. */
  run(payload: Payload, context: JobContext): Promise<Ending>;
  /** The last try threw: whatever waits for this job must end. */
  giveUp(payload: Payload, reason: string): Promise<void>;
}

/** A kind whose payload type is hidden, so that kinds of any payload stand in one list. */
export interface AnyJobKind {
  readonly name: string;
  bind(raw: unknown): {
    run(context: JobContext): Promise<Ending>;
    giveUp(reason: string): Promise<void>;
  };
}

export function anyKind<Payload>(kind: JobKind<Payload>): AnyJobKind {
  return {
    name: kind.name,
    bind(raw) {
      const payload = kind.parse(raw);
      return {
        run: (context) => kind.run(payload, context),
        giveUp: (reason) => kind.giveUp(payload, reason),
      };
    },
  };
}
