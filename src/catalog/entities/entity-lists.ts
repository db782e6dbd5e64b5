/**
 * The lists of origins that are in use: read when one is needed and the last is too old, whole or not at all. What cannot be read,
 * has rows that the set refuses, or lacks much of what the last one had, takes no list's place.
 */

import type { Clock } from '../../core/clock.ts';
import { count, counted } from '../../core/counted.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import type { ListReader, ListValidators } from '../../core/list.ts';
import { roundDuration } from '../../core/units.ts';
import { Breath } from '../../flow/breath.ts';
import { orAfter } from '../../flow/deadline.ts';
import { Errand } from '../../flow/errand.ts';
import { PATIENCE } from '../../flow/patience.ts';
import { badRowsWords, idOf, pagesOf } from './checked-rows.ts';
import { type EntitySetOptions, idsOf, limitsOf, refreshOf } from './options.ts';
import { BadRow, type KeptRows, numbered, paramsFrom, type Row, type Rows } from './row.ts';
import { SharedReading } from './shared-reading.ts';

export interface EntityListsDeps {
  readonly reader: ListReader;
  /** How many of so many rows a list may lose at once. */
  readonly mayLose: (set: string, rows: number) => number;
  readonly clock: Clock;
  readonly events: Events;
}

/** After a reading that failed: until the next one, in ms, with a list to go on with, and without. */
const AGAIN_MS = { kept: 30_000, none: 2_000 };
/** How far apart two readings are that together are believed to have lost much, in ms. */
const SECOND_LOOK_MS = 10 * 60_000;
/** Rows per batch. */
const BATCH = 1_000;

interface KeptList extends KeptRows {
  readonly rows: number;
  /** Of good rows. */
  readonly ids: ReadonlySet<string>;
  readonly validators: ListValidators | undefined;
}

/** What is known of one set; times are monotonic ms. */
interface ListState {
  kept: KeptList | undefined;
  /** When the origin last gave the kept list, or confirmed it. */
  confirmedAt: number;
  failure: unknown;
  failedAt: number;
  /** Since when the origin has given a list that lacks much. */
  doubtedSince: number | undefined;
  reading: SharedReading<KeptList> | undefined;
}

export class EntityLists {
  readonly #deps: EntityListsDeps;
  readonly #states = new Map<string, ListState>();
  #versions = 0;

  constructor(deps: EntityListsDeps) {
    this.#deps = deps;
  }

  /** The list in use. Rejects only where there is none, as the reader does, or with the signal's reason. */
  async current(set: string, options: EntitySetOptions, signal: AbortSignal): Promise<KeptRows> {
    const state = this.#stateOf(set);
    const now = this.#deps.clock.elapsed();
    const { kept, failure, failedAt } = state;
    const refresh = refreshOf(options);
    if (kept !== undefined && now - state.confirmedAt < refresh) return kept;
    const again = kept === undefined ? AGAIN_MS.none : Math.min(AGAIN_MS.kept, refresh);
    if (failure === undefined || now - failedAt >= again) {
      if (state.reading === undefined || state.reading.isOver) {
        state.reading = new SharedReading((over) => this.#readInto(state, set, options, over));
      }
      const list = state.reading.wait(signal);
      // Whoever waits for an answer goes on with the old list, and the reading goes on without him.
      return kept === undefined || Errand.current() === undefined
        ? list
        : orAfter(this.#deps.clock, PATIENCE.errand, list, () => kept);
    }
    if (kept !== undefined) return kept;
    throw failure;
  }

  /** Why the list in use is an older one; undefined where it is not. */
  doubt(set: string): string | undefined {
    const { kept, failure } = this.#stateOf(set);
    return kept === undefined || failure === undefined ? undefined : messageOf(failure);
  }

  #stateOf(set: string): ListState {
    let state = this.#states.get(set);
    if (state === undefined) {
      state = {
        ...{ kept: undefined, confirmedAt: 0, failure: undefined, failedAt: 0 },
        ...{ doubtedSince: undefined, reading: undefined },
      };
      this.#states.set(set, state);
    }
    return state;
  }

  async #readInto(
    state: ListState,
    set: string,
    options: EntitySetOptions,
    signal: AbortSignal,
  ): Promise<KeptList> {
    const { clock } = this.#deps;
    try {
      const list = await this.#read(state, set, options, signal);
      state.kept = list;
      state.failure = undefined;
      state.confirmedAt = clock.elapsed();
      return list;
    } catch (error) {
      signal.throwIfAborted();
      state.failure = error;
      state.failedAt = clock.elapsed();
      if (state.kept === undefined) throw error;
      this.#tell(state, set, state.kept, error);
      return state.kept;
    }
  }

  async #read(
    state: ListState,
    set: string,
    options: EntitySetOptions,
    signal: AbortSignal,
  ): Promise<KeptList> {
    const { reader, clock } = this.#deps;
    const { kept } = state;
    const found = await reader.read(set, kept?.validators, limitsOf(options), signal);
    if (found === 'unchanged') {
      if (kept === undefined) throw new Error('the origin says that a list is unchanged which it never gave');
      return kept;
    }
    const rows = await rowsOf(found.rows, clock);
    const ids = await goodIds(options, rows, clock);
    if (kept !== undefined) this.#doubtLosses(state, set, kept, ids);
    state.doubtedSince = undefined;
    this.#versions += 1;
    const { validators } = found;
    if (validators?.unusable !== undefined) this.#tellUnusable(set, validators.unusable);
    return { ...rows, version: String(this.#versions), rows: found.rows.length, ids, validators };
  }

  /** A list that lacks much is believed at the second look. */
  #doubtLosses(state: ListState, set: string, kept: KeptList, ids: ReadonlySet<string>): void {
    const { mayLose, clock } = this.#deps;
    const lost = [...kept.ids].filter((id) => !ids.has(id)).length;
    if (lost <= mayLose(set, kept.ids.size)) return;
    const now = clock.elapsed();
    state.doubtedSince ??= now;
    const left = state.doubtedSince + SECOND_LOOK_MS - now;
    if (left <= 0) return;
    const until = `believed if it still does in ${roundDuration(left)}`;
    throw new Error(`it lacks ${count(lost)} of ${counted(kept.ids.size, 'row')} that it had; ${until}`);
  }

  #tellUnusable(set: string, reason: string): void {
    this.#deps.events.emit('metadata:unusable', { source: `entities.${set}`, key: set, reason });
  }

  #tell({ confirmedAt }: ListState, set: string, { rows }: KeptList, error: unknown): void {
    const { clock, events } = this.#deps;
    const age = roundDuration(clock.elapsed() - confirmedAt);
    const message = `entity set "${set}": its list of ${age} ago, of ${counted(rows, 'row')}, stays in use: ${messageOf(error)}`;
    events.emit('problem', {
      where: `entity set "${set}"`,
      error: new ForewarmError('E_ENTITIES_UNAVAILABLE', message, { cause: error }),
    });
  }
}

/** For sets of files alone. */
export const NO_LISTS: Pick<EntityLists, 'current' | 'doubt'> = {
  current: () => Promise.reject(new Error('lists of origins are not read here')),
  doubt: () => undefined,
};

async function rowsOf(
  given: readonly unknown[],
  clock: Clock,
): Promise<Pick<KeptRows, 'batches' | 'columns'>> {
  const breath = new Breath({ clock });
  const batches: Row[][] = [];
  const columns = new Set<string>();
  for (let i = 0; i < given.length; i += BATCH) {
    const batch = given.slice(i, i + BATCH).map((row) => paramsFrom(row));
    for (const row of batch) {
      if (!(row instanceof BadRow)) for (const name of Object.keys(row)) columns.add(name);
    }
    batches.push(batch);
    if (breath.isDue) await breath.take();
  }
  return { batches, columns: [...columns] };
}

/** The ids of the rows that can be used. Throws where the set refuses a list with such rows. */
async function goodIds(
  options: EntitySetOptions,
  { batches, columns }: Pick<KeptRows, 'batches' | 'columns'>,
  clock: Clock,
): Promise<ReadonlySet<string>> {
  const rows: Rows = {
    hasHeader: false,
    batches: each(batches),
    columns: async () => columns,
    placesOf: numbered('row'),
  };
  const names = idsOf(options);
  const ids = new Set<string>();
  const pages = pagesOf(options, rows, clock);
  for (;;) {
    const { value, done } = await pages.next();
    if (done === true) {
      if (value.bad > 0 && options.badRows === 'refuse') throw new Error(badRowsWords(value));
      return ids;
    }
    for (const params of value) ids.add(idOf(names, params));
  }
}

async function* each(batches: KeptRows['batches']): AsyncGenerator<readonly Row[]> {
  yield* batches;
}
