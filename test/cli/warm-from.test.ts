/** forewarm warm --from */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { WarmRequest } from '../../src/verbs/runs/warm-request.ts';
import { temporaryFolder } from '../support/disk.ts';
import { Cli, eventsOf, runView, scripted } from './harness.ts';

/** A command line beside a live worker, and what it asks for. */
async function listening() {
  const cli = new Cli();
  await cli.alive('worker');
  const asked: WarmRequest[] = [];
  const warm = cli.verbs.warm.bind(cli.verbs);
  cli.script({
    ...scripted(runView({ named: { keys: 2, sources: ['profile'] } })),
    warm: async (request, cause) => {
      asked.push(request);
      await warm(request, cause);
      return { run: runView({ named: { keys: 2, sources: ['profile'] } }), created: true };
    },
  });
  return { cli, asked };
}

function fileOf(name: string, text: string | Uint8Array): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text);
  return file;
}

const FROM = ['--source', 'profile', '--from'] as const;
const TWO = [{ market: 'a' }, { market: 'b' }];

describe('forewarm warm --from', () => {
  test.each([
    ['a table', 'rows.csv', 'market,name\na,"A, or so"\n\nb,B\n', [{ name: 'A, or so' }, { name: 'B' }]],
    [
      'a table with semicolons',
      'rows.csv',
      '\ufeffmarket;name\r\na;A, or so\r\nb;B\r\n',
      [{ name: 'A, or so' }, { name: 'B' }],
    ],
    ['a table with bars', 'rows', 'market|name\na|A\nb|B\n', [{ name: 'A' }, { name: 'B' }]],
    ['a table with tabs', 'rows.tsv', 'market\tname\na\tA\nb\tB', [{ name: 'A' }, { name: 'B' }]],
    ['JSON lines', 'rows.jsonl', '{"market":"a"}\n\n{"market":"b"}\n', [{}, {}]],
    ['JSON lines with a mark', 'rows.jsonl', '\ufeff{"market":"a"}\n\ufeff{"market":"b"}\n', [{}, {}]],
    ['a JSON list with a mark', 'rows', '\ufeff[{"market":"a"},{"market":"b"}]', [{}, {}]],
    ['ids of two files with marks', 'rows.txt', '\ufeffa\n\ufeffb\n', [{}, {}]],
    ['a JSON list', 'rows.json', '[{"market":"a"},{"market":"b"}]', [{}, {}]],
    ['one id a line', 'rows.txt', 'a\r\n\n  b  \n', [{}, {}]],
    ['ids in quotes', 'rows.txt', '"a"\r\n"b"\r\n', [{}, {}]],
    ['a table without an ending', 'rows', 'name,market\nA,a\nB,b\n', [{ name: 'A' }, { name: 'B' }]],
    ['ids without an ending', 'rows', 'a\nb\n', [{}, {}]],
    ['JSON without an ending', 'rows', ' {"market":"a"}\n{"market":"b"}', [{}, {}]],
  ])('takes %s', async (_, name, text, more) => {
    const { cli, asked } = await listening();
    expect((await cli.run('warm', ...FROM, fileOf(name, text), '--keep', '2h', '--force')).code).toBe(0);
    expect(asked).toMatchObject([{ source: 'profile', from: name, keep: 7_200_000, force: true }]);
    expect(asked[0]?.rows).toEqual(TWO.map((row, i) => ({ ...row, ...more[i] })));
  });

  test('takes standard input, and keys where no source is named', async () => {
    const { cli, asked } = await listening();
    cli.stdin = Readable.from([Buffer.from('profile:a\nprofi'), Buffer.from('le:b\n')]);
    const { code, out } = await cli.run('warm', '--from', '-', '--json');
    expect(code).toBe(0);
    expect(eventsOf(out).at(-1)).toMatchObject({ event: 'summary', exitCode: 0 });
    expect(asked).toMatchObject([{ keys: ['profile:a', 'profile:b'], from: 'standard input' }]);
  });

  test('takes JSON lines with a mark from standard input', async () => {
    const { cli, asked } = await listening();
    cli.stdin = Readable.from([Buffer.from('\ufeff{"market":"a"}\n{"market":"b"}\n')]);
    expect((await cli.run('warm', ...FROM, '-')).code).toBe(0);
    expect(asked).toMatchObject([{ rows: TWO }]);
  });

  test('takes ids that look like a table where the format says that they are none', async () => {
    const { cli, asked } = await listening();
    const file = fileOf('rows', 'a,A\nMarket\n');
    expect((await cli.run('warm', ...FROM, file, '--format', 'lines')).code).toBe(0);
    expect(asked).toMatchObject([{ rows: [{ market: 'a,A' }, { market: 'Market' }] }]);
  });

  test('takes ids out of quotes, with commas and quotes in them, unless the format says that lines are ids', async () => {
    const { cli, asked } = await listening();
    const file = fileOf('rows', '"Denver, CO"\n"the ""Big"" one"\n5" pipe\n');
    expect((await cli.run('warm', ...FROM, file)).code).toBe(0);
    expect((await cli.run('warm', ...FROM, file, '--format', 'lines')).code).toBe(0);
    expect(asked.map(({ rows }) => rows?.map(({ market }) => market))).toEqual([
      ['Denver, CO', 'the "Big" one', '5" pipe'],
      ['"Denver, CO"', '"the ""Big"" one"', '5" pipe'],
    ]);
  });

  test('takes UTF-16 by its mark', async () => {
    const { cli, asked } = await listening();
    const file = fileOf('rows.csv', Buffer.from('\ufeffmarket\nZürich\n', 'utf16le'));
    expect((await cli.run('warm', ...FROM, file)).code).toBe(0);
    expect(asked).toMatchObject([{ rows: [{ market: 'Zürich' }] }]);
  });

  test.each<[string, string, string | Uint8Array, string]>([
    ['lacks a param', 'rows.csv', 'market,name\na,A\n\n,B\n', 'rows.csv line 4: param "market" is empty'],
    ['has another column', 'rows.csv', 'town\na\n', 'rows.csv line 2: param "market" is missing'],
    ['has a short line', 'rows.csv', 'market,name\na\n', 'rows.csv" cannot be read as csv: line 2'],
    ['has a line that is no JSON', 'rows.jsonl', '{"market":"a"}\n{market}\n', 'line 2: it is not JSON'],
    [
      'names a member twice',
      'rows.jsonl',
      '{"market":"a","market":"b"}\n',
      'line 1: a member "market" stands twice',
    ],
    [
      'names a member twice in a list',
      'rows.json',
      '[{"market":"a"},{"market":"b","x":1,"x":1}]',
      'item 2: a member "x" stands twice',
    ],
    [
      'is not UTF-8',
      'rows.csv',
      Buffer.from('market\nZ\xfcrich\n', 'latin1'),
      'line 2: not UTF-8; save it as UTF-8',
    ],
    ['names a column twice', 'rows.csv', 'market,market\na,b\n', 'line 1: column "market" stands twice'],
    ['is empty', 'rows.csv', 'market\n', 'holds no row'],
    [
      'has a wrong header, and looks like ids',
      'rows',
      'wrong,name\na,A\n',
      'line 1 has 2 columns ("wrong", "name"), and the first line names no column "market"',
    ],
    ['has no header', 'rows.txt', 'a;A\nb;B\n', 'line 1 has 2 columns ("a", "A")'],
    ['has no header, and bars', 'rows', 'a|A\n', 'line 1 has 2 columns'],
    ['has a title above its header', 'rows', 'Export\n\nmarket\tname\na\tA\n', 'line 3 has 2 columns'],
    ['has the column in other capitals', 'rows', 'Market\na\n', 'line 1 is "Market": write "market" if'],
    ['is too long', 'rows.txt', 'a\n'.repeat(100_001), 'more than 100,000 rows; split it'],
  ])('refuses a file that %s, naming the line', async (_, name, text, message) => {
    const { cli } = await listening();
    const { code, err } = await cli.run('warm', ...FROM, fileOf(name, text));
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect((await cli.verbs.runs(10, undefined)).runs).toEqual([]);
  });

  test.each([
    ['a file that is not there', [...FROM, '/nowhere/rows.csv'], '"/nowhere/rows.csv" cannot be read'],
    [
      'a source that is not configured',
      ['--source', 'quote', '--from', '-'],
      'source "quote" is not configured',
    ],
    ['a source without a file', ['--source', 'profile'], 'write source=profile'],
    ['a selector beside a file', ['source=profile', ...FROM, '-'], 'give a selector or --from, not both'],
    ['a format that there is not', [...FROM, '-', '--format', 'xml'], 'Allowed choices are csv, json, lines'],
  ])('refuses %s', async (_, words, message) => {
    const { cli } = await listening();
    const { code, err } = await cli.run('warm', ...words);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  });
});

describe('--set of a warm', () => {
  const set = ['--set', 'origins.markets.rate=5/s', '--set', 'sources.profile.ttl=1h'];

  test.each([
    ['a worker does the work', ['warm', 'source=profile']],
    ['a worker will do it', ['warm', 'source=profile', '--background']],
  ])('is refused where %s, since it would change nothing', async (_, words) => {
    const { cli, asked } = await listening();
    const { code, err } = await cli.run(...words, ...set);
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining('--set origins.markets.rate, sources.profile.ttl would change nothing'),
    });
    expect(asked).toEqual([]);
  });

  test('is taken where it says how to reach the workers', async () => {
    const { cli, asked } = await listening();
    expect((await cli.run('warm', '--set', 'redis.prefix=other', '--set', 'log.level=warn')).code).toBe(0);
    expect(asked).toHaveLength(1);
  });
});

test.each([
  ['runs', 'redrive'],
  ['schedules', 'trigger', 'nightly'],
  ['invalidate', 'source=profile', '--mode', 'stale', '--rewarm', '--yes'],
])('--set is refused by %s, whose work is that of workers', async (...words) => {
  const cli = new Cli();
  const refused = await cli.run(...words, '--set', 'origins.markets.rate=5/s');
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('would change nothing') });
  expect((await cli.run(...words, '--set', 'data=elsewhere')).code).not.toBe(2);
});
