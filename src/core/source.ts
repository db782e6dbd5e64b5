/**
 * `core` holds the words that every other folder uses, and nothing that does anything: no timers, no servers, no files. It is the
 * lowest floor: it imports nothing of ours, and everything imports it.
 *
 * - What is kept: `source.ts`, `key.ts`, `entry.ts`, `body.ts`, `freshness.ts`. A source is a named kind of value; its key template
 *   turns params into keys and back; an entry is what tiers store; only `freshness.ts` judges how old it is.
 * - What is asked for: `selector.ts` and its grammar, `outcome.ts`, `budget.ts`.
 * - What is said of it: `events.ts` (what happens), `metrics.ts` and `statistics.ts` (what is counted), `errors.ts` (what fails).
 * - How it is written: `units.ts` and `options.ts` (what people write in the configuration), `quote.ts` and `secrets.ts` (what may be
 *   shown).
 * - What is passed in: `clock.ts`, for time and randomness.
 *
 * What must stay true: functions here are pure, apart from the one clock that reads the machine's time; times are absolute, in
 * milliseconds since the epoch, and stamps in microseconds; and a name here has this meaning everywhere (`docs/glossary.md`).
 */
import type { BodyFormat } from './entry.ts';
import type { Lifetime } from './freshness.ts';
import type { KeyTemplate, Params } from './key.ts';

export const TEMPERATURES = ['hot', 'warm', 'cold'] as const;

/** How fast a source's data ages: it gives ttl, refresh-ahead point and schedule. */
export type Temperature = (typeof TEMPERATURES)[number];

/** What a body must be to replace the value that is stored. Paths are dotted (`a.b.0`), into the JSON body. */
export interface GuardRules {
  /** Refuse an empty body, `null`, `""`, `[]` and `{}`. */
  readonly notEmpty: boolean;
  /** Refuse a JSON body in which one of these paths is missing, null or empty. */
  readonly require: readonly string[];
  /** Refuse a body of fewer bytes. 0 is off. */
  readonly minBytes: number;
  /** Refuse a JSON array of fewer items. 0 is off. */
  readonly minItems: number;
  /** Refuse a body of more bytes. 0 is off. */
  readonly maxBytes: number;
  /** Refuse a body of another type; `image/*` is any image. Empty is off. */
  readonly contentTypes: readonly string[];
  /** Refuse a JSON body in which something stands at this path: an error that is told with a status of success. */
  readonly error: string | undefined;
}

/** What a reader does about a value that no tier has: goes without, fetches it here, or asks the workers for it. */
export const MISS_POLICIES = ['none', 'origin', 'request'] as const;

export interface MissPolicy {
  readonly policy: (typeof MISS_POLICIES)[number];
  /** How long a read waits for a fresh value while it has a stale one, in ms; 0 is not at all. */
  readonly softDeadline: number;
  /** How long a read waits that has nothing, in ms. Then it is a miss; what it waited for goes on. */
  readonly hardDeadline: number;
}

/** A named kind of value at an origin, ready to use. Made by `settings`, frozen. */
export interface Source {
  readonly name: string;
  readonly origin: string;
  readonly temperature: Temperature;
  readonly key: KeyTemplate;
  readonly lifetime: Lifetime;
  /** By up to this share of its ttl, from 0 to 1, a fetched value is due and stale earlier. */
  readonly spread: number;
  /** How long the origin's "there is no such value" is believed, in ms. */
  readonly absentTtl: number;
  /** The share of its values that may vanish at once, from 0 to 1: what goes beyond needs a second look. */
  readonly absence: number;
  /** Tag templates, such as `market:{market}`; their params may be of the key or of any other column of a row. */
  readonly tags: readonly KeyTemplate[];
  readonly guard: GuardRules;
  readonly miss: MissPolicy;
  readonly format: BodyFormat;
  /** How many keys one call to the origin can answer; 1 without a batch request. */
  readonly keysPerCall: number;
  /** Changes with the address of the origin and with the request: an ETag holds for one URL only (RFC 9110, 8.8.3). Tells nothing of them. */
  readonly asks: string;
  /** Why its origin cannot be asked for a key of these params; undefined when it can. */
  readonly refusal: (params: Params) => string | undefined;
  /** The request template, checked by the schema of the origin's kind. */
  readonly request: unknown;
}

type Named = Pick<Source, 'key' | 'tags'>;

/** Whether a tag of its values names params that their keys do not hold. */
export function tagsBeyondKey({ key, tags }: Named): boolean {
  return tags.some((tag) => tag.names.some((name) => !key.names.includes(name)));
}

/** The params of its keys and of its tags. */
export function paramNames({ key, tags }: Named): ReadonlySet<string> {
  return new Set([key, ...tags].flatMap((template) => template.names));
}

/** What of these params has to be remembered beside their key, since it cannot be read back from it; undefined: nothing. */
export function paramsBeyondKey(source: Named, params: Params): Params | undefined {
  if (!tagsBeyondKey(source) && !source.key.hashes(params)) return undefined;
  const names = paramNames(source);
  return Object.fromEntries(Object.entries(params).filter(([name]) => names.has(name)));
}

/** The tags that a value of these params carries: those of whose params each is known. */
export function tagsOf({ tags }: Pick<Source, 'tags'>, params: Params): string[] {
  return tags.filter((tag) => tag.isFilledBy(params)).map((tag) => tag.build(params));
}

/** Whether a value that carries these tags has all that its source gives it now: a row may have moved since, or tags been added. */
export function carriesTagsOf(
  source: Pick<Source, 'tags'>,
  params: Params,
  tags: readonly string[],
): boolean {
  return tagsOf(source, params).every((tag) => tags.includes(tag));
}

/** The longest that an entry of any of these sources is kept, in ms. */
export function longestLifeOf(sources: Iterable<Pick<Source, 'lifetime' | 'absentTtl'>>): number {
  const lives = [...sources].map(({ lifetime: { ttl, grace }, absentTtl }) =>
    Math.max(ttl + grace, absentTtl),
  );
  return Math.max(0, ...lives);
}

export type { Params } from './key.ts';

/** Whether rows of these columns have a key of the source each. A constant key is fed by nothing. */
export function isFedBy({ key }: Pick<Source, 'key'>, columns: readonly string[]): boolean {
  return key.names.length > 0 && key.names.every((param) => columns.includes(param));
}
