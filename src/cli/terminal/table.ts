import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { type Colour, clip, type Paint, printable } from './paint.ts';

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** Gives way when the terminal is too narrow: of several the widest first. */
  readonly flexible?: boolean;
  /** Goes under its row before others do, where they do not fit beside each other. */
  readonly goesUnder?: 'first';
  readonly tint?: (row: Row) => Colour | undefined;
}

export interface TableStyle {
  readonly paint: Paint;
  /** Of the terminal; infinite where nothing is to be cut. */
  readonly width: number;
}

const GAP = 2;
const NARROWEST = 12;
const INDENT = 2;
/** Of what goes under its row. */
const UNDER = 4;
/** Rows of a table whose cells are measured as they look. */
const MOST_MEASURED = 1_000;

const CHARS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: ' '.repeat(INDENT), 'left-mid': '', mid: '', 'mid-mid': '' },
  ...{ right: '', 'right-mid': '', middle: ' '.repeat(GAP) },
};

/**
 * Aligned columns without lines, indented; each line ends with a newline. Where all of them do not fit beside each other, however much
 * gives way, some go under their row, with their heads.
 */
export function renderTable<Row>(
  all: readonly Column<Row>[],
  rows: readonly Row[],
  style: TableStyle,
): string {
  const texts = new Map(all.map((column) => [column, rows.map((row) => printable(column.cell(row)))]));
  const isLong = rows.length > MOST_MEASURED;
  const [columns, under] = placed(all, texts, style.width);
  const contents = columns.map((column) => longest(texts.get(column) ?? []));
  const whole = columns.map(({ head }, i) => Math.max(head.length, contents[i] ?? 0));
  const isWide = lengthOf(whole) > style.width && !isLong;
  // Heads of several words take several lines before anything else gives way.
  const widths = isWide ? columns.map(({ head }, i) => Math.max(longestWord(head), contents[i] ?? 0)) : whole;
  const rooms = roomsOf(columns, widths, style.width);
  const fitted = isLong ? clipped : wrapped;
  const head = columns.map((column, i) => {
    const lines = isWide ? wrapped(column.head, rooms[i] ?? 0) : [column.head];
    return lines.map((line) => style.paint('gray', line)).join('\n');
  });
  const body = rows.map((row, r) =>
    columns.map((column, i) => {
      const lines = fitted(texts.get(column)?.[r] ?? '', rooms[i] ?? 0);
      const colour = column.tint?.(row);
      const painted = lines.map((line) => (colour === undefined ? line : style.paint(colour, line)));
      return painted.join('\n');
    }),
  );
  const aligns = columns.map((column) => column.align ?? 'left');
  const lines = isLong ? padded([head, ...body], aligns) : measured(head, body, aligns);
  const underAt = (r: number) =>
    underText(under, (column) => texts.get(column)?.[r]).flatMap((text) =>
      fitted(text, style.width - UNDER).map((line) => ' '.repeat(UNDER) + line),
    );
  const shown = under.length === 0 ? lines : withUnder(lines, [head, ...body], underAt);
  return `${shown.map(trimEnd).join('\n')}\n`;
}

/** The columns that fit beside each other, at their narrowest, and the others. The first one stays where it is. */
function placed<Row>(
  columns: readonly Column<Row>[],
  texts: ReadonlyMap<Column<Row>, readonly string[]>,
  total: number,
): [beside: readonly Column<Row>[], under: readonly Column<Row>[]] {
  const leastOf = (column: Column<Row>) => {
    const own = texts.get(column) ?? [];
    const width = Math.max(longestWord(column.head), longest(own));
    if (column.flexible !== true) return width;
    // What may go elsewhere is not broken inside of words.
    const word = column.goesUnder === undefined ? 0 : longest(own.flatMap((text) => text.split(' ')));
    return Math.max(word, Math.min(width, NARROWEST));
  };
  const least = new Map(columns.map((column) => [column, leastOf(column)]));
  let beside = columns;
  while (beside.length > 1 && lengthOf(beside.map((column) => least.get(column) ?? 0)) > total) {
    const goes = beside.findLast(({ goesUnder }) => goesUnder === 'first') ?? beside.at(-1);
    beside = beside.filter((column) => column !== goes);
  }
  return [beside, columns.filter((column) => !beside.includes(column))];
}

/** What goes under a row: a line, or none where there is nothing to say. */
function underText<Row>(
  under: readonly Column<Row>[],
  textOf: (column: Column<Row>) => string | undefined,
): string[] {
  const told = under.flatMap((column) => {
    const text = textOf(column) ?? '';
    return text === '' || text === '-' ? [] : [`${column.head} ${text}`.trimStart()];
  });
  return told.length === 0 ? [] : [told.join(', ')];
}

/** `rows`: cells by line of the table, the heads first, which take as many lines as the highest of them has. */
function withUnder(
  lines: readonly string[],
  rows: readonly (readonly string[])[],
  underAt: (row: number) => readonly string[],
): string[] {
  let at = 0;
  return rows.flatMap((cells, r) => {
    const from = at;
    at += Math.max(...cells.map((cell) => cell.split('\n').length));
    return [...lines.slice(from, at), ...(r === 0 ? [] : underAt(r - 1))];
  });
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}

function roomsOf<Row>(columns: readonly Column<Row>[], widths: readonly number[], total: number): number[] {
  const rooms = [...widths];
  const flexible = [...rooms.keys()].filter((i) => columns[i]?.flexible === true);
  let over = lengthOf(rooms) - total;
  for (; over > 0; over -= 1) {
    const widest = Math.max(NARROWEST, ...flexible.map((i) => rooms[i] ?? 0));
    const i = flexible.find((column) => rooms[column] === widest);
    if (i === undefined || widest === NARROWEST) break;
    rooms[i] = widest - 1;
  }
  return rooms;
}

function lengthOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + GAP, INDENT - GAP);
}

function longestWord(text: string): number {
  return Math.max(...text.split(' ').map((word) => word.length));
}

/** In lines of whole words; a word that is longer than a line goes on in the next one. */
function wrapped(text: string, width: number): string[] {
  if (text.length <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    for (; line.length > width; line = line.slice(width)) lines.push(line.slice(0, width));
  }
  return [...lines, line];
}

function clipped(text: string, width: number): string[] {
  return [clip(text, width)];
}

type Align = 'left' | 'right';

/** Columns as wide as they look, also where a character takes two places. */
function measured(head: string[], body: readonly string[][], colAligns: Align[]): string[] {
  const table = new Table({
    head,
    colAligns,
    chars: CHARS,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...body);
  return table.toString().split('\n');
}

/** Columns as wide as they have characters: measuring how wide tens of thousands of cells look takes many seconds. */
function padded(lines: readonly string[][], aligns: readonly Align[]): string[] {
  const lengths = lines.map((line) => line.map((cell) => stripVTControlCharacters(cell).length));
  const widths = aligns.map((_, i) => lengths.reduce((widest, line) => Math.max(widest, line[i] ?? 0), 0));
  return lines.map((line, r) => {
    const cells = line.map((cell, i) => {
      const blanks = ' '.repeat((widths[i] ?? 0) - (lengths[r]?.[i] ?? 0));
      return aligns[i] === 'right' ? blanks + cell : cell + blanks;
    });
    return ' '.repeat(INDENT) + cells.join(' '.repeat(GAP));
  });
}

/** Without trailing blanks, even where colour codes follow them. */
function trimEnd(line: string): string {
  return stripVTControlCharacters(line) === line ? line.trimEnd() : line;
}
