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
 * one that is whole takes its place.
 */
import type { Clock } from '../../core/clock.ts';
import { ForewarmError, messageOf, OriginError } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { NEVER } from '../../core/never.ts';
import type { Params } from '../../core/source.ts';
import { badRowsWords, checkColumns, pagesOf, type RowsReport } from './checked-rows.ts';
import type { EntityLists } from './entity-lists.ts';
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
    return translated(opened, async () => {
      const found = await opened.form.open(opened.input).columns();
      checkColumns(opened.options, found);
      return found;
    });
  }

  /** Whether bad rows are left out, and the others warmed. */
  skipsBadRows(name: string): boolean {
    return this.#optionsOf(name).badRows === 'skip';
  }

  /** How many rows there are, and what is wrong with those that cannot be used. */
  async survey(name: string, signal: AbortSignal = NEVER): Promise<RowsReport> {
    const opened = this.#open(name, signal);
    const rows = pagesOf(opened.options, opened.form.open(opened.input), this.#clock);
    for (;;) {
      const { value, done } = await translated(opened, () => rows.next());
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
    const version = await translated(opened, () => opened.form.version(opened.input));
    const kept = this.#kept.get(name);
    if (version !== undefined && kept?.version === version) {
      yield* kept.pages;
      return;
    }
    const pages: (readonly Params[])[] = [];
    const rows = pagesOf(opened.options, opened.form.open(opened.input), this.#clock);
    try {
      for (;;) {
        const next = await translated(opened, () => rows.next());
        if (next.done === true) {
          this.#judge(opened, next.value);
          break;
        }
        if (version !== undefined) pages.push(next.value);
        yield next.value;
      }
    } finally {
      // A reader that stops early must not leave the file open.
      await rows.return({ good: 0, bad: 0, blank: 0, problems: [] });
    }
    if (version !== undefined) this.#kept.set(name, { version, pages });
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
  #open(name: string, signal: AbortSignal): OpenedSet {
    const options = this.#optionsOf(name);
    const { encoding, delimiter } = options;
    const form = FORM_NAMES.find((each) => options[each] !== undefined) ?? 'csv';
    const wanted = neededColumns(options).map(([, column]) => column);
    // Once for each opening: a list that changes in between would be kept under the version of another.
    let asked: Promise<KeptRows> | undefined;
    const list = () => {
      asked ??= this.#lists.current(name, options, signal);
      return asked;
    };
    const place = options[form] ?? '';
    const input = { place, encoding, delimiter, wanted, clock: this.#clock, signal, list };
    return { name, options, form: FORMS[form], input, signal };
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

async function translated<T>(opened: OpenedSet, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    opened.signal.throwIfAborted();
    // What is not of the rows has a code already: a list that does not come now, a server that is away.
    throw cause instanceof ForewarmError && !(cause instanceof OriginError) ? cause : failure(opened, cause);
  }
}

function failure({ name, options, input }: OpenedSet, cause: unknown): ForewarmError {
  const { place } = input;
  const of = options.origin === undefined ? { words: place, file: place } : { words: `origin "${place}"` };
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  const why = missing ? 'there is no such file' : messageOf(cause);
  const { words, ...details } = of;
  return new ForewarmError('E_ENTITIES_INVALID', `entity set "${name}", ${words}: ${why}`, {
    details: { entities: name, ...details },
    cause,
  });
}
