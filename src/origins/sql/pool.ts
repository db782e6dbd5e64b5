/** Connections to one PostgreSQL server: opened when they are needed, kept, bounded, and given up when a query hangs. */
import { tracingChannel } from 'node:diagnostics_channel';
import type { ClientBase, CustomTypesConfig, Pool, PoolClient, QueryArrayConfig } from 'pg';
import type { Clock } from '../../core/clock.ts';
import { OriginError } from '../../core/errors.ts';
import { formatDuration } from '../../core/units.ts';
import { abortable } from '../../flow/abortable.ts';
import { within } from '../../flow/deadline.ts';
import type { Rows } from './answer.ts';
import { sqlFailure } from './failure.ts';
import type { RunStatement } from './list.ts';
import { Operations, type SqlListener } from './operations.ts';
import type { SqlOriginOptions } from './options.ts';

export interface SqlPoolDeps extends SqlListener {
  /** Of the origin. */
  readonly name: string;
  readonly options: SqlOriginOptions;
  readonly clock: Clock;
}

export interface SqlQuery {
  /** Under which it is prepared; absent: it is not. */
  readonly name?: string;
  readonly text: string;
  /** What stands for the placeholders. */
  readonly values: readonly (string | readonly string[])[];
}

/** What tracing learns of queries by, as from clients that publish what they do; `pg` does not. */
const QUERIES = tracingChannel('forewarm:sql');

/** A connection that was idle for this long is closed. */
const IDLE_MS = 30_000;
/** How long cancelling a query at the server may take. */
const CANCEL_MS = 1_000;

/** Columns come as the server writes them: `text.ts` alone decides what they stand for, without loss. */
const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as CustomTypesConfig;

/** The server takes one statement at a time by the extended protocol, whatever the text. The types of `pg` do not know the mode. */
function oneStatement(text: string): QueryArrayConfig & { readonly queryMode: 'extended' } {
  return { text, rowMode: 'array', types: AS_TEXT, queryMode: 'extended' };
}

async function settled(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

/** A query that an abort ends is cancelled at the server, too: what counts against the budget has ended there as well. */
export class SqlPool {
  readonly #deps: SqlPoolDeps;
  readonly #closing = new AbortController();
  /** The server's process behind each connection. */
  readonly #processes = new WeakMap<ClientBase, number>();
  readonly #cancels = new Set<Promise<void>>();
  readonly #operations: Operations;
  readonly #place: Place;
  #pool: Promise<Pool> | undefined;

  constructor(deps: SqlPoolDeps) {
    this.#deps = deps;
    this.#place = placeOf(deps.options.url);
    const { database = '', address = '', port = '' } = this.#place;
    const place = { db_namespace: database, server_address: address, server_port: String(port) };
    this.#operations = new Operations({ ...deps, place });
  }

  /** Rejects with an `OriginError`, or with the signal's reason. */
  query(query: SqlQuery, signal: AbortSignal): Promise<Rows> {
    const message = { text: query.text, ...this.#place };
    return this.#bounded((over) => QUERIES.tracePromise(() => this.#query(query, over), message), signal);
  }

  /** The same for several statements on one connection, which take no longer together. The connection is used for nothing else. */
  onConnection<T>(work: (run: RunStatement) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#bounded((over) => this.#onConnection(work, over), signal);
  }

  async #bounded<T>(work: (over: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    const { name, clock, options } = this.#deps;
    const message = `a query of sql origin "${name}" did not end within ${formatDuration(options.timeout)}`;
    const late = () => this.#operations.late(new OriginError('retryable', message));
    const either = AbortSignal.any([signal, this.#closing.signal]);
    return within(clock, options.timeout, work, late, either);
  }

  async #query(query: SqlQuery, over: AbortSignal): Promise<Rows> {
    try {
      const client = await this.#client(over);
      return await this.#run(client, query, over);
    } catch (thrown) {
      throw over.aborted ? over.reason : sqlFailure(this.#deps.name, thrown);
    }
  }

  async #onConnection<T>(work: (run: RunStatement) => Promise<T>, over: AbortSignal): Promise<T> {
    try {
      const client = await this.#client(over);
      const run = (text: string) =>
        this.#operations.statement(verbOf(text), over, () =>
          abortable(over, client.query<(string | null)[]>(oneStatement(text))),
        );
      try {
        const done = await work(run);
        client.release();
        return done;
      } catch (thrown) {
        if (over.aborted) this.#cancel(client);
        const isUsable = !over.aborted && (await settled(run('ROLLBACK')));
        client.release(!isUsable);
        throw thrown;
      }
    } catch (thrown) {
      throw over.aborted ? over.reason : sqlFailure(this.#deps.name, thrown);
    }
  }

  #client(over: AbortSignal): Promise<PoolClient> {
    return this.#operations.connecting(over, async () => {
      this.#pool ??= this.#open();
      return this.#connect(await this.#pool, over);
    });
  }

  /** Queries in flight reject as retryable. Idempotent. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new OriginError('retryable', `origin "${this.#deps.name}" is closed`));
    const pool = await this.#pool?.catch(() => undefined);
    await Promise.all([pool?.end(), ...this.#cancels]);
  }

  async #open(): Promise<Pool> {
    const { options } = this.#deps;
    const { Pool } = await import('pg');
    const pool = new Pool({
      connectionString: options.url,
      application_name: 'forewarm',
      max: options.connections ?? options.concurrency,
      connectionTimeoutMillis: options.timeout,
      idleTimeoutMillis: IDLE_MS,
      onConnect: (client) => this.#greet(client),
    });
    // A connection that breaks while idle is replaced by the next query.
    pool.on('error', () => undefined);
    return pool;
  }

  /** Bounds every statement, forbids writes, and fixes the formats that `text.ts` reads. */
  async #greet(client: ClientBase): Promise<void> {
    // A connection that breaks while it is in use fails its query, and says so once more, to nobody: that would end the process.
    client.on('error', () => undefined);
    const bound = Math.ceil(this.#deps.options.timeout);
    await client.query(
      `SET statement_timeout TO ${bound}; SET default_transaction_read_only TO on; SET TimeZone TO 'UTC'; SET DateStyle TO 'ISO'; SET bytea_output TO 'hex'; SET extra_float_digits TO 1`,
    );
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    this.#processes.set(client, rows[0]?.pid ?? 0);
  }

  async #connect(pool: Pool, over: AbortSignal): Promise<PoolClient> {
    const connecting = pool.connect();
    try {
      return await abortable(over, connecting);
    } catch (error) {
      if (over.aborted) {
        connecting.then(
          (client) => client.release(),
          () => undefined,
        );
      }
      throw error;
    }
  }

  async #run(client: PoolClient, { name, text, values }: SqlQuery, over: AbortSignal): Promise<Rows> {
    const named = name === undefined ? { text } : { name, text };
    const running = () =>
      client.query<(string | null)[]>({ ...named, values: [...values], rowMode: 'array', types: AS_TEXT });
    try {
      const rows = await this.#operations.statement('', over, () => abortable(over, running()));
      client.release();
      return rows;
    } catch (thrown) {
      if (over.aborted) this.#cancel(client);
      // After a query that the server refused, the connection is usable; after anything else it may not be.
      client.release(over.aborted || sqlFailure(this.#deps.name, thrown).class !== 'permanent');
      throw thrown;
    }
  }

  /** Best effort: a server that cannot be reached ends the statement by its timeout. */
  #cancel(client: PoolClient): void {
    const cancel = this.#tell(this.#processes.get(client) ?? 0)
      .catch(() => undefined)
      .finally(() => this.#cancels.delete(cancel));
    this.#cancels.add(cancel);
  }

  async #tell(process: number): Promise<void> {
    const { Client } = await import('pg');
    const client = new Client({
      connectionString: this.#deps.options.url,
      application_name: 'forewarm',
      connectionTimeoutMillis: CANCEL_MS,
      query_timeout: CANCEL_MS,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT pg_cancel_backend($1)', [process]);
    } finally {
      await client.end();
    }
  }
}

/** The first word of a statement around a list's query. */
function verbOf(text: string): string {
  return text.split(' ', 1)[0] ?? '';
}

interface Place {
  readonly address?: string;
  readonly port?: number;
  readonly database?: string;
}

/** The server and the database, as far as they can be read from a connection string. */
function placeOf(url: string): Place {
  if (!URL.canParse(url)) return {};
  const { hostname: address, port, pathname } = new URL(url);
  return { address, port: Number(port || 5_432), database: pathname.slice(1) };
}
