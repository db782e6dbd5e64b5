/** Columns as large as they are read, in as many rows as a batch has, hold nobody up. The rows are as a server writes them. */
import { expect, test } from 'vitest';
import { valueFrom } from '../../../src/core/body.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { answersOf, type Rows } from '../../../src/origins/sql/answer.ts';
import { sqlListPages } from '../../../src/origins/sql/list.ts';
import { sqlListOptions } from '../../../src/origins/sql/list-options.ts';
import { sqlRequestOptions } from '../../../src/origins/sql/options.ts';
import { requestOf, SIGNAL, sourceOf } from '../../contract/origin.steps.ts';
import { longestTurn } from '../../support/turns.ts';

const TEXTS = 1009;
const NUMBERS = 1007;

function arrayOf(item: string, length: number): string {
  return `{${`${item},`.repeat(length / (item.length + 1) - 1)}${item}}`;
}

test('a row in MessagePack keeps its 64-bit numbers, however long it is', async () => {
  const request = sqlRequestOptions.parse({ query: 'select $1', params: ['{id...}'], id: 'id' });
  const fields = [
    { name: 'id', dataTypeID: 25 },
    { name: 'count', dataTypeID: 114 },
    { name: 'note', dataTypeID: 25 },
  ];
  for (const length of [10, 100_000]) {
    const rows = [['a', '9007199254740993', 'x'.repeat(length)]];
    const asked = [requestOf('a')];
    const source = sourceOf({}, { format: 'msgpack' });
    const [answer] = await answersOf(source, request, { fields, rows }, asked, systemClock);
    const value = answer?.kind === 'body' ? valueFrom('msgpack', answer.body) : answer;
    expect(String((value as { count: unknown }).count), `${length} characters`).toBe('9007199254740993');
  }
});

test.each([
  ['quotes', TEXTS, arrayOf('"a b"', 260_000)],
  ['empty texts', TEXTS, arrayOf('""', 260_000)],
  ['escapes', TEXTS, arrayOf('"\\"\\\\"', 260_000)],
  ['arrays', TEXTS, `${'{'.repeat(260_000)}`],
  ['numbers', NUMBERS, arrayOf('1', 1_000_000)],
  ['numbers and NULL', NUMBERS, arrayOf('NULL', 260_000)],
])('an array of %s holds up nobody', async (_, type, text) => {
  const fields = ['id', 'value'].map((name, i) => ({ name, dataTypeID: i === 0 ? 25 : type }));
  const request = sqlRequestOptions.parse({
    query: 'select $1',
    params: ['{id...}'],
    value: 'value',
    id: 'id',
  });
  const ids = ['a', 'b', 'c', 'd'];
  const rows = ids.map((id) => [id, text]);
  const ms = await longestTurn(async () => {
    const asked = ids.map((id) => requestOf(id));
    const answers = await answersOf(sourceOf({}), request, { fields, rows }, asked, systemClock);
    expect(answers.map(({ kind }) => kind)).toEqual(ids.map(() => 'body'));
  });
  expect(ms).toBeLessThan(50);
});

test('a list of rows with arrays holds up nobody', async () => {
  const row = ['a', arrayOf('"a b"', 1_500)];
  const batches: Rows[] = [2_000, 10].map((count) => ({
    fields: ['id', 'words'].map((name, i) => ({ name, dataTypeID: i === 0 ? 25 : TEXTS })),
    rows: Array.from({ length: count }, () => row),
  }));
  const ms = await longestTurn(async () => {
    const left = [...batches];
    const run = async (text: string) =>
      (text.startsWith('FETCH') && left.shift()) || { fields: [], rows: [] };
    const list = {
      set: 'shops',
      options: sqlListOptions.parse({ query: 'SELECT' }),
      known: undefined,
      limits: { rows: 10_000, bytes: 10_000_000 },
    };
    const page = await sqlListPages(list, systemClock, (work) => work(run)).next(SIGNAL);
    expect(page).toMatchObject({ kind: 'page', rows: { length: 2_010 } });
  });
  expect(ms).toBeLessThan(50);
});
