/** A tracer that keeps what it was given, and says that `place` is under way. */
import {
  type Attributes,
  NO_TRACER,
  type Root,
  type Span,
  type Step,
  type TraceContext,
  type Tracer,
} from '../../src/core/tracing.ts';

export interface Recorded {
  readonly what: Root | Step;
  readonly attributes: Attributes;
  readonly failure: string | undefined;
}

export class RecordingTracer implements Tracer {
  readonly began: (Root | Step)[] = [];
  readonly ended: Recorded[] = [];
  place: TraceContext | undefined;

  root<T>(root: Root, work: (span: Span) => Promise<T>): Promise<T> {
    return this.#record(root, work);
  }

  step<T>(step: Step, work: (span: Span) => Promise<T>): Promise<T> {
    return this.#record(step, work);
  }

  note(): void {
    NO_TRACER.note({});
  }

  current(): TraceContext | undefined {
    return this.place;
  }

  async #record<T>(what: Root | Step, work: (span: Span) => Promise<T>): Promise<T> {
    this.began.push(what);
    const said = { attributes: { ...what.attributes }, failure: undefined as string | undefined };
    const set = (attributes: Attributes) => void Object.assign(said.attributes, attributes);
    const fail = (reason: string) => {
      said.failure = reason;
    };
    try {
      return await work({ set, fail });
    } finally {
      this.ended.push({ what, ...said });
    }
  }
}
