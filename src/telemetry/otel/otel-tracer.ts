/**
 * The tracer that makes spans of OpenTelemetry: in a process of ours those of its SDK, in an application those of whatever the
 * application has registered.
 *
 * A step's span exists from its beginning, and is sent only if it is ended: whether it is shown can be decided when it is known how
 * long it took and what came of it. What is not shown is never ended, and goes with its last reference.
 *
 * What must stay true: a span that is sent has a parent that is sent. So a step that is shown shows the steps around it, and what
 * refers to work under way (links, log lines, headers) refers to the innermost piece of it that is shown for sure.
 */
import type * as Api from '@opentelemetry/api';
import { messageOf } from '../../core/errors.ts';
import {
  type Attributes,
  NO_SPAN,
  type Root,
  type Span,
  type Step,
  type TraceContext,
  type Tracer,
} from '../../core/tracing.ts';
import { VERSION } from '../../core/version.ts';
import { type Clean, canShow, OpenSpan, show } from './open-span.ts';
import { spanText } from './span-text.ts';
import { StepCounts } from './step-counts.ts';

/** How much is shown: roots alone, the steps that tell most, or each of them. */
export type TraceDetail = 'roots' | 'steps' | 'all';

export interface OtelTracerDeps {
  readonly api: typeof Api;
  readonly detail: TraceDetail;
  /** A step that took so many ms is shown. */
  readonly slow: number;
  /** Monotonic ms. */
  readonly elapsed: () => number;
  /** Ms since the epoch, by the clock of this host. */
  readonly now: () => number;
  /** What is not to be shown, however it is spelt. */
  readonly secrets: readonly string[];
}

/** Something that has ended already, and took so many ms. */
interface PastStep extends Step {
  readonly ms: number;
  readonly failure: string | undefined;
}

/** Of things that happened to single keys, in one piece of work. */
const MOST_EVENTS = 16;

export class OtelTracer implements Tracer {
  readonly #deps: OtelTracerDeps;
  readonly #tracer: Api.Tracer;
  readonly #open = new WeakMap<Api.Span, OpenSpan>();
  /** Null: of a span that is in no trace. */
  readonly #contexts = new WeakMap<Api.Span, TraceContext | null>();
  readonly #clean: Clean = (attributes) => this.#shown(attributes);

  constructor(deps: OtelTracerDeps) {
    this.#deps = deps;
    this.#tracer = deps.api.trace.getTracer('forewarm', VERSION);
  }

  /** Where it is false, nobody need tell of steps. */
  get showsSteps(): boolean {
    return this.#deps.detail !== 'roots';
  }

  async root<T>({ name, kind, attributes, from, joins }: Root, work: (span: Span) => Promise<T>): Promise<T> {
    const { api, elapsed, detail } = this.#deps;
    const origin = from && contextOf(from, api);
    const isPart = joins === 'trace';
    const nowhere = api.ROOT_CONTEXT;
    const span = this.#tracer.startSpan(
      name,
      {
        kind: {
          consumer: api.SpanKind.CONSUMER,
          server: api.SpanKind.SERVER,
          internal: api.SpanKind.INTERNAL,
        }[kind],
        attributes: this.#shown(attributes),
        links: origin === undefined || isPart ? [] : [{ context: origin }],
      },
      origin !== undefined && isPart ? api.trace.setSpanContext(nowhere, origin) : nowhere,
    );
    const counts = new StepCounts(detail === 'all');
    const init = { span, name, parent: undefined, counts, began: elapsed(), isShown: true };
    return await this.#within(new OpenSpan(init, this.#clean), nowhere, work, (open) => {
      open.set(counts.summary());
      this.#send(open);
    });
  }

  step<T>(step: Step, work: (span: Span) => Promise<T>): Promise<T> {
    const open = this.begin(() => step);
    if (open === undefined) return work(NO_SPAN);
    return this.#within(open, this.#deps.api.context.active(), work, (ended) => this.end(ended));
  }

  note(attributes: Attributes, name?: string): void {
    let open = this.#current();
    while (open?.parent !== undefined) open = open.parent;
    open?.set(attributes);
    if (name !== undefined) open?.span.updateName(name);
  }

  current(): TraceContext | undefined {
    const { api } = this.#deps;
    const active = api.trace.getActiveSpan();
    if (active === undefined) return undefined;
    let open = this.#open.get(active);
    while (open !== undefined && !open.isShown) open = open.parent;
    return this.#contextOf(open?.span ?? active);
  }

  /** It is the same as long as there is the span, and asked for with each thing that is counted. */
  #contextOf(span: Api.Span): TraceContext | undefined {
    const known = this.#contexts.get(span);
    if (known !== undefined) return known ?? undefined;
    const { api } = this.#deps;
    const context = span.spanContext();
    const { traceId, spanId, traceFlags } = context;
    const sampled = (traceFlags & api.TraceFlags.SAMPLED) !== 0;
    const found = api.isSpanContextValid(context) ? { traceId, spanId, sampled } : null;
    this.#contexts.set(span, found);
    return found ?? undefined;
  }

  /**
   * Begins a step of what is under way, which `end` ends; undefined where nothing is, or steps are not shown. Then it is not asked what
   * step it would be.
   */
  begin(stepOf: () => Step): OpenSpan | undefined {
    const { api, elapsed } = this.#deps;
    const parent = this.#ofSteps();
    if (parent === undefined) return undefined;
    const { name, kind, attributes } = stepOf();
    const { counts } = parent;
    const isShown = counts.begin(name) && parent.isShown;
    const span = this.#tracer.startSpan(
      name,
      { kind: kindOf(kind, api), attributes: isShown ? this.#shown(attributes) : {} },
      api.trace.setSpan(api.context.active(), parent.span),
    );
    const init = { span, name, parent, counts, began: elapsed(), isShown };
    const open = this.#known(new OpenSpan(init, this.#clean));
    if (!isShown) open.set(attributes);
    return open;
  }

  end(open: OpenSpan): void {
    if (open.isOver) return;
    const ms = this.#deps.elapsed() - open.began;
    const isTelling = open.failure !== undefined || ms >= this.#deps.slow;
    if (!open.isShown && isTelling && canShow(open.parent) && open.counts.late()) show(open);
    open.counts.end(open.name, ms, open.isShown);
    if (open.isShown) this.#send(open);
    open.isOver = true;
  }

  /** A step that is told of when it is over. */
  past({ name, kind, attributes, ms, failure }: PastStep): void {
    const { api, now, slow } = this.#deps;
    const parent = this.#ofSteps();
    if (parent === undefined) return;
    const { counts } = parent;
    const isFirst = counts.begin(name) && parent.isShown;
    const isTelling = failure !== undefined || ms >= slow;
    const isShown = isFirst || (isTelling && canShow(parent) && counts.late());
    counts.end(name, ms, isShown);
    if (!isShown) return;
    show(parent);
    const end = now();
    const span = this.#tracer.startSpan(
      name,
      { kind: kindOf(kind, api), attributes: this.#shown(attributes), startTime: end - ms },
      api.trace.setSpan(api.context.active(), parent.span),
    );
    if (failure !== undefined)
      span.setStatus({ code: api.SpanStatusCode.ERROR, message: this.#text(failure) });
    span.end(end);
  }

  /** Something that happened to a single key of what is under way. */
  event(name: string, attributes: Attributes): void {
    const open = this.#current();
    if (open === undefined || open.events >= MOST_EVENTS) return;
    open.events += 1;
    open.span.addEvent(name, this.#shown(attributes));
  }

  async #within<T>(
    open: OpenSpan,
    context: Api.Context,
    work: (span: Span) => Promise<T>,
    end: (open: OpenSpan) => void,
  ): Promise<T> {
    const { api } = this.#deps;
    this.#known(open);
    try {
      return await api.context.with(api.trace.setSpan(context, open.span), () => work(open));
    } catch (error) {
      open.fail(messageOf(error));
      throw error;
    } finally {
      end(open);
    }
  }

  #known(open: OpenSpan): OpenSpan {
    this.#open.set(open.span, open);
    return open;
  }

  #ofSteps(): OpenSpan | undefined {
    return this.showsSteps ? this.#current() : undefined;
  }

  /** What is under way, if its trace is taken. The span of an application is always shown. */
  #current(): OpenSpan | undefined {
    const { api, elapsed, detail } = this.#deps;
    const span = api.trace.getActiveSpan();
    if (span === undefined || !span.isRecording()) return undefined;
    const known = this.#open.get(span);
    if (known !== undefined) return known.isOver ? undefined : known;
    const counts = new StepCounts(detail === 'all');
    const init = { span, name: '', parent: undefined, counts, began: elapsed(), isShown: true };
    return this.#known(new OpenSpan(init, this.#clean));
  }

  #send({ span, failure }: OpenSpan): void {
    const { SpanStatusCode } = this.#deps.api;
    if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: this.#text(failure) });
    span.end();
  }

  #shown(attributes: Attributes): Api.Attributes {
    const shown: Api.Attributes = {};
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined) shown[name] = typeof value === 'string' ? this.#text(value) : value;
    }
    return shown;
  }

  #text(text: string): string {
    return spanText(text, this.#deps.secrets);
  }
}

function kindOf(kind: Step['kind'], { SpanKind }: typeof Api): Api.SpanKind {
  return kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL;
}

function contextOf({ traceId, spanId, sampled }: TraceContext, { TraceFlags }: typeof Api): Api.SpanContext {
  return { traceId, spanId, isRemote: true, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE };
}
