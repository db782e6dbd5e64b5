import { expect, test } from 'vitest';
import { painter } from '../../src/cli/terminal/paint.ts';
import { type Column, renderTable } from '../../src/cli/terminal/table.ts';

type Row = readonly [string, string];

const COLUMNS: readonly Column<Row>[] = [
  { head: 'path', cell: ([path]) => path },
  { head: 'n', cell: ([, value]) => value, align: 'right', tint: () => 'cyan' },
];
const rows = (count: number): Row[] =>
  Array.from({ length: count }, (_, i) => [`a.${i % 7}`, String(i % 1_000)]);
const rendered = (count: number, colour = false) =>
  renderTable(COLUMNS, rows(count), { paint: painter(colour), width: 80 });

test.each([false, true])('a long table looks like a short one (colour: %s)', (colour) => {
  const short = rendered(1_000, colour).split('\n');
  const long = rendered(2_000, colour).split('\n');
  expect(long.slice(0, short.length - 1)).toEqual(short.slice(0, -1));
});

test('forty thousand lines, as a thousand sources print, take a short time', () => {
  const began = process.cpuUsage();
  expect(rendered(40_000).split('\n')).toHaveLength(40_002);
  const { user, system } = process.cpuUsage(began);
  expect((user + system) / 1_000).toBeLessThan(3_000);
});
