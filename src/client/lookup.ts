/** What `lookup` returns: one of four answers, with what is known beside the value. */
import { type SilentTier, silenceOf } from '../core/answer.ts';
import type { Head, Times } from '../core/entry.ts';
import { type Freshness, freshnessAt } from '../core/freshness.ts';
import type { Found, OriginFailure, Served, Unanswered } from './found.ts';
import { valueIn } from './memory-reads.ts';

/** Of what is stored, be it a value or that there is none. Times are in ms since the epoch. */
interface Stored extends Times {
  readonly freshness: Exclude<Freshness, 'gone'>;
  /** How long ago the origin confirmed it, in ms. */
  readonly age: number;
  /** The tier that it was read from. */
  readonly tier: string;
}

/** There is a value. */
export interface ValueLookup<T> extends Stored {
  readonly state: 'value';
  readonly value: T;
  /** The origin's own version of the value, where it names one. */
  readonly version: string | undefined;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly tags: readonly string[];
}

/** The origin said that there is no such value, at `checkedAt`. */
export interface AbsentLookup extends Stored {
  readonly state: 'absent';
}

/** Nothing is stored that may be served, and the source does not have it fetched. */
export interface MissingLookup {
  readonly state: 'missing';
}

/** Whether there is a value could not be found out. */
export interface UnavailableLookup {
  readonly state: 'unavailable';
  /** The tiers that may have it and did not answer. */
  readonly tiers: readonly SilentTier[];
  /** The origin that was asked for it, or would have been; undefined where the tiers alone are the cause. */
  readonly origin: OriginFailure | undefined;
  /** Both in one line. */
  readonly reason: string;
}

export type Lookup<T = unknown> = ValueLookup<T> | AbsentLookup | MissingLookup | UnavailableLookup;

const MISSING: MissingLookup = { state: 'missing' };

/** `now` is the time that age and freshness are told for. */
export function lookupOf(found: Found, now: number): Lookup {
  if (found.decoded !== undefined) return storedLookup(found, now);
  return found.unanswered === undefined ? MISSING : unavailable(found.unanswered);
}

/** One line that says why there is no answer. */
export function reasonOf({ tiers, origin }: Unanswered): string {
  const failed = origin === undefined ? [] : [`origin "${origin.origin}": ${origin.reason}`];
  return [...(tiers.length === 0 ? [] : [silenceOf(tiers)]), ...failed].join('; ');
}

function unavailable({ tiers, origin }: Unanswered): UnavailableLookup {
  return { state: 'unavailable', tiers, origin, reason: reasonOf({ tiers, origin }) };
}

function storedLookup({ decoded, tier }: Served, now: number): ValueLookup<unknown> | AbsentLookup {
  const { head } = decoded;
  const stored = storedOf(head, tier, now);
  if (head.kind !== 'value') return { state: 'absent', ...stored };
  const { version, etag, lastModified, tags } = head;
  return { state: 'value', value: valueIn(decoded), ...stored, version, etag, lastModified, tags };
}

function storedOf(head: Head, tier: string, now: number): Stored {
  const { fetchedAt, checkedAt, dueAt, staleAt, goneAt } = head;
  const freshness = freshnessAt(head, now);
  return {
    // It was servable when it was read: what has ended since is told as what it was.
    freshness: freshness === 'gone' ? 'stale' : freshness,
    age: Math.max(0, now - checkedAt),
    tier,
    ...{ fetchedAt, checkedAt, dueAt, staleAt, goneAt },
  };
}
