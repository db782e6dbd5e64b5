/** Everything that a chaos run consists of: two servers of Redis, a SQLite file or a bucket, an origin, processes, and the checker. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { connect } from 'forewarm';
import { Redis } from 'ioredis';
import { seeded } from '../support/chaos-tier.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/waiting.ts';
import { Bucket } from './bucket.ts';
import { Checker } from './checker.ts';
import { watchStalls } from './child.ts';
import { Observer } from './observer.ts';
import { Party } from './party.ts';
import { type Below, configOf, KEYS } from './plan.ts';
import type { Bug } from './planted.ts';
import { startTruth, type Truth } from './truth.ts';

/** What was answered is in the file's cache, so it survives SIGKILL at any instant, and no write ever waits for the disk. */
const NO_FSYNC = ['--appendfsync', 'no'];

/** What a log that is lost still has. */
export const LOG_KEEPS_MS = 1_000;

export interface WorldDeps {
  readonly seed: number;
  /** Processes that read; every third one has no memory. */
  readonly readers: number;
  readonly workers: number;
  readonly below: Below;
  readonly bug: Bug | undefined;
}

export class World {
  readonly checker: Checker;
  readonly servers: Readonly<Record<'jobs' | 'cache', RedisServer>>;
  readonly truth: Truth;
  /** Undefined where the disk lies below Redis. */
  readonly bucket: Bucket | undefined;
  readonly parties: Party[] = [];
  readonly observer: Observer;
  /** What something is happening to. */
  readonly befallen = new Set<string>();
  readonly folder: string;
  readonly #jobs: Redis;
  #lock: DatabaseSync | undefined;

  private constructor(init: {
    readonly folder: string;
    readonly servers: World['servers'];
    readonly truth: Truth;
    readonly bucket: Bucket | undefined;
    readonly checker: Checker;
  }) {
    this.folder = init.folder;
    this.servers = init.servers;
    this.truth = init.truth;
    this.bucket = init.bucket;
    this.checker = init.checker;
    this.#jobs = failFast(init.servers.jobs);
    const saw = (sight: Parameters<Checker['saw']>[0]) => this.checker.saw(sight);
    const below = { disk: this.#disk, bucket: init.bucket?.options };
    this.observer = new Observer({ redis: failFast(init.servers.cache), ...below, saw });
    watchStalls((from, to) => this.checker.disturbances.stoodStill(undefined, from, to));
  }

  static async create(init: WorldDeps): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'forewarm-chaos-'));
    const checker = new Checker(init.below);
    const durable = { aof: true, more: NO_FSYNC };
    // One after the other: a free port is found first and taken later.
    const jobs = await startRedisServer(durable);
    const cache = await startRedisServer(durable);
    const truth = await startTruth(checker, seeded(init.seed));
    const bucket = init.below === 's3' ? await Bucket.start() : undefined;
    const world = new World({ folder, servers: { jobs, cache }, truth, bucket, checker });
    await world.#populate(init, 'worker', init.workers);
    await world.#warm();
    await world.#populate(init, 'reader', init.readers);
    return world;
  }

  /** Messages of the bus are gone but for those of the last second, as when there were more of them than its log holds. */
  async loseLog(): Promise<void> {
    const from = Date.now() - LOG_KEEPS_MS;
    await this.#jobs.xtrim('forewarm:{bus}:invalidations', 'MINID', from).catch(() => undefined);
  }

  lockDisk(): void {
    this.#lock = new DatabaseSync(this.#disk, { timeout: 1_000 });
    try {
      this.#lock.exec('BEGIN IMMEDIATE');
    } catch {
      this.unlockDisk();
    }
  }

  unlockDisk(): void {
    this.#lock?.close();
    this.#lock = undefined;
  }

  async close(): Promise<void> {
    await Promise.all(this.parties.map((party) => party.close()));
    await this.observer.close();
    this.unlockDisk();
    this.#jobs.disconnect();
    await Promise.all([this.servers.jobs.remove(), this.servers.cache.remove(), this.truth.close()]);
    await this.bucket?.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  get #disk(): string {
    return join(this.folder, 'cache.db');
  }

  /** So that the catalog knows every key that only workers fetch: an invalidation that walks finds its keys there. */
  async #warm(): Promise<void> {
    const { folder, truth, servers } = this;
    const config = configOf({
      ...{ folder, origin: truth.url, hasMemory: false },
      ...{ jobs: servers.jobs.url, cache: servers.cache.url, bucket: this.bucket?.options },
    });
    await using reader = await connect({ config, env: {} });
    const { verbs } = reader;
    const selector = `key=${KEYS.page.join(',')}`;
    const wish = { force: true, missing: false };
    const { run } = await verbs.warm({ selector, ...wish }, 'api');
    await until(
      'the first run',
      () => verbs.run(run.id),
      ({ state }) => state === 'ended',
    );
  }

  async #populate({ seed, bug }: WorldDeps, role: 'worker' | 'reader', count: number): Promise<void> {
    const { checker, folder, truth, servers, bucket } = this;
    const ports = { jobs: servers.jobs.port, cache: servers.cache.port };
    const parties: Party[] = [];
    for (let i = 0; i < count; i += 1) {
      const name = `${role}-${i}`;
      const hasMemory = role === 'reader' && i % 3 !== 2;
      const party = await Party.create(
        {
          ...{ name, role, hasMemory, folder, bug, origin: truth.url, seed: seed * 1_000 + i * 100, bucket },
          told: (message) => {
            if (message.kind === 'ready') checker.lives(name, hasMemory);
            checker.told(name, message);
          },
          died: () => checker.died(name),
        },
        ports,
      );
      parties.push(party);
    }
    this.parties.push(...parties);
    await Promise.all(parties.map((party) => party.start()));
  }
}

function failFast({ url }: RedisServer): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => 100 });
  client.on('error', () => {});
  return client;
}
