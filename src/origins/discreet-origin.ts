/** An origin of any kind, without the secrets of its addresses in what it reports: messages name the path that was called. */

import { OriginError } from '../core/errors.ts';
import { hideKnown } from '../core/known-secrets.ts';
import type { Source } from '../core/source.ts';
import type { Fetched, ListAnswer, ListPages, ListRequest, Origin, OriginRequest } from './origin.ts';

export interface DiscreetOriginDeps {
  readonly inner: Origin;
  /** What stands in addresses and paths of requests, and is not to be shown, however a server spells it. */
  readonly secrets: readonly string[];
}

/** A body goes on as it came, with the secrets that it may repeat beside it. */
export class DiscreetOrigin implements Origin {
  readonly name: string;
  readonly #inner: Origin;
  readonly #secrets: readonly string[];

  constructor({ inner, secrets }: DiscreetOriginDeps) {
    this.name = inner.name;
    this.#inner = inner;
    this.#secrets = secrets;
  }

  async fetchMany(
    source: Source,
    requests: readonly OriginRequest[],
    signal: AbortSignal,
  ): Promise<Fetched[]> {
    const fetched = await this.#cleaning(this.#inner.fetchMany(source, requests, signal));
    return fetched.map((one) => this.#clean(one));
  }

  versionOf(source: Source, signal: AbortSignal): Promise<string> {
    return this.#cleaning(this.#inner.versionOf(source, signal));
  }

  listPages(list: ListRequest): ListPages {
    const pages = this.#inner.listPages(list);
    return { next: async (signal) => this.#cleanPage(await this.#cleaning(pages.next(signal))) };
  }

  probe(signal: AbortSignal): Promise<void> {
    return this.#cleaning(this.#inner.probe(signal));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #cleaning<T>(call: Promise<T>): Promise<T> {
    return call.catch((error: unknown) => {
      throw error instanceof OriginError ? this.#cleanError(error) : error;
    });
  }

  #clean(fetched: Fetched): Fetched {
    switch (fetched.kind) {
      case 'body':
        return { ...fetched, secrets: [...(fetched.secrets ?? []), ...this.#secrets] };
      case 'error':
        return { ...fetched, error: this.#cleanError(fetched.error) };
      case 'absent':
        return fetched.doubt === undefined ? fetched : { ...fetched, doubt: this.#hide(fetched.doubt) };
      default:
        return fetched;
    }
  }

  #cleanPage(page: ListAnswer): ListAnswer {
    return page.kind === 'changed' ? { ...page, reason: this.#hide(page.reason) } : page;
  }

  #cleanError(error: OriginError): OriginError {
    const { class: kind, details, retryAt, refusesBatch, quotaSpent } = error;
    const cause = this.#cleanCause(error.cause);
    const init = { details, retryAt, refusesBatch, quotaSpent, ...(cause !== undefined && { cause }) };
    const clean = new OriginError(kind, this.#hide(error.message), init);
    clean.stack = this.#hide(error.stack ?? '');
    return clean;
  }

  /** Foreign errors quote what a server said. Their codes stay: they tell whether it was reached at all. */
  #cleanCause(cause: unknown): Error | undefined {
    if (!(cause instanceof Error)) return undefined;
    const { code } = cause as { readonly code?: unknown };
    const clean = new Error(this.#hide(cause.message), { cause: this.#cleanCause(cause.cause) });
    clean.stack = this.#hide(cause.stack ?? '');
    return Object.assign(clean, typeof code === 'string' && { code });
  }

  #hide(text: string): string {
    return hideKnown(text, this.#secrets);
  }
}
