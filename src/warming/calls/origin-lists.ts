/** Reads the lists of entity sets from their origins: each page is a call inside the origin's budget, like every other. */

import { type Clock, sleep } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { ListLimits, ListPlace, ListReader, ListValidators, OriginList } from '../../core/list.ts';
import { formatDuration, formatSize } from '../../core/units.ts';
import { within } from '../../flow/deadline.ts';
import type { ListAnswer, ListPages, Origin } from '../../origins/origin.ts';
import type { OriginCaller } from './origin-caller.ts';

export interface OriginListsDeps {
  readonly originCaller: Pick<OriginCaller, 'page'>;
  readonly origins: ReadonlyMap<string, Origin>;
  /** By the name of the entity set. */
  readonly lists: ReadonlyMap<string, ListPlace>;
  readonly clock: Clock;
}

/** A list that is being read. */
interface Reading {
  readonly set: string;
  readonly origin: string;
  readonly pages: ListPages;
  readonly limits: ListLimits;
  /** By when it has to be whole, on the wall clock. */
  readonly deadline: number;
}

export class OriginLists implements ListReader {
  readonly #deps: OriginListsDeps;

  constructor(deps: OriginListsDeps) {
    this.#deps = deps;
  }

  async read(
    set: string,
    known: ListValidators | undefined,
    limits: ListLimits,
    signal: AbortSignal,
  ): Promise<OriginList | 'unchanged'> {
    const { origins, lists, clock } = this.#deps;
    const place = lists.get(set);
    const origin = origins.get(place?.origin ?? '');
    if (place === undefined || origin === undefined)
      throw new Error(`there is no origin for entity set "${set}"`);
    const pages = origin.listPages({ set, options: place.options, known, limits });
    const reading = { set, origin: origin.name, pages, limits, deadline: clock.now() + limits.ms };
    const late = () =>
      unavailable(reading, `it was not whole within ${formatDuration(limits.ms)} (deadline)`);
    return within(clock, limits.ms, (over) => this.#whole(reading, over), late, signal);
  }

  async #whole(reading: Reading, signal: AbortSignal): Promise<OriginList | 'unchanged'> {
    const { limits } = reading;
    const rows: unknown[][] = [];
    let count = 0;
    let bytes = 0;
    for (let pages = 1; pages <= limits.pages; pages += 1) {
      const page = await this.#page(reading, pages, signal);
      if (page.kind === 'unchanged') return 'unchanged';
      if (page.kind === 'changed')
        throw unavailable(reading, `it changed while it was read, or is cut short: ${page.reason}`);
      rows.push([...page.rows]);
      count += page.rows.length;
      bytes += page.bytes;
      if (count > limits.rows) throw new Error(`has more than ${counted(limits.rows, 'row')} (maxRows)`);
      if (bytes > limits.bytes) throw new Error(`is larger than ${formatSize(limits.bytes)} (maxSize)`);
      if (page.isLast) return { rows: rows.flat(), pages, validators: page.validators };
    }
    throw new Error(`has more than ${counted(limits.pages, 'page')} (maxPages)`);
  }

  /** Waits for an origin that is back before the list has to be whole. */
  async #page(reading: Reading, number: number, signal: AbortSignal): Promise<ListAnswer> {
    const { originCaller, clock } = this.#deps;
    const { origin, set, pages, deadline } = reading;
    for (;;) {
      const result = await originCaller.page(origin, set, pages, signal);
      if (result.kind === 'answered') return result.answers;
      const why = number === 1 ? result.reason : `page ${number}: ${result.reason}`;
      if (result.kind === 'failed')
        throw result.permanent ? new Error(why) : unavailable(reading, why, result.readyAt);
      if (result.until >= deadline) throw unavailable(reading, why, result.until);
      await sleep(clock, Math.max(0, result.until - clock.now()) + 1, signal);
    }
  }
}

function unavailable({ set, origin }: Reading, why: string, retryAt?: number): ForewarmError {
  const details = { entities: set, origin, ...(retryAt !== undefined && { retryAt }) };
  return new ForewarmError('E_ENTITIES_UNAVAILABLE', `entity set "${set}", origin "${origin}": ${why}`, {
    details,
  });
}
