/**
 * Tables. Of a long one only the rows are made that are in sight, between two spacers, so that a hundred thousand scroll; all rows are
 * then as high as `ROW`. Where there are more than were loaded, the next page is asked for before its end is in sight. Where it is known
 * how many there are, one can go to any of them at once, by the scroll bar or by End, and what is not loaded yet is asked for.
 */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly align?: 'end';
  /** Left out where there is little room. */
  readonly wide?: boolean;
  /** Takes what room there is. */
  readonly grows?: boolean;
}

export interface TableProps<Row> {
  /** What it lists, for those who do not see it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly id: (row: Row) => string;
  /** There is more than `rows`. */
  readonly more?: (() => void) | undefined;
  /** Loads so many rows; in place of `more` where all there are is known. */
  readonly reach?: ((rows: number) => void) | undefined;
  /** All there are, where that is known. */
  readonly total?: number | undefined;
}

/** In CSS pixels; `--row` in the style sheet. */
const ROW = 36;
/** So many are made at once, and so many beyond what is in sight. */
const ALL_UP_TO = 100;
const BEYOND = 12;

export function Table<Row>(props: TableProps<Row>) {
  const { label, columns, rows, id, more, reach, total } = props;
  const count = reach === undefined || more === undefined ? rows.length : Math.max(rows.length, total ?? 0);
  const { virtual, first, last, onScroll } = useWindow(count);
  useEffect(() => {
    if (last > rows.length) reach?.(last);
    else if (last === rows.length) more?.();
  }, [last, rows.length, more, reach]);
  const [from, to] = [Math.min(first, rows.length), Math.min(last, rows.length)];
  return (
    // biome-ignore lint/a11y/useSemanticElements: it is no group of fields, and a landmark would be one too many
    <div
      role="group"
      class={virtual ? 'table virtual' : 'table'}
      aria-label={label}
      aria-busy={last > rows.length}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={onScroll}
    >
      <table aria-rowcount={(total ?? rows.length) + 1}>
        <thead>
          <tr aria-rowindex={1}>{columns.map(titleCell)}</tr>
        </thead>
        <tbody>
          <Spacer rows={from} columns={columns.length} />
          {rows.slice(from, to).map((row, i) => rowOf(row, id(row), from + i + 2, columns))}
          <Spacer rows={rows.length - to} columns={columns.length} />
          <Spacer rows={count - rows.length} columns={columns.length} isUnknown />
        </tbody>
      </table>
    </div>
  );
}

function rowOf<Row>(row: Row, id: string, index: number, columns: readonly Column<Row>[]) {
  return (
    <tr key={id} aria-rowindex={index}>
      {columns.map((column) => (
        <td key={column.title} class={classOf(column)}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

/** Which rows are made: all of a few, and of many those in sight and some around them. */
function useWindow(count: number) {
  const top = useSignal(0);
  const height = useSignal(600);
  const virtual = count > ALL_UP_TO;
  const first = virtual ? Math.min(count, Math.max(0, Math.floor(top.value / ROW) - BEYOND)) : 0;
  const last = virtual ? Math.min(count, Math.ceil((top.value + height.value) / ROW) + BEYOND) : count;
  const onScroll = ({ currentTarget }: { readonly currentTarget: HTMLElement }) => {
    top.value = currentTarget.scrollTop;
    height.value = currentTarget.clientHeight;
  };
  return { virtual, first, last, onScroll };
}

function titleCell<Row>(column: Column<Row>) {
  return (
    <th key={column.title} scope="col" class={classOf(column)}>
      {column.title}
    </th>
  );
}

function Spacer(props: { readonly rows: number; readonly columns: number; readonly isUnknown?: boolean }) {
  const { rows, columns, isUnknown = false } = props;
  if (rows === 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row is not focusable
    <tr class={isUnknown ? 'spacer unknown' : 'spacer'} aria-hidden="true">
      <td colSpan={columns} style={{ height: `${rows * ROW}px` }} />
    </tr>
  );
}

function classOf<Row>({ align, wide, grows }: Column<Row>): string | undefined {
  const names = [
    align === 'end' ? 'end' : '',
    wide === true ? 'wide-only' : '',
    grows === true ? 'grows' : '',
  ].filter((name) => name !== '');
  return names.length === 0 ? undefined : names.join(' ');
}
