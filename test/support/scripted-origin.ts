/** An origin that answers as the test says, records what it was asked for, and can be held in the middle of a call. */
import { OriginError, type OriginErrorClass } from '../../src/core/errors.ts';
import type { Source } from '../../src/core/source.ts';
import {
  type Fetched,
  type FetchedBody,
  type ListAnswer,
  type ListPages,
  type ListRequest,
  noProbe,
  type Origin,
  type OriginRequest,
} from '../../src/origins/origin.ts';

export type Script = (
  requests: readonly OriginRequest[],
  source: Source,
  signal: AbortSignal,
) => readonly Fetched[] | Promise<readonly Fetched[]>;

export interface OriginCall {
  readonly source: string;
  readonly requests: readonly OriginRequest[];
}

/** Calls that are held: each waits, once it has arrived, for `release`. */
export interface Held {
  /** The next held call has arrived. */
  arrived(): Promise<void>;
  release(): void;
}

export class ScriptedOrigin implements Origin {
  readonly name: string;
  readonly calls: OriginCall[] = [];
  /** Calls at the same time, at most, so far. */
  peak = 0;
  /** How often a version was asked for. */
  versionCalls = 0;
  /** How often it was probed. */
  probes = 0;
  /** The version that all values of a source share; '' is none. */
  version: (source: Source, signal: AbortSignal) => string | Promise<string> = () => 'v1';
  /** What a probe does: throws where the origin is not there. */
  onProbe: () => void = () => undefined;
  /** What each page of a list is; called for each, counted from 0. */
  page: (n: number, list: ListRequest) => ListAnswer | Promise<ListAnswer> = () => pageOf([]);
  /** Pages that were asked for. */
  pageCalls = 0;
  #script: Script = (requests) => requests.map(({ key }) => bodyOf(`"${key}"`));
  #inFlight = 0;

  constructor(name = 'markets') {
    this.name = name;
  }

  /** Every key that was asked for, in order; twice when it was asked for twice. */
  get asked(): string[] {
    return this.calls.flatMap(({ requests }) => requests.map(({ key }) => key));
  }

  /** From now on calls are answered by this script. */
  answer(script: Script): void {
    this.#script = script;
  }

  /** From now on each key is answered by itself, by this function. */
  answerEach(answer: (request: OriginRequest) => Fetched): void {
    this.#script = (requests) => requests.map(answer);
  }

  /** Holds calls after they were counted and before they are answered; an abort ends a held call, too. */
  hold(): Held {
    const gate = Promise.withResolvers<void>();
    let arrivals = Promise.withResolvers<void>();
    const script = this.#script;
    this.#script = async (requests, source, signal) => {
      arrivals.resolve();
      arrivals = Promise.withResolvers();
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      await Promise.race([gate.promise, aborted]);
      return script(requests, source, signal);
    };
    return {
      arrived: () => arrivals.promise,
      release: () => {
        this.#script = script;
        gate.resolve();
      },
    };
  }

  async fetchMany(
    source: Source,
    requests: readonly OriginRequest[],
    signal: AbortSignal,
  ): Promise<Fetched[]> {
    signal.throwIfAborted();
    if (requests.length === 0) return [];
    this.calls.push({ source: source.name, requests });
    this.#inFlight += 1;
    this.peak = Math.max(this.peak, this.#inFlight);
    try {
      return [...(await this.#script(requests, source, signal))];
    } finally {
      this.#inFlight -= 1;
    }
  }

  async versionOf(source: Source, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (!hasProbe(source)) throw noProbe(source);
    this.versionCalls += 1;
    const version = await this.version(source, signal);
    if (version === '') throw new OriginError('permanent', 'the answer has no version');
    return version;
  }

  listPages(list: ListRequest): ListPages {
    let n = 0;
    return {
      next: async (signal) => {
        signal.throwIfAborted();
        this.pageCalls += 1;
        const answer = await this.page(n, list);
        n += 1;
        return answer;
      },
    };
  }

  async probe(): Promise<void> {
    this.probes += 1;
    this.onProbe();
  }

  async close(): Promise<void> {}
}

function hasProbe({ request }: Source): boolean {
  return (
    typeof request === 'object' && request !== null && 'versionProbe' in request && !!request.versionProbe
  );
}

/** A page of a list; the last one unless told otherwise. */
export function pageOf(rows: readonly unknown[], isLast = true): ListAnswer {
  return { kind: 'page', rows, bytes: rows.length, isLast, validators: undefined };
}

export const ABSENT: Fetched = { kind: 'absent' };
export const UNCHANGED: Fetched = { kind: 'unchanged' };

export function bodyOf(text: string, more: Partial<FetchedBody> = {}): Fetched {
  return { kind: 'body', body: Buffer.from(text), ...more };
}

/** One key of a batch that failed. */
export function errorOf(kind: OriginErrorClass, message: string): Fetched {
  return { kind: 'error', error: new OriginError(kind, message) };
}

/** A script whose calls fail as a whole. */
export function failing(kind: OriginErrorClass, message: string, retryAt?: number): Script {
  return () => {
    throw new OriginError(kind, message, { retryAt });
  };
}
