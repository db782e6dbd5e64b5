/**
 * An origin of any kind, without the secrets of its addresses and its calls in what it reports: messages name the path that was called,
 * and quote what a server said, which may be what it was sent. Whatever an origin says goes through here.
 */

import { cleanCause } from '../core/clean-cause.ts';
import { OriginError } from '../core/errors.ts';
import { hideKnown } from '../core/known-secrets.ts';
import type { Source } from '../core/source.ts';
import { secretsOfRequest } from './http/secrets-sent.ts';
import type {
  Fetched,
  FetchedBody,
  ListAnswer,
  ListPages,
  ListRequest,
  Origin,
  OriginRequest,
} from './origin.ts';

export interface DiscreetOriginDeps {
  readonly inner: Origin;
  /** What stands in addresses and in calls for any source, and is not to be shown, however a server spells it. */
  readonly secrets: readonly string[];
}

/** A body goes on as it came, with the secrets that it may repeat beside it. */
export class DiscreetOrigin implements Origin {
  readonly name: string;
  readonly #inner: Origin;
  readonly #secrets: readonly string[];
  /** With those of a source. */
  readonly #ofSources = new WeakMap<Source, readonly string[]>();

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
    const secrets = this.#secretsWith(source);
    const fetched = await cleaning(this.#inner.fetchMany(source, requests, signal), secrets);
    return fetched.map((one) => clean(one, secrets));
  }

  async versionOf(source: Source, signal: AbortSignal): Promise<string> {
    const secrets = this.#secretsWith(source);
    const version = await cleaning(this.#inner.versionOf(source, signal), secrets);
    if (hideKnown(version, longOf(secrets)) === version) return version;
    throw new OriginError('permanent', 'the version repeats a secret that the call carried');
  }

  listPages(list: ListRequest): ListPages {
    const pages = this.#inner.listPages(list);
    const next: ListPages['next'] = async (signal) =>
      cleanPage(await cleaning(pages.next(signal), this.#secrets), this.#secrets);
    return { next };
  }

  probe(signal: AbortSignal): Promise<void> {
    return cleaning(this.#inner.probe(signal), this.#secrets);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #secretsWith(source: Source): readonly string[] {
    const known = this.#ofSources.get(source);
    if (known !== undefined) return known;
    const secrets = [...new Set([...this.#secrets, ...secretsOfRequest(source.request)])];
    this.#ofSources.set(source, secrets);
    return secrets;
  }
}

type Secrets = readonly string[];

function cleaning<T>(call: Promise<T>, secrets: Secrets): Promise<T> {
  return call.catch((error: unknown) => {
    throw error instanceof OriginError ? cleanError(error, secrets) : error;
  });
}

function clean(fetched: Fetched, secrets: Secrets): Fetched {
  switch (fetched.kind) {
    case 'body':
      return cleanBody(fetched, secrets);
    case 'error':
      return { ...fetched, error: cleanError(fetched.error, secrets) };
    case 'absent':
      return fetched.doubt === undefined ? fetched : { ...fetched, doubt: hideKnown(fetched.doubt, secrets) };
    default:
      return fetched;
  }
}

const SHOWN_BESIDE = ['contentType', 'etag', 'lastModified', 'version'] as const;
/** What a call carries and is shorter, such as a year, occurs in dates and versions by itself. */
const LONG = 8;
const LONG_ONES = new WeakMap<Secrets, Secrets>();

/** What stands beside a value is stored and shown with it, so what repeats a secret is left out. */
function cleanBody(body: FetchedBody, secrets: Secrets): FetchedBody {
  const all = secrets.length === 0 ? body : { ...body, secrets: bothOf(body.secrets, secrets) };
  const long = longOf(secrets);
  const telling = SHOWN_BESIDE.filter((name) => hideKnown(body[name] ?? '', long) !== (body[name] ?? ''));
  if (telling.length === 0) return all;
  const left = Object.entries(all).filter(([name]) => !telling.some((one) => one === name));
  const why = telling.map((name) => `its ${name} repeats a secret that the call carried`);
  const unusable = [...(body.unusable === undefined ? [] : [body.unusable]), ...why].join('; ');
  return { ...(Object.fromEntries(left) as unknown as FetchedBody), unusable };
}

/** The same list where it has all of them: its spellings are known then. */
function bothOf(own: Secrets = [], secrets: Secrets): Secrets {
  return own.every((one) => secrets.includes(one)) ? secrets : [...new Set([...own, ...secrets])];
}

/** The same list for the same secrets: its spellings are known then. */
function longOf(secrets: Secrets): Secrets {
  const before = LONG_ONES.get(secrets);
  if (before !== undefined) return before;
  const long = secrets.filter(({ length }) => length >= LONG);
  LONG_ONES.set(secrets, long);
  return long;
}

function cleanPage(page: ListAnswer, secrets: Secrets): ListAnswer {
  return page.kind === 'changed' ? { ...page, reason: hideKnown(page.reason, secrets) } : page;
}

function cleanError(error: OriginError, secrets: Secrets): OriginError {
  const { class: kind, details, retryAt, refusesBatch, quotaSpent, answered } = error;
  const cause = cleanCause(error.cause, secrets);
  const init = {
    details,
    retryAt,
    refusesBatch,
    quotaSpent,
    answered,
    ...(cause !== undefined && { cause }),
  };
  const clean = new OriginError(kind, hideKnown(error.message, secrets), init);
  clean.stack = hideKnown(error.stack ?? '', secrets);
  return clean;
}
