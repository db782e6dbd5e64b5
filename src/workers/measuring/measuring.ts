/**
 * One measuring of the service, as its sections are given it. What they measure they measure in parts (a source, an origin, a lane), and
 * each part fails for itself: what it would have told is absent then, and that it failed is told once.
 */
import type { Clock } from '../../core/clock.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import { within } from '../../flow/deadline.ts';

export interface MeasuringDeps {
  readonly clock: Clock;
  /** Ms since the epoch. */
  readonly now: number;
  /** When it is given up, on the monotonic clock. */
  readonly end: number;
  /** Aborts when nobody wants it any more. */
  readonly signal: AbortSignal;
  /** Called with what nobody else tells. */
  readonly onError: (error: unknown) => void;
}

/** Parts that are measured at the same time. */
const TOGETHER = 50;

export class Measuring {
  readonly #deps: MeasuringDeps;
  /** What was told already: an error that takes many parts away is one. */
  readonly #told = new Set<string>();

  constructor(deps: MeasuringDeps) {
    this.#deps = deps;
  }

  get now(): number {
    return this.#deps.now;
  }

  /** What the work gives; undefined where it fails, or gives nothing before the end. `what` names it for people. */
  async part<R>(what: string, work: (signal: AbortSignal) => Promise<R>): Promise<R | undefined> {
    const { clock, end, signal } = this.#deps;
    const late = () =>
      new ForewarmError('E_GIVEN_UP', `${what} could not be measured: it did not come in time`);
    try {
      return await within(clock, Math.max(0, end - clock.elapsed()), work, late, signal);
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /** The parts of each, in order, some of them at the same time. */
  async parts<T, R>(
    what: string,
    all: Iterable<T>,
    work: (each: T, signal: AbortSignal) => Promise<R>,
  ): Promise<(R | undefined)[]> {
    const waiting = [...all].entries();
    const parts: (R | undefined)[] = [];
    // One that hangs keeps one of these from the others, and no more.
    const worker = async () => {
      for (const [i, each] of waiting) parts[i] = await this.part(what, (signal) => work(each, signal));
    };
    await Promise.all(Array.from({ length: TOGETHER }, worker));
    return parts;
  }

  #failed(error: unknown): void {
    const { signal, onError } = this.#deps;
    const text = messageOf(error);
    if (signal.aborted || isToldElsewhere(error) || this.#told.has(text)) return;
    this.#told.add(text);
    onError(error);
  }
}

/** That a server is away is told by whoever talks to it all the time. */
export function isToldElsewhere(error: unknown): boolean {
  return error instanceof ForewarmError && TOLD_ELSEWHERE.includes(error.code);
}

const TOLD_ELSEWHERE: readonly string[] = ['E_REDIS_UNAVAILABLE', 'E_TIER_UNAVAILABLE', 'E_TIER_CLOSED'];
