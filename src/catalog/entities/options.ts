/** What a configuration says of an entity set. */
import { z } from 'zod';
import type { ListLimits } from '../../core/list.ts';
import { durationFrom, sizeFrom } from '../../core/options.ts';
import { FORM_NAMES, formOptions } from './forms.ts';

const column = () => z.string().min(1);

/** What becomes of rows that cannot be used: nothing of the set is, or only they are left out. */
const BAD_ROWS = ['refuse', 'skip'] as const;

/** Bounds of a set. None has a default, since all but `maxRows` mean nothing to a file. */
const listOptions = {
  refresh: durationFrom(1_000)
    .optional()
    .describe(
      'Of the list of an origin: how old it may be when it is needed; an older one is read again. Absent: 10m.',
    ),
  maxRows: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Rows at the most: a longer set is refused, whole. Absent: 200000 for the list of an origin, 1000000 for a module, 10000000 for a file.',
    ),
  maxPages: z
    .int()
    .min(1)
    .optional()
    .describe('Of the list of an origin: one of more pages is refused. Absent: 1000.'),
  maxSize: sizeFrom(1)
    .optional()
    .describe('Of the list of an origin: the size of its pages together; more is refused. Absent: 64MB.'),
  deadline: durationFrom(1)
    .optional()
    .describe(
      "Of the list of an origin: how long reading it may take, waits for the origin's budget included. Absent: 2m.",
    ),
};

export const entitySetOptions = z
  .strictObject({
    ...formOptions,
    id: z
      .union([column(), z.array(column()).min(1)])
      .describe(
        'The column that tells the rows apart, or a list of columns that do so together; none of them is empty, and no two rows have the same.',
      ),
    name: column().optional().describe('The column with a name for people.'),
    latitude: column().optional().describe('The column with the latitude, in degrees.'),
    longitude: column().optional().describe('The column with the longitude, in degrees.'),
    encoding: z
      .string()
      .refine(isEncoding, { message: 'is not an encoding; write utf-8, utf-16le, windows-1252 or latin1' })
      .default('utf-8')
      .describe(
        'How the text of the file is encoded, such as `windows-1252`. A byte order mark in the file comes before it.',
      ),
    delimiter: z
      .string()
      .regex(/^[^"\r\n]$/, 'must be one character, and no quote and no line break')
      .optional()
      .describe(
        'What separates the values of a CSV file. Absent: the first of comma, semicolon, tab and `|` with which the header has the columns that are named here.',
      ),
    badRows: z
      .enum(BAD_ROWS)
      .default('refuse')
      .describe(
        'What becomes of rows that cannot be used (an empty or repeated id, values missing): `refuse` the whole set, or `skip` these rows and say so.',
      ),
    ...listOptions,
  })
  .superRefine((options, context) => {
    const given = FORM_NAMES.filter((form) => options[form] !== undefined);
    if (given.length !== 1) {
      const message = `needs exactly one of ${FORM_NAMES.join(', ')}; it has ${given.join(' and ') || 'none'}`;
      context.addIssue({ code: 'custom', message });
    }
    if ((options.latitude === undefined) !== (options.longitude === undefined)) {
      context.addIssue({ code: 'custom', message: 'needs `latitude` and `longitude` together' });
    }
  });
export type EntitySetOptions = z.infer<typeof entitySetOptions>;

function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== '';
  } catch {
    return false;
  }
}

/** How a list is read where its set says nothing. Durations in ms, sizes in bytes. */
const LIST_DEFAULTS = {
  refresh: 10 * 60_000,
  pages: 1_000,
  bytes: 64_000_000,
  ms: 2 * 60_000,
};

/** Rows where a set says nothing: a module may have no end of them, and those of a file have to be told apart in memory. */
const MOST_ROWS = { list: 200_000, module: 1_000_000, file: 10_000_000 };

export function mostRowsOf({ maxRows, origin, module }: EntitySetOptions): number {
  if (maxRows !== undefined) return maxRows;
  if (origin !== undefined) return MOST_ROWS.list;
  return module === undefined ? MOST_ROWS.file : MOST_ROWS.module;
}

/** How old a list may be, in ms. */
export function refreshOf({ refresh = LIST_DEFAULTS.refresh }: EntitySetOptions): number {
  return refresh;
}

export function limitsOf(options: EntitySetOptions): ListLimits {
  const { maxPages, maxSize, deadline } = options;
  return {
    rows: mostRowsOf(options),
    pages: maxPages ?? LIST_DEFAULTS.pages,
    bytes: maxSize ?? LIST_DEFAULTS.bytes,
    ms: deadline ?? LIST_DEFAULTS.ms,
  };
}

/** The columns that tell rows apart. */
export function idsOf({ id }: Pick<EntitySetOptions, 'id'>): readonly string[] {
  return typeof id === 'string' ? [id] : id;
}

/** The columns that a set needs, each with what for. */
export function neededColumns(
  options: EntitySetOptions,
): readonly (readonly [role: string, column: string])[] {
  const { name, latitude, longitude } = options;
  const roles = [
    ...idsOf(options).map((column) => ['id', column] as const),
    ['name', name] as const,
    ['latitude', latitude] as const,
    ['longitude', longitude] as const,
  ];
  return roles.flatMap(([role, column]) => (column === undefined ? [] : [[role, column] as const]));
}
