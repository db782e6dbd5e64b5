/**
 * Marking out work for a trace: which piece of work is under way, as part of which. Whoever has the `Events` of a process has its
 * tracer (`events.tracer`), so lower floors trace without knowing any package; `telemetry` has the tracer that sends spans away.
 *
 * A root is a piece of work that shows in every trace that is taken: a tick, a request to the API, a job. A step is a part of the
 * root under way: the wait for a permit, a call of an origin. The root travels with the asynchronous work that was begun in it, so no
 * function in between hands it on. Steps are many, so the tracer shows some of them: the first of each name in a root, and those that
 * were slow or failed. The root says how many there were, and how long they took together.
 *
 * What must stay true: no tracer changes what the work gives or throws, and without one there is nothing to pay but a call.
 */

/** What is said of a piece of work. What is undefined is left out. Texts are shown without the secrets that can be told by their looks. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where in a trace a piece of work is, as W3C Trace Context has it: ids in lower-case hex. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  /** Whether the trace is taken. */
  readonly sampled: boolean;
}

/** A piece of work that is under way. */
export interface Span {
  set(attributes: Attributes): void;
  /** It did not succeed, although nothing was thrown. */
  fail(reason: string): void;
}

export interface Root {
  readonly name: string;
  /** `consumer`: of a queue. `server`: of a request. `internal`: of neither. */
  readonly kind: 'consumer' | 'server' | 'internal';
  readonly attributes: Attributes;
  /** Who asked for it, as far as that is known. */
  readonly from: TraceContext | undefined;
  /** It is part of that trace, or a trace of its own with a link to it: for what may come much later, or a thousand times. */
  readonly joins: 'trace' | 'link';
}

export interface Step {
  readonly name: string;
  /** `client`: it asks another system. */
  readonly kind: 'client' | 'internal';
  readonly attributes: Attributes;
}

export interface Tracer {
  root<T>(root: Root, work: (span: Span) => Promise<T>): Promise<T>;
  /** Outside of a root it does the work, and shows nothing. */
  step<T>(step: Step, work: (span: Span) => Promise<T>): Promise<T>;
  /** Says more of the root under way; `name` takes the place of the one that it began with. */
  note(attributes: Attributes, name?: string): void;
  /** The piece of work under way that others may refer to; undefined outside of a trace. */
  current(): TraceContext | undefined;
}

export const NO_SPAN: Span = { set: () => undefined, fail: () => undefined };

export const NO_TRACER: Tracer = {
  root: (_, work) => work(NO_SPAN),
  step: (_, work) => work(NO_SPAN),
  note: () => undefined,
  current: () => undefined,
};
