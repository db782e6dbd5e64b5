/** Entity sets: lists of things to warm for, as rows of params. */
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import { path } from '../../core/options.ts';
import type { Params } from '../../core/source.ts';
import { csvColumns, csvRows } from './csv.ts';
import { jsonRows } from './json.ts';
import { moduleRows } from './module.ts';
import type { Rows } from './row.ts';

const column = () => z.string().min(1);

export const entitySetOptions = z
  .strictObject({
    csv: path().optional().describe('A CSV file with a header; every column is a param.'),
    json: path().optional().describe('A JSON file with a list of flat objects; every member is a param.'),
    module: path()
      .optional()
      .describe(
        'An ES module that exports `rows()`, which gives flat objects as an array or an (async) iterable.',
      ),
    id: column().describe('The column that tells the rows apart; it is never empty, and never stands twice.'),
    name: column().optional().describe('The column with a name for people.'),
    latitude: column().optional().describe('The column with the latitude, in degrees.'),
    longitude: column().optional().describe('The column with the longitude, in degrees.'),
  })
  .superRefine((options, context) => {
    const given = FORMS.filter((form) => options[form] !== undefined);
    if (given.length !== 1) {
      const message = `needs exactly one of ${FORMS.join(', ')}; it has ${given.join(' and ') || 'none'}`;
      context.addIssue({ code: 'custom', message });
    }
    if ((options.latitude === undefined) !== (options.longitude === undefined)) {
      context.addIssue({ code: 'custom', message: 'needs `latitude` and `longitude` together' });
    }
  });
export type EntitySetOptions = z.infer<typeof entitySetOptions>;

const FORMS = ['csv', 'json', 'module'] as const;

/** Rows per page. */
const PAGE = 1_000;
/** Rows of longer files are read again each time rather than kept. */
const LONGEST_KEPT_FILE = 32 * 2 ** 20;

interface Kept {
  /** Of the file that was read: its time of change and size. */
  readonly version: string;
  readonly pages: readonly (readonly Params[])[];
}

/** The configured entity sets. Each method rejects with `E_ENTITIES_INVALID`, naming the file and the row. */
export class EntitySets {
  readonly #sets: Readonly<Record<string, EntitySetOptions>>;
  readonly #kept = new Map<string, Kept>();

  constructor({ sets }: { readonly sets: Readonly<Record<string, EntitySetOptions>> }) {
    this.#sets = sets;
  }

  names(): string[] {
    return Object.keys(this.#sets);
  }

  /** The params that rows of this set have, in the order of the file. */
  async columns(name: string): Promise<string[]> {
    const options = this.#optionsOf(name);
    return translated(name, options, async () => {
      const found =
        options.csv === undefined ? await firstColumns(openRows(options)) : await csvColumns(options.csv);
      checkColumns(options, found);
      return found;
    });
  }

  /**
   * Every row once, in pages, in the order of the file. Rows before a bad one may have come when it rejects. Files are
   * read again only when they have changed.
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
    const rows = pagesOf(options);
    try {
      for (;;) {
        const { value: page } = await translated(name, options, () => rows.next());
        if (page === undefined) break;
        if (version !== undefined) pages.push(page);
        yield page;
      }
    } finally {
      // A reader that stops early must not leave the file open.
      await rows.return(undefined);
    }
    if (version !== undefined) this.#kept.set(name, { version, pages });
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

/** Undefined when the rows are not to be kept. */
async function versionOf({ csv, json }: EntitySetOptions): Promise<string | undefined> {
  const file = csv ?? json;
  if (file === undefined) return undefined;
  const { mtimeMs, size } = await stat(file);
  return size > LONGEST_KEPT_FILE ? undefined : `${mtimeMs}:${size}`;
}

function openRows({ csv, json, module }: EntitySetOptions): Rows {
  if (csv !== undefined) return csvRows(csv);
  return json === undefined ? moduleRows(module ?? '') : jsonRows(json);
}

/** Checks each row, and stops at the first that is wrong. */
async function* pagesOf(options: EntitySetOptions): AsyncGenerator<readonly Params[]> {
  const { batches, placeOf } = openRows(options);
  /** The index of the row with this id. */
  const indexes = new Map<string, number>();
  let page: Params[] = [];
  for await (const batch of batches) {
    for (const params of batch) {
      const index = indexes.size;
      if (index === 0) checkColumns(options, Object.keys(params));
      const id = params[options.id] ?? '';
      if (id === '') throw new Error(`${await placeOf(index)}: "${options.id}" is empty`);
      const before = indexes.get(id);
      if (before !== undefined) {
        const [here, there] = [await placeOf(index), await placeOf(before)];
        throw new Error(`${here}: ${options.id} "${id}" stands twice, first in ${there}`);
      }
      indexes.set(id, index);
      page.push(params);
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
  if (indexes.size === 0 && options.csv !== undefined) checkColumns(options, await csvColumns(options.csv));
}

async function firstColumns({ batches }: Rows): Promise<string[]> {
  for await (const [params] of batches) return Object.keys(params ?? {});
  return [];
}

function checkColumns(options: EntitySetOptions, found: readonly string[]): void {
  for (const role of ['id', 'name', 'latitude', 'longitude'] as const) {
    const wanted = options[role];
    if (wanted === undefined || found.includes(wanted)) continue;
    throw new Error(`has no column "${wanted}" (its ${role}); it has ${found.join(', ') || 'no columns'}`);
  }
}

async function translated<T>(name: string, options: EntitySetOptions, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const file = options.csv ?? options.json ?? options.module;
    throw new ForewarmError('E_ENTITIES_INVALID', `entity set "${name}", ${file}: ${messageOf(cause)}`, {
      details: { entities: name, file },
      cause,
    });
  }
}
