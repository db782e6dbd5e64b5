import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { type Colour, clip, type Paint, printable } from './paint.ts';

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** Gives way when the terminal is too narrow; at most one column of a table. */
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
  const widths = columns.map((column, i) =>
    Math.max(column.head.length, ...cells.map((line) => line[i]?.length ?? 0)),
  );
  const used = widths.reduce((sum, width) => sum + width + GAP, INDENT - GAP);
  const roomFor = (i: number) => {
    const width = widths[i] ?? 0;
    return columns[i]?.flexible === true
      ? Math.max(NARROWEST, Math.min(width, width - (used - style.width)))
      : width;
  };
  const table = new Table({
    head: columns.map((column) => style.paint('gray', column.head)),
    colAligns: columns.map((column) => column.align ?? 'left'),
    chars: CHARS,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  for (const [r, row] of rows.entries()) {
    table.push(
      columns.map((column, i) => {
        const text = clip(cells[r]?.[i] ?? '', roomFor(i));
        const colour = column.tint?.(row);
        return colour === undefined ? text : style.paint(colour, text);
      }),
    );
  }
  return `${table.toString().split('\n').map(trimEnd).join('\n')}\n`;
}

/** Without trailing blanks, even where colour codes follow them. */
function trimEnd(line: string): string {
  return stripVTControlCharacters(line) === line ? line.trimEnd() : line;
}
