/** A PostgreSQL server behind the contract suite, and SQL origins in front of it. */
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { BodyFormat } from '../../../src/core/entry.ts';
import { sqlOriginOptions, sqlRequest } from '../../../src/origins/sql/options.ts';
import { SqlOrigin } from '../../../src/origins/sql/sql-origin.ts';
import { sourceOf } from '../../contract/origin.steps.ts';
import type { Item, OriginSystem, SystemKind } from '../../contract/origin.system.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';

export interface UsedPostgres {
  readonly server: Postgres;
}

/** One server for the tests of a file. */
export function usePostgres(): UsedPostgres {
  let server: Postgres | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.close());
  return {
    get server() {
      if (server === undefined) throw new Error('no server yet');
      return server;
    },
  };
}

export const STORED = {
  query: 'SELECT id, value, version FROM stored WHERE id = ANY($1)',
  params: ['{id...}'],
  value: 'value',
  version: 'version',
  versionProbe: { query: 'SELECT edition FROM editions' },
  keysPerCall: 10,
};

/** Raises what its name says, whatever is asked of it. */
const raising = (code: string) => `
  CREATE OR REPLACE FUNCTION raising() RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'as asked' USING ERRCODE = '${code}'; END $$;
  DROP TABLE IF EXISTS stored;
  CREATE VIEW stored AS SELECT raising() AS id, '' AS value, '' AS version;`;

export interface SqlSystem extends OriginSystem {
  readonly url: string;
}

export function sqlSystem(used: { readonly server: Postgres }): SystemKind<SqlSystem> {
  return {
    abilities: ['absent', 'versions', 'edition'],
    start: async () => {
      const { server } = used;
      await server.open();
      const empty = `
        DROP SCHEMA public CASCADE; CREATE SCHEMA public;
        CREATE TABLE stored (id text, value text, version text); CREATE TABLE editions (edition text);`;
      await server.exec(empty);
      return {
        url: server.url,
        calls: () => server.queries.length,
        has: (items) => server.exec(items.map(inserted).join('')),
        bodyOf: (id) => Buffer.from(`value of ${id}`),
        known: (version) => ({ version }),
        does: async (mishap) => {
          if (mishap === 'hang') server.hold();
          else if (mishap === 'refuse') await server.exec('DROP TABLE stored');
          else await server.exec(`DROP TABLE stored; ${raising(mishap === 'fail' ? '40001' : '53300')}`);
        },
        gives: () => Promise.reject(new Error('a database has columns, not bodies of any bytes')),
        isAt: (edition) => server.exec(`DELETE FROM editions; INSERT INTO editions VALUES ('${edition}')`),
        arrival: () => server.arrival(),
        close: () => server.shut(),
      };
    },
  };
}

function inserted({ id, version }: Item): string {
  const of = version === undefined ? 'NULL' : `'${version}'`;
  return `INSERT INTO stored VALUES ('${id}', 'value of ${id}', ${of});`;
}

export async function setup(
  { server }: { readonly server: Postgres },
  {
    origin = {},
    request = {},
    format = 'json',
  }: {
    readonly origin?: Record<string, unknown>;
    readonly request?: Record<string, unknown>;
    readonly format?: BodyFormat;
  },
) {
  await server.open();
  const options = sqlOriginOptions.parse({ kind: 'sql', url: server.url, concurrency: 1, ...origin });
  const made = new SqlOrigin({ name: 'shop', options, clock: systemClock });
  onTestFinished(() => made.close());
  const { options: parsed, keysPerCall } = sqlRequest.request.parse(request);
  return { origin: made, source: sourceOf(parsed, { format, keysPerCall }) };
}
