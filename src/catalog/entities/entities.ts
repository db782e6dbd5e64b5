/**
 * Entity sets: lists of things to warm for, as rows of params.
 *
 *     options.ts        what a configuration says of a set
 *     text.ts           the text of a file, in its encoding; a byte that is no text is never guessed at
 *     forms.ts          the forms a list comes in (form.ts), each as `Rows`: batches in order, the columns, and where a row stands
 *     csv.ts, json.ts,  one form each
 *     module.ts
 *     row.ts            a row: params, or why it is none
 *     checked-rows.ts   judges rows, and gives the good ones in pages; bad ones end the reading, or are counted, as the set says
 *     row-text.ts       the same for a text that somebody hands over with a request
 *
 * The rows of a file are kept until it changes; those of a long one are read again each time.
 */
import { ForewarmError, messageOf } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import type { Params } from '../../core/source.ts';
import { badRowsWords, checkColumns, pagesOf, type RowsReport } from './checked-rows.ts';
import type { Form, FormInput } from './form.ts';
import { FORM_NAMES, FORMS } from './forms.ts';
import { type EntitySetOptions, neededColumns } from './options.ts';
import type { Rows } from './row.ts';

interface Kept {
  /** Of the rows, as their form tells it. */
  readonly version: string;
  readonly pages: readonly (readonly Params[])[];
}

export interface EntitySetsDeps {
  readonly sets: Readonly<Record<string, EntitySetOptions>>;
  readonly events: Events;
}

/** The configured entity sets. Each method rejects with `E_ENTITIES_INVALID`, naming the file and the row. */
export class EntitySets {
  readonly #sets: Readonly<Record<string, EntitySetOptions>>;
  readonly #events: Events;
  readonly #kept = new Map<string, Kept>();

  constructor({ sets, events }: EntitySetsDeps) {
    this.#sets = sets;
    this.#events = events;
  }

  names(): string[] {
    return Object.keys(this.#sets);
  }

  /** The params that rows of this set have, in the order of the file. */
  async columns(name: string): Promise<readonly string[]> {
    const options = this.#optionsOf(name);
    return translated(name, options, async () => {
      const found = await rowsOf(options).columns();
      checkColumns(options, found);
      return found;
    });
  }

  /** Whether bad rows are left out, and the others warmed. */
  skipsBadRows(name: string): boolean {
    return this.#optionsOf(name).badRows === 'skip';
  }

  /** How many rows there are, and what is wrong with those that cannot be used. */
  async survey(name: string): Promise<RowsReport> {
    const options = this.#optionsOf(name);
    const rows = pagesOf(options, rowsOf(options));
    for (;;) {
      const { value, done } = await translated(name, options, () => rows.next());
      if (done === true) return value;
    }
  }

  /**
   * Every good row once, in pages, in the order of the file; bad ones are told of where the set skips them. Rows before a bad
   * one may have come when it rejects. Files are read again only when they have changed.
   */
  async *load(name: string): AsyncGenerator<readonly Params[]> {
    const options = this.#optionsOf(name);
    const version = await translated(name, options, () => versionOf(options));
    const kept = this.#kept.get(name);
    if (version !== undefined && kept?.version === version) {
      yield* kept.pages;
      return;
    }
    const pages: (readonly Params[])[] = [];
    const rows = pagesOf(options, rowsOf(options));
    try {
      for (;;) {
        const next = await translated(name, options, () => rows.next());
        if (next.done === true) {
          this.#judge(name, options, next.value);
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

  #judge(name: string, options: EntitySetOptions, report: RowsReport): void {
    if (report.bad === 0) return;
    const words = badRowsWords(report);
    if (options.badRows === 'refuse') throw failure(name, options, new Error(words));
    this.#events.emit('problem', {
      where: `entity set "${name}"`,
      error: failure(name, options, new Error(`${words}; skipped`)),
    });
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

/** The options have exactly one form. */
function formOf(options: EntitySetOptions): { readonly form: Form; readonly input: FormInput } {
  const name = FORM_NAMES.find((each) => options[each] !== undefined) ?? 'csv';
  const { encoding, delimiter } = options;
  const wanted = neededColumns(options).map(([, column]) => column);
  return { form: FORMS[name], input: { place: options[name] ?? '', encoding, delimiter, wanted } };
}

function rowsOf(options: EntitySetOptions): Rows {
  const { form, input } = formOf(options);
  return form.open(input);
}

async function versionOf(options: EntitySetOptions): Promise<string | undefined> {
  const { form, input } = formOf(options);
  return form.version(input);
}

async function translated<T>(name: string, options: EntitySetOptions, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw failure(name, options, cause);
  }
}

function failure(name: string, options: EntitySetOptions, cause: unknown): ForewarmError {
  const { place: file } = formOf(options).input;
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  const why = missing ? 'there is no such file' : messageOf(cause);
  return new ForewarmError('E_ENTITIES_INVALID', `entity set "${name}", ${file}: ${why}`, {
    details: { entities: name, file },
    cause,
  });
}
