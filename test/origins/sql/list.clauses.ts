/** Lists of entity sets out of a PostgreSQL database. */
import { describe, expect, test } from 'vitest';
import type { ListRequest } from '../../../src/origins/origin.ts';
import { sqlListOptions } from '../../../src/origins/sql/list-options.ts';
import { failureOf, SIGNAL } from '../../contract/origin.steps.ts';
import { setup, type UsedPostgres } from './sql.steps.ts';

const LIMITS = { rows: 100_000, bytes: 10_000_000 };

/** On the server of the file that calls it: starting one takes longer than all of this. */
export function describeLists(used: UsedPostgres): void {
  async function read(query: string, { limits = LIMITS, origin = {}, before = '' } = {}) {
    const { origin: made } = await setup(used, { origin, request: { query: 'SELECT 1' } });
    if (before !== '') await used.server.exec(before);
    const list: ListRequest = {
      set: 'shops',
      options: sqlListOptions.parse({ query }),
      known: undefined,
      limits,
    };
    return made.listPages(list).next(SIGNAL);
  }

  async function rowsOf(query: string, before = ''): Promise<readonly unknown[]> {
    const page = await read(query, { before });
    if (page.kind !== 'page') throw new Error(page.kind);
    expect(page.isLast).toBe(true);
    return page.rows;
  }

  describe('a list by a query', () => {
    test.each([
      ['9007199254740993::bigint', '9007199254740993'],
      ['1.50::numeric', '1.50'],
      ['12345678901234567890.123456789::numeric', '12345678901234567890.123456789'],
      ['0.1::float8', '0.1'],
      ['7::int', '7'],
      ['true', 'true'],
      ['NULL::text', ''],
      ["''", ''],
      ["'aé\"b'", 'aé"b'],
      ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
      ["'2026-11-28'::date", '2026-11-28'],
      ["'2026-11-28 01:02:03.5+02'::timestamptz", '2026-11-27T23:02:03.5Z'],
      ["'2026-11-28 01:02:03'::timestamp", '2026-11-28T01:02:03'],
      ['\'{"a": 1}\'::jsonb', '{"a": 1}'],
      ["'\\x00ff'::bytea", 'AP8='],
      ["ARRAY['a','b']", '["a","b"]'],
      ["ARRAY['a,\"b\"\\', NULL, 'NULL', '', '{', E'\\n']", '["a,\\"b\\"\\\\",null,"NULL","","{","\\n"]'],
      ["'[0:1]={1.5,NaN}'::float8[]", '[1.5,"NaN"]'],
      ["'{1e-07,-2}'::float8[]", '[1e-07,-2]'],
      ["'{9007199254740993}'::bigint[]", '["9007199254740993"]'],
    ])('gives %s as text', async (expression, text) => {
      expect(await rowsOf(`SELECT ${expression} AS value`)).toEqual([{ value: text }]);
    });

    test('names a column whose array is too long to be taken apart; as JSON, or of numbers, it may be as long as it likes', async () => {
      const array = (item: string, count: number) => `array_fill(${item}, ARRAY[${count}])`;
      const failure = await failureOf(read(`SELECT ${array("'a b'::text", 60_000)} AS words`));
      expect(failure).toMatchObject({ class: 'permanent' });
      expect(failure.message).toMatch(
        /^column "words": an array has \d+ characters, and 262144 are read;.*to_json/,
      );
      const rows = await rowsOf(
        `SELECT to_json(${array("'a b'::text", 60_000)}) AS j, ${array('7', 200_000)} AS n`,
      );
      const [row] = rows as { j: string; n: string }[];
      expect(JSON.parse(row?.j ?? '')).toHaveLength(60_000);
      expect(JSON.parse(row?.n ?? '')).toHaveLength(200_000);
    });

    test('gives every row once, in order, however many batches they take', async () => {
      for (const count of [0, 1, 1_999, 2_000, 2_001, 6_000]) {
        const rows = await rowsOf(`SELECT n AS id FROM generate_series(1, ${count}) n ORDER BY n`);
        expect(rows.map((row) => (row as { id: string }).id)).toEqual(
          Array.from({ length: count }, (_, i) => String(i + 1)),
        );
      }
    });

    test('takes whatever is one statement that reads: with a name before it, a remark or a semicolon behind it', async () => {
      expect(await rowsOf('WITH x AS (SELECT 1 AS id) SELECT * FROM x; -- all')).toEqual([{ id: '1' }]);
      expect(await rowsOf('VALUES (1, 2)')).toEqual([{ column1: '1', column2: '2' }]);
    });

    test('leaves its connection as it was', async () => {
      const { origin } = await setup(used, { request: { query: 'SELECT 1' } });
      const options = { query: 'SELECT 1 AS id' };
      const page = () =>
        origin.listPages({ set: 'shops', options, known: undefined, limits: LIMITS }).next(SIGNAL);
      await page();
      await page();
      await origin.probe(SIGNAL);
    });
  });

  describe('a query is refused', () => {
    test.each<[string, string, RegExp]>([
      [
        'of a table that is not there',
        'SELECT * FROM nowhere',
        /SQLSTATE 42P01: relation "nowhere" does not exist/,
      ],
      ['that writes', 'DELETE FROM editions RETURNING edition', /SQLSTATE 42601/],
      ['that writes by what it calls', 'SELECT set_up() AS id', /SQLSTATE 25006/],
      ['of two statements', 'SELECT 1 AS id; DROP TABLE secrets', /SQLSTATE 42601/],
      ['whose columns have one name', 'SELECT 1 AS id, 2 AS id', /two columns "id"/],
      [
        'whose table may not be read',
        'SELECT id FROM secrets',
        /SQLSTATE 42501: permission denied for table secrets/,
      ],
    ])('%s', async (_, query, why) => {
      const before = `
      RESET ROLE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO public;
        CREATE TABLE editions (edition text); CREATE TABLE secrets (id text); GRANT ALL ON editions TO public;
        CREATE FUNCTION set_up() RETURNS int LANGUAGE sql AS $$ INSERT INTO editions VALUES ('a'); SELECT 1 $$;
        DROP ROLE IF EXISTS reader; CREATE ROLE reader; SET ROLE reader;`;
      try {
        const error = await failureOf(read(query, { before }));
        expect(error).toMatchObject({ class: 'permanent' });
        expect(error.message).toMatch(why);
      } finally {
        await used.server.exec('RESET ROLE');
      }
    });

    test('that gives more rows, or more bytes, than the list may have', async () => {
      const query = "SELECT n, 'abcde' FROM generate_series(1, 10000) n";
      expect((await failureOf(read(query, { limits: { ...LIMITS, rows: 2_000 } }))).message).toBe(
        'the query gives more than 2,000 rows (maxRows)',
      );
      expect((await failureOf(read(query, { limits: { ...LIMITS, bytes: 1_000 } }))).message).toBe(
        'the query gives more than 1.00 KB (maxSize)',
      );
    });

    test('with placeholders, since there is nothing to put there', () => {
      expect(
        sqlListOptions.safeParse({ query: 'SELECT id FROM t WHERE a = $1' }).error?.issues[0]?.message,
      ).toContain('no placeholders');
    });
  });

  test('a query that takes too long is retried, and given up at the server', async () => {
    const { origin } = await setup(used, { origin: { timeout: '100ms' }, request: { query: 'SELECT 1' } });
    await origin.probe(SIGNAL);
    used.server.hold();
    const list = { set: 'shops', options: { query: 'SELECT 1 AS id' }, known: undefined, limits: LIMITS };
    const error = await failureOf(origin.listPages(list).next(SIGNAL));
    expect(error).toMatchObject({
      class: 'retryable',
      message: expect.stringContaining('did not end within 100ms'),
    });
  });
}
