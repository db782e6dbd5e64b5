import type * as Api from '@opentelemetry/api';
import type { Attributes, Span } from '../../core/tracing.ts';
import type { StepCounts } from './step-counts.ts';

/** Attributes as they may be shown. */
export type Clean = (attributes: Attributes) => Api.Attributes;

/** A span that is under way. */
export class OpenSpan implements Span {
  readonly span: Api.Span;
  readonly name: string;
  readonly parent: OpenSpan | undefined;
  readonly counts: StepCounts;
  readonly began: number;
  readonly #clean: Clean;
  /** What is said of it while it is not shown: most steps never are, and then nobody has to look for secrets in it. */
  readonly #unshown: Attributes[] = [];
  isShown: boolean;
  isOver = false;
  failure: string | undefined;
  events = 0;

  constructor(
    init: Pick<OpenSpan, 'span' | 'name' | 'parent' | 'counts' | 'began' | 'isShown'>,
    clean: Clean,
  ) {
    this.span = init.span;
    this.name = init.name;
    this.parent = init.parent;
    this.counts = init.counts;
    this.began = init.began;
    this.isShown = init.isShown;
    this.#clean = clean;
  }

  set(attributes: Attributes): void {
    if (this.isShown) this.span.setAttributes(this.#clean(attributes));
    else this.#unshown.push(attributes);
  }

  show(): void {
    this.isShown = true;
    for (const attributes of this.#unshown.splice(0)) this.set(attributes);
  }

  fail(reason: string): void {
    this.failure = reason;
  }
}

/** Whether what surrounds a step is shown, or can still be. */
export function canShow(open: OpenSpan | undefined): boolean {
  return open === undefined || open.isShown || (!open.isOver && canShow(open.parent));
}

/** It is shown, and so are the steps around it. */
export function show(open: OpenSpan | undefined): void {
  for (let each = open; each !== undefined && !each.isShown; each = each.parent) each.show();
}
