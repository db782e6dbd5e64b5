/**
 * Keys that the catalog takes for warm, and that no tier has any more: a server pushed them out or was emptied, a disk was replaced, a link
 * broke while they were dropped. Nobody tells of these, so each look of `recover` looks a part of the catalog up in the tiers, round
 * and round. What is lost is made due, so that the same look queues it; what only a shared tier lacks is copied there.
 *
 * What must stay true:
 * - A look costs the same however many keys there are.
 * - Missing is not proof: where a tier does not answer nothing is taken for lost.
 * - A bucket has its price for each request: it is asked for what the other tiers lack, and not for all keys, each minute.
 * - A key is brought back once in its ttl, so that a server without room for all keys does not have them fetched in a circle. While a
 *   shared tier overflows there is no look at all: it would also count as use of the keys that are to be pushed out.
 */
import type { Catalog, CatalogRecord } from '../catalog/catalog.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { isServable } from '../core/freshness.ts';
import type { Source } from '../core/source.ts';
import type { Stack, Survey } from '../tiers/stack/stack.ts';
import type { Tier } from '../tiers/tier.ts';
import { CLAIM_MS } from './due-keys.ts';

export interface LostKeysDeps {
  readonly catalog: Pick<Catalog, 'scan' | 'reschedule'>;
  readonly stack: Pick<Stack, 'survey' | 'look' | 'fill' | 'tiers' | 'overflows'>;
  readonly clock: Clock;
  readonly events: Events;
}

/** Keys of all sources that one look takes. */
const LOOKED_AT = 20_000;
const PAGE = 1_000;
/** Keys that were brought back and are remembered; as many in their ttl are no chance, but tiers that do not keep them. */
const REMEMBERED = 20_000;
/** Keys in hand are due within this, in ms: what is due as soon comes back by itself. */
const SOON_MS = CLAIM_MS + 60_000;

function isShared({ traits }: Tier): boolean {
  return traits.reach === 'shared';
}

/** Where the next look goes on. */
interface Place {
  readonly source: string;
  readonly cursor: string | undefined;
}

export class LostKeys {
  readonly #deps: LostKeysDeps;
  /** By the sources that are looked at together. */
  readonly #places = new Map<string, Place>();
  /** Until when a key is not brought back again, in ms since the epoch. */
  readonly #broughtBack = new Map<string, number>();

  constructor(deps: LostKeysDeps) {
    this.#deps = deps;
  }

  /** Looks at the next keys of these sources, at each of them once at the most. */
  async look(sources: readonly Source[], signal: AbortSignal): Promise<void> {
    const { stack } = this.#deps;
    if (this.#sharedTiers().some((tier) => stack.overflows(tier))) return;
    this.#forget(this.#deps.clock.now());
    const round = sources.map(({ name }) => name).join();
    const place = this.#places.get(round);
    const first = Math.max(
      0,
      sources.findIndex(({ name }) => name === place?.source),
    );
    let cursor = sources[first]?.name === place?.source ? place?.cursor : undefined;
    let left = LOOKED_AT;
    for (let i = 0; i < sources.length && left > 0; i += 1) {
      const source = sources[(first + i) % sources.length] as Source;
      do {
        signal.throwIfAborted();
        const page = await this.#deps.catalog.scan(source.name, cursor, PAGE);
        if (!(await this.#lookAt(source, page.records, signal))) return;
        cursor = page.cursor;
        left -= page.records.length;
      } while (cursor !== undefined && left > 0);
      const next = cursor === undefined ? sources[(first + i + 1) % sources.length] : source;
      this.#places.set(round, { source: next?.name ?? '', cursor });
    }
  }

  /** False where a tier does not answer: this is no time to look. */
  async #lookAt(source: Source, records: readonly CatalogRecord[], signal: AbortSignal): Promise<boolean> {
    const { catalog, clock, events } = this.#deps;
    const now = clock.now();
    const keys = records
      .filter(({ dueAt, failure }) => dueAt > now + SOON_MS && failure === undefined)
      .map(({ key }) => key);
    const surveys = await this.#surveyed(keys, now, signal).catch((error: unknown) => {
      if (error instanceof ForewarmError && error.code === 'E_TIER_UNAVAILABLE') return undefined;
      throw error;
    });
    if (surveys === undefined || surveys.some(({ silent }) => silent.length > 0)) return false;
    const isThere = ({ newest }: Survey) => isServable(newest, now);
    const lost = surveys.filter((survey) => !isThere(survey)).map(({ key }) => key);
    const wanted = lost.filter((key) => this.#mayReturn(key, now, source.lifetime.ttl));
    if (wanted.length > 0) {
      await catalog.reschedule(source.name, wanted, now);
      events.emit('keys:lost', { source: source.name, keys: wanted.length });
    }
    await this.#share(surveys.filter(isThere), signal);
    return true;
  }

  /** Of those that may be lost, or lack in a shared tier. Undefined where a tier failed. */
  async #surveyed(keys: readonly string[], now: number, signal: AbortSignal): Promise<Survey[] | undefined> {
    const { stack } = this.#deps;
    const stored = stack.tiers.filter(({ traits }) => traits.reach !== 'process');
    const brief = stored.filter(({ traits }) => traits.writes === 'brief');
    if (brief.length === stored.length) return stack.survey(keys, signal);
    const looks = await Promise.allSettled(brief.map((tier) => stack.look(tier, keys, 'head', signal)));
    signal.throwIfAborted();
    if (looks.some(({ status }) => status === 'rejected')) return undefined;
    const heads = looks.map((look) => (look.status === 'fulfilled' ? look.value : []));
    const isDoubtful = (key: string, i: number) => {
      const seen = brief.flatMap((tier, t) =>
        tier.traits.keeps.uses(key) ? [{ tier, head: heads[t]?.[i]?.head }] : [],
      );
      const found = seen.find(({ head }) => isServable(head, now))?.head;
      // What a bucket alone is to hold is not looked for.
      if (found === undefined) return seen.length > 0;
      const keepsUntil = (tier: Tier) => found.checkedAt + tier.traits.keeps.ttl;
      return seen.some(({ tier, head }) => isShared(tier) && head === undefined && keepsUntil(tier) > now);
    };
    return stack.survey(keys.filter(isDoubtful), signal);
  }

  /** What the disk of this host has and a shared tier has not, other hosts miss. */
  async #share(surveys: readonly Survey[], signal: AbortSignal): Promise<void> {
    const shared = this.#sharedTiers();
    const lacking = surveys
      .filter((survey) => survey.lacking.some((tier) => shared.includes(tier)))
      .map(({ key }) => key);
    if (lacking.length > 0) await this.#deps.stack.fill(lacking, signal);
  }

  #sharedTiers(): string[] {
    const { tiers } = this.#deps.stack;
    return tiers.filter(isShared).map(({ name }) => name);
  }

  #mayReturn(key: string, now: number, ttl: number): boolean {
    const until = this.#broughtBack.get(key);
    if (until !== undefined && until > now) return false;
    if (until === undefined && this.#broughtBack.size >= REMEMBERED) return false;
    this.#broughtBack.set(key, now + ttl);
    return true;
  }

  #forget(now: number): void {
    for (const [key, until] of this.#broughtBack) if (until <= now) this.#broughtBack.delete(key);
  }
}
