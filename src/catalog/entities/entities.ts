/**
 * Entity sets: lists of things to warm for, as rows of params.
 *
 *     options.ts        what a configuration says of a set
 *     text.ts           the text of a file, in its encoding; a byte that is no text is never guessed at
 *     forms.ts          the forms a list comes in (form.ts), each as `Rows`: batches in order, the columns, and where a row stands
 *     csv.ts, json.ts,  one form each
 *     module.ts
 *     list-form.ts
 *     entity-lists.ts   the lists of origins that are in use: when one is read again, and which takes the place of the last
 *     row.ts            a row: params, or why it is none
 *     checked-rows.ts   judges rows, and gives the good ones in pages; bad ones end the reading, or are counted, as the set says
 *     row-text.ts       the same for a text that somebody hands over with a request
 *
 * The rows of a file are kept until it changes; those of a long one are read again each time. The list of an origin is kept until
 * one that is whole takes its place. On an errand (`flow/errand.ts`) what is asked of others is bounded (errand-reading.ts).
 */
import type { Clock } from '../../core/clock.ts';
import { ForewarmError, messageOf, OriginError } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { NEVER } from '../../core/never.ts';
import type { Params } from '../../core/source.ts';
import { Errand, errandSignal } from '../../flow/errand.ts';
import { badRowsWords, checkColumns, pagesOf, type RowsReport } from './checked-rows.ts';
import type { EntityLists } from './entity-lists.ts';
import { ErrandReading } from './errand-reading.ts';
import type { Form, FormInput } from './form.ts';
import { FORM_NAMES, FORMS } from './forms.ts';
import { type EntitySetOptions, neededColumns } from './options.ts';
import type { KeptRows } from './row.ts';

interface Kept {
  /** Of the rows, as their form tells it. */
  readonly version: string;
  readonly pages: readonly (readonly Params[])[];
}

/** A set that is being read. */
interface OpenedSet {
  readonly name: string;
  readonly options: EntitySetOptions;
  readonly form: Form;
  readonly input: FormInput;
  readonly signal: AbortSignal;
  /** Ends what is being read. */
  readonly stop: AbortController;
  /** Undefined where nobody waits, and for files. */
  readonly reading: ErrandReading | undefined;
}

export interface EntitySetsDeps {
  readonly sets: Readonly<Record<string, EntitySetOptions>>;
  readonly lists: Pick<EntityLists, 'current' | 'doubt'>;
  readonly events: Events;
  readonly clock: Clock;
}

/**
 * The configured entity sets. Each method rejects with `E_ENTITIES_INVALID`, naming the file and the row; with
 * `E_ENTITIES_UNAVAILABLE` where an origin gives no list now, and none is in use; and with the signal's reason.
 */
export class EntitySets {
  readonly #sets: Readonly<Record<string, EntitySetOptions>>;
  readonly #lists: EntitySetsDeps['lists'];
  readonly #events: Events;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  readonly #readings = new WeakMap<Errand, ErrandReading>();

  constructor({ sets, lists, events, clock }: EntitySetsDeps) {
    this.#sets = sets;
    this.#lists = lists;
    this.#events = events;
    this.#clock = clock;
  }

  names(): string[] {
    return Object.keys(this.#sets);
  }

  /** The params that rows of this set have, in the order of the file. */
  async columns(name: string, signal: AbortSignal = NEVER): Promise<readonly string[]> {
    const opened = this.#open(name, signal);
    const read = opened.reading?.columns.get(name);
    if (read !== undefined) return read;
    const columns = await step(opened, async () => {
      const found = await opened.form.open(opened.input).columns();
      checkColumns(opened.options, found);
      return found;
    });
    opened.reading?.columns.set(name, columns);
    return columns;
  }

  /** Whether bad rows are left out, and the others warmed. */
  skipsBadRows(name: string): boolean {
    return this.#optionsOf(name).badRows === 'skip';
  }

  /** Whether a list without rows tells of no columns but those that its options name. */
  declaresColumns(name: string): boolean {
    return this.#optionsOf(name).origin !== undefined;
  }

  /** How many rows there are, and what is wrong with those that cannot be used. */
  async survey(name: string, signal: AbortSignal = NEVER): Promise<RowsReport> {
    const opened = this.#open(name, signal);
    const rows = pagesOf(opened.options, opened.form.open(opened.input), this.#clock);
    for (;;) {
      const { value, done } = await step(opened, () => rows.next());
      if (done === true) return value;
    }
  }

  /** Why the list of a set is an older one than its origin has; undefined where nothing is known of that. */
  doubt(name: string): string | undefined {
    return this.#lists.doubt(name);
  }

  /**
   * Every good row once, in pages, in the order of the file; bad ones are told of where the set skips them. Rows before a bad
   * one may have come when it rejects. Files are read again only when they have changed, lists of origins when they are too old.
   */
  async *load(name: string, signal: AbortSignal = NEVER): AsyncGenerator<readonly Params[]> {
    const opened = this.#open(name, signal);
    const { reading } = opened;
    const version = await step(opened, () => opened.form.version(opened.input));
    const kept = this.#kept.get(name);
    const known = version !== undefined && kept?.version === version ? kept.pages : reading?.pages.get(name);
    if (known !== undefined) {
      yield* known;
      return;
    }
    const pages: (readonly Params[])[] = [];
    for await (const page of this.#read(opened)) {
      if (version !== undefined || reading !== undefined) pages.push(page);
      yield page;
    }
    if (version !== undefined) this.#kept.set(name, { version, pages });
    else reading?.pages.set(name, pages);
  }

  async *#read(opened: OpenedSet): AsyncGenerator<readonly Params[]> {
    const rows = pagesOf(opened.options, opened.form.open(opened.input), this.#clock);
    try {
      for (;;) {
        const next = await step(opened, () => rows.next());
        if (next.done === true) return this.#judge(opened, next.value);
        yield next.value;
      }
    } finally {
      // A reader that stops early must not leave the file open; one that gave up does not wait for rows that may never come.
      const closed = rows.return({ good: 0, bad: 0, blank: 0, problems: [] });
      if (opened.signal.aborted) closed.catch(() => undefined);
      else await closed;
    }
  }

  #judge(opened: OpenedSet, report: RowsReport): void {
    if (report.bad === 0) return;
    const words = badRowsWords(report);
    if (opened.options.badRows === 'refuse') throw failure(opened, new Error(words));
    this.#events.emit('problem', {
      where: `entity set "${opened.name}"`,
      error: failure(opened, new Error(`${words}; skipped`)),
    });
  }

  /** The options have exactly one form. */
  #open(name: string, wanted: AbortSignal): OpenedSet {
    const options = this.#optionsOf(name);
    const option = FORM_NAMES.find((each) => options[each] !== undefined) ?? 'csv';
    const form = FORMS[option];
    const reading = form.asks ? this.#reading() : undefined;
    const stop = new AbortController();
    const signal = AbortSignal.any([wanted, stop.signal, errandSignal()]);
    const input = this.#inputOf(name, options, options[option] ?? '', signal);
    return { name, options, form, input, signal, stop, reading };
  }

  /** Of the errand that asks. */
  #reading(): ErrandReading | undefined {
    const errand = Errand.current();
    if (errand === undefined) return undefined;
    const reading = this.#readings.get(errand) ?? new ErrandReading(this.#clock);
    this.#readings.set(errand, reading);
    return reading;
  }

  #inputOf(name: string, options: EntitySetOptions, place: string, signal: AbortSignal): FormInput {
    const { encoding, delimiter } = options;
    const wanted = neededColumns(options).map(([, column]) => column);
    // Once for each opening: a list that changes in between would be kept under the version of another.
    let asked: Promise<KeptRows> | undefined;
    const list = () => {
      asked ??= this.#lists.current(name, options, signal);
      return asked;
    };
    return { place, encoding, delimiter, wanted, clock: this.#clock, signal, list };
  }

  #optionsOf(name: string): EntitySetOptions {
    const options = Object.hasOwn(this.#sets, name) ? this.#sets[name] : undefined;
    if (options !== undefined) return options;
    const known = this.names().join(', ') || 'none';
    throw new ForewarmError(
      'E_ENTITIES_INVALID',
      `entity set "${name}" is not configured; there is ${known}`,
    );
  }
}

/** One step of reading a set, whose failures name it. */
async function step<T>(opened: OpenedSet, read: () => Promise<T>): Promise<T> {
  const { reading, stop } = opened;
  try {
    return await (reading === undefined ? read() : reading.bounded(wordsOf(opened), read, stop));
  } catch (cause) {
    opened.signal.throwIfAborted();
    // What is not of the rows has a code already: a list that does not come now, a server that is away.
    throw cause instanceof ForewarmError && !(cause instanceof OriginError) ? cause : failure(opened, cause);
  }
}

/** `entity set "s", s.csv`. */
function wordsOf({ name, options, input: { place } }: OpenedSet): string {
  return `entity set "${name}", ${options.origin === undefined ? place : `origin "${place}"`}`;
}

function failure(opened: OpenedSet, cause: unknown): ForewarmError {
  const { name, options, input } = opened;
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  const why = missing ? 'there is no such file' : messageOf(cause);
  const file = options.origin === undefined && { file: input.place };
  return new ForewarmError('E_ENTITIES_INVALID', `${wordsOf(opened)}: ${why}`, {
    details: { entities: name, ...file },
    cause,
  });
}
