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

test('a cell that is too wide goes on in the next line, by words, and loses none', () => {
  const [name, does] = ['nightly', 'warms entities=markets source=profile at the temperature cold'];
  const columns: Column<Row>[] = [
    { head: 'schedule', cell: ([first]) => first },
    { head: 'does', cell: ([, second]) => second, flexible: true },
  ];
  const lines = renderTable(columns, [[name, does]], { paint: painter(false), width: 40 }).split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(40);
  expect(lines.slice(1).join(' ').split(/ +/).filter(Boolean)).toEqual([name, ...does.split(' ')]);
});

test('of several columns that give way the widest does first, down to what can be read', () => {
  const words = (count: number) => Array(count).fill('word').join(' ');
  const columns = [8, 20, 4].map(
    (count): Column<Row> => ({ head: `h${count}`, cell: () => words(count), flexible: true }),
  );
  const widthAt = (width: number) =>
    renderTable(columns, [['', '']], { paint: painter(false), width })
      .split('\n')
      .reduce((widest, { length }) => Math.max(widest, length), 0);
  expect([200, 100, 60].map(widthAt)).toEqual([163, expect.any(Number), expect.any(Number)]);
  expect(widthAt(100)).toBeLessThanOrEqual(100);
  expect(widthAt(60)).toBeLessThanOrEqual(60);
  // The shortest keeps its line.
  const at100 = renderTable(columns, [['', '']], { paint: painter(false), width: 100 });
  expect(at100.split('\n')[1]).toContain(words(4));
  expect(widthAt(10)).toBeGreaterThan(10);
});

test('forty thousand lines, as a thousand sources print, take a short time', () => {
  const began = process.cpuUsage();
  expect(rendered(40_000).split('\n')).toHaveLength(40_002);
  const { user, system } = process.cpuUsage(began);
  expect((user + system) / 1_000).toBeLessThan(3_000);
});

test('heads of several words take several lines where a table would be too wide, and one where it is not', () => {
  const columns = [
    'hour (UTC)',
    'calls',
    'of allowed',
    'reads',
    'hot',
    'warm',
    'cold',
    'runs',
    'slowed down',
  ].map((head) => ({ head, cell: () => '12,345' }));
  const linesAt = (width: number) =>
    renderTable(columns, [0], { paint: painter(false), width })
      .trimEnd()
      .split('\n');
  expect(linesAt(120)).toHaveLength(2);
  expect(linesAt(80)).toHaveLength(3);
  expect(Math.max(...linesAt(80).map((line) => line.length))).toBeLessThanOrEqual(80);
});
