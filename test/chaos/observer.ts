/** Looks straight into the lasting tiers, past every link that may be cut, again and again. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { systemClock } from '../../src/core/clock.ts';
import type { Entry } from '../../src/core/entry.ts';
import { Events } from '../../src/core/events.ts';
import { DiskTier } from '../../src/tiers/disk/disk-tier.ts';
import { RedisTier } from '../../src/tiers/redis/redis-tier.ts';
import { s3Options } from '../../src/tiers/s3/s3-options.ts';
import { S3Tier } from '../../src/tiers/s3/s3-tier.ts';
import type { Tier } from '../../src/tiers/tier.ts';
import type { BucketOptions } from './bucket.ts';
import { mono } from './mono.ts';
import { ALL_KEYS } from './plan.ts';
import type { Held, Sight } from './records.ts';

const EVERY_MS = 150;
/** A look into a bucket is a request for each key. */
const EVERY_WITH_BUCKET_MS = 1_000;
const PATIENCE_MS = 1_000;
/** The bucket's server is slow where the machine is busy: a look is as many requests as there are keys. */
const PATIENCE_WITH_BUCKET_MS = 30_000;

export class Observer {
  readonly #tiers: readonly Tier[];
  readonly #every: number;
  readonly #patience: number;
  readonly #redis: Redis;
  readonly #saw: (sight: Sight) => void;
  #ended = false;
  #looking: Promise<void> | undefined;

  constructor(init: {
    readonly redis: Redis;
    readonly disk: string;
    /** Where there is one, it lies below Redis in place of the disk. */
    readonly bucket: BucketOptions | undefined;
    readonly saw: (sight: Sight) => void;
  }) {
    const events = new Events();
    const file = { path: init.disk, maxSize: 1e9, timeout: PATIENCE_MS };
    this.#redis = init.redis;
    this.#saw = init.saw;
    const { bucket } = init;
    this.#every = bucket === undefined ? EVERY_MS : EVERY_WITH_BUCKET_MS;
    this.#patience = bucket === undefined ? PATIENCE_MS : PATIENCE_WITH_BUCKET_MS;
    this.#tiers = [
      new RedisTier({ redis: init.redis, prefix: 'fw:', events }),
      bucket === undefined
        ? new DiskTier({ ...file, clock: systemClock, events })
        : new S3Tier({ ...s3Options.parse(bucket), clock: systemClock, events }),
    ];
  }

  start(): void {
    this.#looking = this.#look();
  }

  /** One look at every tier that answers. Answers what each holds, by key; undefined for a tier that does not. */
  async look(): Promise<(Map<string, Held | undefined> | undefined)[]> {
    const looks: (Map<string, Held | undefined> | undefined)[] = [];
    for (const tier of this.#tiers) looks.push(await this.#lookInto(tier));
    return looks;
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#looking;
    this.#redis.disconnect();
    await Promise.all(this.#tiers.map((tier) => tier.close()));
  }

  async #look(): Promise<void> {
    while (!this.#ended) {
      await this.look();
      await pause(this.#every);
    }
  }

  async #lookInto(tier: Tier): Promise<Map<string, Held | undefined> | undefined> {
    const begin = mono();
    let entries: (Entry | undefined)[];
    try {
      entries = await tier.getMany(ALL_KEYS, 'entry', AbortSignal.timeout(this.#patience));
    } catch {
      return undefined;
    }
    const end = mono();
    const all = new Map(ALL_KEYS.map((key, i) => [key, heldIn(entries[i])]));
    for (const [key, held] of all) this.#saw({ tier: tier.name, key, begin, end, held });
    return all;
  }
}

function heldIn(entry: Entry | undefined): Held | undefined {
  if (entry === undefined) return undefined;
  const { stamp, kind, fetchedAt, checkedAt, dueAt, staleAt, goneAt } = entry.head;
  const times = { fetchedAt, checkedAt, dueAt, staleAt, goneAt };
  if (kind === 'dropped') return { stamp, value: undefined, times };
  // Everything that is stored in these runs looks like this.
  const body = JSON.parse(Buffer.from(entry.body).toString()) as { readonly id: string };
  return { stamp, value: body.id, times };
}
