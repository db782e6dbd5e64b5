import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { ForewarmError } from '../../core/errors.ts';
import { type RedisKeys, redisKeys } from '../../redis/keys.ts';
import { reply } from '../../redis/reply.ts';
import { runScript, type Script } from '../../redis/script.ts';
import { slices } from '../../redis/slices.ts';
import { ADD_CHUNK, BEGIN, CREATE, END, PAGE, RECORD, REVOKE } from './redis-runs-scripts.ts';
import {
  readChunk,
  readRun,
  readRunList,
  readSpec,
  stretchesOf,
  writeChunk,
  writeSpec,
} from './run-record.ts';
import {
  type EndedReason,
  type KeyOutcome,
  type PlanNotes,
  type Recorded,
  type Run,
  type RunChunk,
  type RunPage,
  type RunSpec,
  type RunState,
  type Runs,
  readRunCursor,
  runCursor,
  type TierCoverage,
} from './runs.ts';

/** A run's id names Redis keys and jobs: it must hold nothing that has a meaning there. */
const RUN_ID = /^[A-Za-z0-9_.-]+$/;

/** How many runs `trim` looks at in one go. */
const TRIM_SLICE = 100;

export interface RedisRunsDeps {
  /** The jobs Redis: it must neither evict nor forget. */
  readonly redis: Redis;
  readonly prefix: string;
}

/**
 * Runs on the jobs Redis. A run's own keys share a hash tag; the index of all runs and the set of active ones share
 * another. The index is written first and cleaned last, so that a crash in between can leave a name without a run,
 * which is never shown and which `trim` removes, but never a run without a name.
 */
export class RedisRuns implements Runs {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor({ redis, prefix }: RedisRunsDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
  }

  async create(spec: RunSpec): Promise<{ run: Run; created: boolean }> {
    const { id, createdAt } = spec;
    if (!RUN_ID.test(id)) {
      throw new ForewarmError(
        'E_REQUEST_INVALID',
        `"${id}" cannot name a run; use letters, digits, _ . and -`,
      );
    }
    const [indexed] = await reply(
      Promise.all([
        this.#redis.zadd(this.#keys.runIndex(), 'NX', createdAt, id),
        this.#redis.sadd(this.#keys.activeRuns(), id),
      ]),
    );
    // The script's last line.
    const [created, fields] = (await this.#run(
      CREATE,
      [this.#keys.run(id, 'run')],
      [writeSpec(spec), randomUUID()],
    )) as [number, string[]];
    const run = this.#known(id, readRunList(fields));
    if (created === 0 && run.state === 'ended') await this.#retire(id);
    // The name was there before the run: `trim` may have been removing it.
    if (created === 1 && Number(indexed) === 0) {
      await reply(
        Promise.all([
          this.#redis.zadd(this.#keys.runIndex(), createdAt, id),
          this.#redis.sadd(this.#keys.activeRuns(), id),
        ]),
      );
    }
    return { run, created: created === 1 };
  }

  async addChunk(id: string, chunk: number, source: string, keys: readonly string[]): Promise<void> {
    const state = await this.#run(ADD_CHUNK, this.#allOf(id), [chunk, writeChunk(source, keys), keys.length]);
    if (state === null) throw noRun(id);
  }

  async begin(
    id: string,
    chunks: number,
    total: number,
    at: number,
    { unread, shrunk, planned = {} }: PlanNotes = { unread: [], shrunk: [] },
  ): Promise<Run> {
    const args = [chunks, total, at, ...[unread, shrunk, planned].map((notes) => JSON.stringify(notes))];
    const run = this.#runOf(id, await this.#run(BEGIN, this.#allOf(id), args));
    if (run.state !== 'planning') return run;
    throw new ForewarmError(
      'E_CONFLICT',
      `run "${id}" has ${run.total} keys in ${run.chunks} chunks, not ${total} in ${chunks}: plan it again`,
    );
  }

  async chunk(id: string, chunk: number): Promise<RunChunk | undefined> {
    const [keys, codes, [state, spec]] = await reply(
      Promise.all([
        this.#redis.hget(this.#keys.run(id, 'keys'), String(chunk)),
        this.#redis.hget(this.#keys.run(id, 'outcomes'), String(chunk)),
        this.#redis.hmget(this.#keys.run(id, 'run'), 'state', 'spec'),
      ]),
    );
    if (keys === null || codes === null || !state || !spec) return undefined;
    const known = readSpec(spec);
    return known === undefined ? undefined : readChunk(keys, codes, state, known);
  }

  async record(id: string, chunk: number, marks: readonly KeyOutcome[]): Promise<Recorded> {
    const keys = [this.#keys.run(id, 'run'), this.#keys.run(id, 'outcomes')];
    const state = await this.#run(RECORD, keys, [chunk, ...stretchesOf(marks)]);
    if (state === null) throw noRun(id);
    if (state === '') {
      throw new ForewarmError('E_NOT_FOUND', `run "${id}" has no chunk ${chunk}: nothing to record`);
    }
    // The scripts write only these.
    return { state: state as RunState, last: state === 'verifying' };
  }

  async revoke(id: string, chunk: number, indexes: readonly number[]): Promise<number> {
    const keys = [this.#keys.run(id, 'run'), this.#keys.run(id, 'outcomes')];
    const ordered = [...new Set(indexes)].sort((a, b) => a - b);
    const revoked = await this.#run(REVOKE, keys, [chunk, ...ordered]);
    if (revoked === null) throw noRun(id);
    return Number(revoked);
  }

  stop(id: string, reason: EndedReason, note: string, at: number): Promise<Run> {
    return this.#end(id, [reason, note, '{}', at, '']);
  }

  async end(
    id: string,
    reason: EndedReason,
    note: string,
    coverage: Readonly<Record<string, TierCoverage>>,
    at: number,
  ): Promise<Run> {
    const run = await this.#end(id, [reason, note, JSON.stringify(coverage), at, 'verifying']);
    if (run.state === 'ended') return run;
    throw new ForewarmError(
      'E_CONFLICT',
      `run "${id}" is ${run.state}, not verifying: stop it, or let it finish`,
    );
  }

  async get(id: string): Promise<Run | undefined> {
    return readRun(await reply(this.#redis.hgetall(this.#keys.run(id, 'run'))));
  }

  async list(limit: number, cursor: string | undefined): Promise<RunPage> {
    if (limit < 1) return { runs: [], cursor };
    const after = cursor === undefined ? [] : readRunCursor(cursor);
    // Ids and scores by turns.
    const page = (await this.#run(PAGE, [this.#keys.runIndex()], [limit, ...after])) as string[];
    const ids = page.filter((_, i) => i % 2 === 0);
    const runs = await this.#all(ids);
    const [lastId = '', lastAt = ''] = page.slice(-2);
    return { runs, cursor: ids.length < limit ? undefined : runCursor(lastAt, lastId) };
  }

  /** Also retires runs that have ended: a crash after the end of one may have left it here. */
  async active(): Promise<Run[]> {
    const runs = await this.#all(await reply(this.#redis.smembers(this.#keys.activeRuns())));
    const ended = runs.filter(({ state }) => state === 'ended').map(({ id }) => id);
    if (ended.length > 0) await this.#retire(...ended);
    return runs
      .filter(({ state }) => state !== 'ended')
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }

  async trim(keep: number, before: number): Promise<number> {
    const [beyond, old] = await reply(
      Promise.all([
        this.#redis.zrevrange(this.#keys.runIndex(), keep, -1),
        this.#redis.zrange(this.#keys.runIndex(), '-inf', `(${before}`, 'BYSCORE'),
      ]),
    );
    const [isBeyond, isOld] = [new Set(beyond), new Set(old)];
    let removed = 0;
    for (const ids of slices([...new Set([...beyond, ...old])], TRIM_SLICE)) {
      const ends = await reply(
        Promise.all(ids.map((id) => this.#redis.hmget(this.#keys.run(id, 'run'), 'state', 'endedAt'))),
      );
      const past = ids.filter((id, i) => {
        const [state, endedAt] = ends[i] ?? [];
        // A name without a run; one that is not old may be a run about to be created.
        if (!state) return isOld.has(id);
        return state === 'ended' && (isBeyond.has(id) || Number(endedAt) < before);
      });
      removed += await this.#remove(past);
    }
    return removed;
  }

  /** Returns how many of them were runs. */
  async #remove(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    const unlinked = await reply(Promise.all(ids.map((id) => this.#redis.unlink(...this.#allOf(id)))));
    await reply(
      Promise.all([
        // Whoever is late to tell of a run's calls leaves them behind: they are no run.
        ...ids.map((id) => this.#redis.unlink(this.#keys.run(id, 'calls'))),
        this.#redis.zrem(this.#keys.runIndex(), ...ids),
        this.#redis.srem(this.#keys.activeRuns(), ...ids),
      ]),
    );
    return unlinked.filter((keys) => keys > 0).length;
  }

  async #end(id: string, args: readonly (string | number)[]): Promise<Run> {
    const run = this.#runOf(id, await this.#run(END, [this.#keys.run(id, 'run')], args));
    if (run.state === 'ended') await this.#retire(id);
    return run;
  }

  async #retire(...ids: string[]): Promise<void> {
    await reply(this.#redis.srem(this.#keys.activeRuns(), ...ids));
  }

  async #all(ids: readonly string[]): Promise<Run[]> {
    const runs = await Promise.all(ids.map((id) => this.get(id)));
    return runs.filter((run) => run !== undefined);
  }

  #runOf(id: string, reply: unknown): Run {
    // The last line of the scripts that return a run.
    return this.#known(id, readRunList(reply as string[]));
  }

  #known(id: string, run: Run | undefined): Run {
    if (run === undefined) throw noRun(id);
    return run;
  }

  #run(what: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return reply(runScript(this.#redis, what, keys, args));
  }

  #allOf(id: string): string[] {
    return [this.#keys.run(id, 'run'), this.#keys.run(id, 'keys'), this.#keys.run(id, 'outcomes')];
  }
}

function noRun(id: string): ForewarmError {
  return new ForewarmError('E_NOT_FOUND', `there is no run "${id}"; \`forewarm runs\` lists them`, {
    details: { run: id },
  });
}
