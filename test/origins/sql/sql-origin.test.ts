import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { sqlOriginOptions, sqlRequestOptions } from '../../../src/origins/sql/options.ts';
import { SqlOrigin } from '../../../src/origins/sql/sql-origin.ts';
import {
  failureOf,
  fetchMany,
  fetchOne,
  requestOf,
  SIGNAL,
  sourceOf,
  textOf,
} from '../../contract/origin.steps.ts';
import { describeOrigin } from '../../contract/origin.ts';
import { describeLists } from './list.clauses.ts';
import { STORED, setup, sqlSystem, usePostgres } from './sql.steps.ts';

const used = usePostgres();

describeOrigin('PostgreSQL', sqlSystem(used), ({ url }, clock) => {
  const options = sqlOriginOptions.parse({ kind: 'sql', url, concurrency: 1 });
  return {
    origin: new SqlOrigin({ name: 'shop', options, clock }),
    source: sourceOf(sqlRequestOptions.parse(STORED)),
    timeout: options.timeout,
  };
});

describeLists(used);

const ONE = { query: 'SELECT * FROM products WHERE id = $1', params: ['{id}'] };

describe('a SQL origin, of rows', () => {
  it('makes a JSON object of a row: members in the order of the columns, no digit lost', async () => {
    const request = {
      query: `SELECT $1 AS text, 9007199254740993 AS big, 1.10 AS exact, 7 AS small, 0.5::float8 AS half,
        'NaN'::float8 AS none, true AS yes, NULL AS nothing, '{"b": 1, "a": [2]}'::json AS json, '\\x00ff'::bytea AS bytes,
        '2026-01-02 03:04:05.123456+02'::timestamptz AS at, '2026-01-02 03:04:05.5'::timestamp AS local,
        '2026-01-02'::date AS day, ARRAY['a,"b"\\', NULL, 'NULL'] AS words, ARRAY[[1, 2], [3, 4]] AS grid, '{}'::int[] AS no`,
      params: ['{id}'],
    };
    const bench = await setup(used, { request });
    expect(textOf(await fetchOne(bench))).toBe(
      '{"text":"a","big":"9007199254740993","exact":"1.10","small":7,"half":0.5,"none":"NaN","yes":true,"nothing":null,' +
        '"json":{"b": 1, "a": [2]},"bytes":"AP8=","at":"2026-01-02T01:04:05.123456Z","local":"2026-01-02T03:04:05.5",' +
        '"day":"2026-01-02","words":["a,\\"b\\"\\\\",null,"NULL"],"grid":[[1,2],[3,4]],"no":[]}',
    );
  });

  it('gives the bytes of a bytea column to a raw source', async () => {
    const request = { query: "SELECT '\\x00ff0a'::bytea AS picture", value: 'picture' };
    const fetched = await fetchOne(await setup(used, { request, format: 'raw' }));
    expect(fetched).toEqual({ kind: 'body', body: Buffer.from([0, 255, 10]) });
  });

  it('makes vectors of arrays, and takes those that are bytes as they are', async () => {
    const request = { query: "SELECT ARRAY[0.5, -2]::real[] AS v, '\\x0000003f000000c0'::bytea AS b" };
    const bytes = Buffer.from([0, 0, 0, 0x3f, 0, 0, 0, 0xc0]);
    for (const value of ['v', 'b']) {
      const bench = await setup(used, { request: { ...request, value }, format: 'float32' });
      expect(await fetchOne(bench)).toEqual({ kind: 'body', body: bytes });
    }
    const words = { query: "SELECT 'no vector' AS v", value: 'v' };
    const unfit = await fetchOne(await setup(used, { request: words, format: 'float32' }));
    expect(unfit).toMatchObject({ kind: 'error', error: { class: 'permanent' } });
  });

  it('compares ids as the server writes them, whatever the type of the column', async () => {
    await used.server.exec('CREATE TABLE numbered AS SELECT g AS n FROM generate_series(1, 3) g');
    const request = {
      query: 'SELECT n AS number FROM numbered WHERE n = ANY($1)',
      params: ['{id...}'],
      id: 'number',
    };
    const fetched = await fetchMany(await setup(used, { request }), ['3', '7', '1']);
    expect(fetched.map(({ kind }) => kind)).toEqual(['body', 'absent', 'body']);
    expect(textOf(fetched[0])).toBe('{"number":3}');
  });

  it('takes no row that is written in another way for none: a fixed width, other letters, zeros', async () => {
    const query = "SELECT id::char(6) AS id FROM (VALUES ('a'), ('B'), ('007')) AS t (id)";
    const request = { query: `${query} WHERE $1::text[] IS NOT NULL`, params: ['{id...}'] };
    const fetched = await fetchMany(await setup(used, { request }), ['a', 'b', '7', 'c']);
    expect(fetched.map((one) => (one.kind === 'error' ? one.error.message : one.kind))).toEqual([
      'the query has "a     " in place of "a"; write ids as the origin does',
      'the query has "B     " in place of "b"; write ids as the origin does',
      'the query has "007   " in place of "7"; write ids as the origin does',
      expect.stringMatching(/only rows that were not asked for, such as "a /),
    ]);
  });

  it('leaves a doubt where no key of a call has a row, as in a table that is filled again', async () => {
    await used.server.exec('CREATE TABLE empty (id text)');
    const request = { query: 'SELECT id FROM empty WHERE id = ANY($1)', params: ['{id...}'] };
    const doubt = 'the query gives no row for any of the 2 keys of its call';
    const origin = await setup(used, { request });
    expect(await fetchMany(origin, ['a', 'b'])).toEqual(Array(2).fill({ kind: 'absent', doubt }));
    expect(await fetchMany(origin, ['a'])).toEqual([{ kind: 'absent' }]);
  });

  it('takes NULL for the id of nothing, as an outer join has it', async () => {
    const query = `SELECT s.id FROM unnest($1::text[]) AS asked LEFT JOIN (VALUES ('a')) AS s (id) ON s.id = asked`;
    const fetched = await fetchMany(await setup(used, { request: { query, params: ['{id...}'] } }), [
      'a',
      'b',
    ]);
    expect(fetched.map(({ kind }) => kind)).toEqual(['body', 'absent']);
  });

  it('gives each of two requests for one id its answer', async () => {
    const request = { query: 'SELECT unnest($1::text[]) AS id', params: ['{id...}'] };
    const fetched = await fetchMany(await setup(used, { request }), ['a', 'a']);
    expect(fetched.map(textOf)).toEqual(['{"id":"a"}', '{"id":"a"}']);
  });

  it('says of one key with two rows, and of no other, that it has too many', async () => {
    const request = {
      query: "SELECT * FROM (VALUES ('a', 1), ('b', 2), ('a', 3)) AS t (id, n) WHERE id = ANY($1)",
      params: ['{id...}'],
    };
    const fetched = await fetchMany(await setup(used, { request }), ['a', 'b']);
    expect(fetched.map(({ kind }) => kind)).toEqual(['error', 'body']);
    expect(fetched[0]).toMatchObject({
      error: { class: 'permanent', message: expect.stringContaining('2 rows') },
    });
  });

  it('tells versions apart by every digit of a time', async () => {
    await used.server.exec(
      "CREATE TABLE timed AS SELECT 'a' AS id, '2026-01-01 00:00:00.000001+00'::timestamptz AS at",
    );
    const request = { query: 'SELECT id, at FROM timed WHERE id = $1', params: ['{id}'], version: 'at' };
    const bench = await setup(used, { request });
    const fetched = await fetchOne(bench);
    const version = fetched.kind === 'body' ? (fetched.version ?? '') : '';
    expect(await fetchOne(bench, { version })).toEqual({ kind: 'unchanged' });
    await used.server.exec("UPDATE timed SET at = at + interval '1 microsecond'");
    expect(await fetchOne(bench, { version })).toMatchObject({ kind: 'body' });
  });

  it.each([
    [{ id: 'nope' }, 'no column "nope"; it gives id, name'],
    [{ value: 'nope' }, 'no column "nope"'],
    [{ version: 'nope' }, 'no column "nope"'],
  ])('refuses rows without the column that %j names', async (named, says) => {
    const request = {
      query: 'SELECT id, id AS name FROM unnest($1::text[]) AS id',
      params: ['{id...}'],
      ...named,
    };
    const error = await failureOf(fetchMany(await setup(used, { request }), ['a', 'b']));
    expect(error).toMatchObject({ class: 'permanent', message: expect.stringContaining(says) });
  });

  it('refuses rows in which a column stands twice', async () => {
    const request = { query: 'SELECT 1 AS n, 2 AS n' };
    const error = await failureOf(fetchOne(await setup(used, { request })));
    expect(error).toMatchObject({ class: 'permanent', message: expect.stringContaining('"n" stands twice') });
  });
});

describe('a SQL origin, of what it sends', () => {
  it('never makes a value part of the query', async () => {
    await used.server.exec("CREATE TABLE precious AS SELECT 'a' AS id");
    const request = { query: 'SELECT id FROM precious WHERE id = ANY($1)', params: ['{id...}'] };
    const bench = await setup(used, { request });
    const wicked = ["'; DROP TABLE precious; --", '{"a"}', 'a"b\\', ' ', 'NULL', 'a'];
    const fetched = await fetchMany(bench, wicked);
    expect(fetched.map(({ kind }) => kind)).toEqual([
      'absent',
      'absent',
      'absent',
      'absent',
      'absent',
      'body',
    ]);
  });

  it('asks for the others when one value has a zero byte', async () => {
    const request = { query: 'SELECT unnest($1::text[]) AS id', params: ['{id...}'] };
    const fetched = await fetchMany(await setup(used, { request }), ['a\0', 'b']);
    expect(fetched.map(({ kind }) => kind)).toEqual(['error', 'body']);
  });

  it('fills in texts around the params of one key', async () => {
    const request = { query: 'SELECT $1 AS a, $2::int AS b', params: ['{id}-{id}', '7'] };
    expect(textOf(await fetchOne(await setup(used, { request })))).toBe('{"a":"a-a","b":7}');
  });

  it('prepares a query once for a connection, and never where that is off', async () => {
    const request = { query: 'SELECT $1 AS id', params: ['{id}'] };
    const parsed = async (origin: Record<string, unknown>) => {
      const bench = await setup(used, { request, origin });
      await fetchOne(bench);
      await fetchOne(bench);
      return used.server.queries.filter((bytes) => bytes.startsWith('P')).length;
    };
    expect(await parsed({})).toBe(1);
    expect(await parsed({ prepare: false })).toBe(2);
  });

  it('bounds statements at the server, and lets none write', async () => {
    const shown = "SELECT current_setting('statement_timeout') AS bound";
    const bench = await setup(used, { request: { query: shown }, origin: { timeout: '7s' } });
    expect(textOf(await fetchOne(bench))).toBe('{"bound":"7s"}');
    await used.server.exec('CREATE TABLE guarded (id text)');
    const request = { query: "INSERT INTO guarded VALUES ('b') RETURNING id" };
    const error = await failureOf(fetchOne(await setup(used, { request })));
    expect(error).toMatchObject({ class: 'permanent', details: { sqlState: '25006' } });
  });

  it('has the server cancel a query that is aborted, and goes on with another connection', async () => {
    const bench = await setup(used, { request: { query: 'SELECT 1 AS n' } });
    used.server.hold();
    const stop = new AbortController();
    const arrived = used.server.arrival();
    const fetching = fetchOne(bench, undefined, stop.signal);
    await arrived;
    const told = used.server.arrival();
    stop.abort(new Error('stopped'));
    await expect(fetching).rejects.toThrow('stopped');
    await told;
    expect(used.server.queries.at(-1)).toContain('pg_cancel_backend');
    await used.server.open();
    expect(textOf(await fetchOne(bench))).toBe('{"n":1}');
  });

  it('opens no more connections than it may, and waits for one', async () => {
    const request = { query: 'SELECT pg_backend_pid() AS id, $1 AS of', params: ['{id}'] };
    const bench = await setup(used, { request, origin: { concurrency: 8, connections: 2, prepare: false } });
    const all = Array.from({ length: 8 }, (_, i) =>
      bench.origin.fetchMany(bench.source, [requestOf(`${i}`)], SIGNAL),
    );
    expect((await Promise.all(all)).flat()).toHaveLength(8);
  });
});

describe('a SQL origin, of failures', () => {
  const raised = async (code: string, detail = 'secret-7') => {
    await used.server.exec(
      `CREATE OR REPLACE FUNCTION raised(text) RETURNS text LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'about %', $1 USING ERRCODE = '${code}'; END $$`,
    );
    const request = { query: 'SELECT raised($1)', params: [detail] };
    return failureOf(fetchOne(await setup(used, { request })));
  };

  it.each(['40001', '40P01', '08006', '57P01', '57014', '55P03', '53200', '58030', 'XX000'])(
    'takes SQLSTATE %s for retryable',
    async (code) => {
      expect(await raised(code)).toMatchObject({ class: 'retryable', details: { sqlState: code } });
    },
  );

  it('takes a connection that breaks while it is queried for retryable, and goes on with another', async () => {
    const bench = await setup(used, { request: { query: 'SELECT 1 AS n' } });
    await fetchOne(bench);
    used.server.hold();
    const arrived = used.server.arrival();
    const failing = failureOf(fetchOne(bench));
    await arrived;
    // What a connection reports, and nobody hears, ends the process.
    await used.server.shut();
    expect(await failing).toMatchObject({ class: 'retryable' });
    await used.server.open();
    expect(textOf(await fetchOne(bench))).toBe('{"n":1}');
  });

  it('takes "too many connections" for a wish to be left alone', async () => {
    expect(await raised('53300')).toMatchObject({ class: 'throttled', retryAt: undefined });
  });

  it.each(['22012', '23505', 'P0001'])(
    'takes SQLSTATE %s for permanent, and keeps what the server says of the values to itself',
    async (code) => {
      const error = await raised(code);
      expect(error).toMatchObject({ class: 'permanent', message: expect.stringContaining(code) });
      expect(JSON.stringify([error.message, error.cause, error.details])).not.toContain('secret-7');
    },
  );

  it('says what is wrong with a query, and names no value', async () => {
    const missing = await failureOf(fetchOne(await setup(used, { request: ONE })));
    expect(missing.message).toBe(
      'sql origin "shop" answered SQLSTATE 42P01: relation "products" does not exist',
    );
    const request = { query: 'SELECT 1 AS n WHERE 1 = $1', params: ['secret-7'] };
    const unfit = await failureOf(fetchOne(await setup(used, { request })));
    expect(unfit).toMatchObject({ class: 'permanent', message: expect.stringContaining('22P02') });
    expect(unfit.message).not.toContain('secret-7');
  });

  it('goes on after a table was changed under a prepared query', async () => {
    await used.server.exec("CREATE TABLE shifting AS SELECT 'a' AS id");
    const bench = await setup(used, {
      request: { query: 'SELECT * FROM shifting WHERE id = $1', params: ['{id}'] },
    });
    await fetchOne(bench);
    await used.server.exec("ALTER TABLE shifting ADD COLUMN more text DEFAULT 'b'");
    expect(await failureOf(fetchOne(bench))).toMatchObject({ class: 'retryable' });
    await used.server.open();
    expect(textOf(await fetchOne(bench))).toBe('{"id":"a","more":"b"}');
  });

  it('rejects as retryable after it is closed, and when it is closed during a query', async () => {
    const bench = await setup(used, { request: { query: 'SELECT 1 AS n' } });
    used.server.hold();
    const arrived = used.server.arrival();
    const fetching = failureOf(fetchOne(bench));
    await arrived;
    await bench.origin.close();
    expect(await fetching).toMatchObject({ class: 'retryable', message: 'origin "shop" is closed' });
    expect(await failureOf(fetchOne(bench))).toMatchObject({ class: 'retryable' });
  });

  it('never says a password', async () => {
    const options = sqlOriginOptions.parse({ kind: 'sql', url: 'postgres://u:hunter2@127.0.0.1:1/db' });
    const origin = new SqlOrigin({ name: 'shop', options, clock: systemClock });
    onTestFinished(() => origin.close());
    const error = await failureOf(origin.probe(SIGNAL));
    expect(error).toMatchObject({ class: 'retryable', message: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify([error.message, error.cause, error.details])).not.toContain('hunter2');
  });
});
