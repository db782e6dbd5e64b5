import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { type Colour, clip, type Paint, printable } from './paint.ts';

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** Gives way when the terminal is too narrow: of several the widest first. */
  readonly flexible?: boolean;
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
/** Rows of a table whose cells are measured as they look. */
const MOST_MEASURED = 1_000;

const CHARS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: ' '.repeat(INDENT), 'left-mid': '', mid: '', 'mid-mid': '' },
  ...{ right: '', 'right-mid': '', middle: ' '.repeat(GAP) },
};

/** Aligned columns without lines, indented; each line ends with a newline. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: TableStyle,
): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))));
  const contents = columns.map((_, i) =>
    cells.reduce((widest, line) => Math.max(widest, line[i]?.length ?? 0), 0),
  );
  const whole = columns.map(({ head }, i) => Math.max(head.length, contents[i] ?? 0));
  const isWide = lengthOf(whole) > style.width && rows.length <= MOST_MEASURED;
  // Heads of several words take several lines before anything else gives way.
  const widths = isWide ? columns.map(({ head }, i) => Math.max(longestWord(head), contents[i] ?? 0)) : whole;
  const rooms = roomsOf(columns, widths, style.width);
  const fitted = rows.length > MOST_MEASURED ? clipped : wrapped;
  const head = columns.map((column, i) => {
    const lines = isWide ? wrapped(column.head, rooms[i] ?? 0) : [column.head];
    return lines.map((line) => style.paint('gray', line)).join('\n');
  });
  const body = rows.map((row, r) =>
    columns.map((column, i) => {
      const lines = fitted(cells[r]?.[i] ?? '', rooms[i] ?? 0);
      const colour = column.tint?.(row);
      const painted = lines.map((line) => (colour === undefined ? line : style.paint(colour, line)));
      return painted.join('\n');
    }),
  );
  const aligns = columns.map((column) => column.align ?? 'left');
  const lines = rows.length > MOST_MEASURED ? padded([head, ...body], aligns) : measured(head, body, aligns);
  return `${lines.map(trimEnd).join('\n')}\n`;
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
