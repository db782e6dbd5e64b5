/**
 * The tiers that a configuration can turn on, from the nearest to the farthest, each as one record: its options, whether it is a
 * backing tier, and how its store is opened. The schema, the checks, the generated pages and the stack are all made from this
 * list; its order is the order in which reads ask.
 *
 * A backing tier outlives the process: a key counts as warm only where every backing tier has it, so a source must use at least
 * one. Bodies in it are compressed and encrypted, and its calls are guarded, so its options say `codec` and `timeout`. An
 * in-process tier holds plain bodies, can neither hang nor go away, and exists only in processes that answer reads.
 */
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { CodecOverride } from './codec/options.ts';
import { DiskTier, diskOptions } from './disk/disk-tier.ts';
import { MemoryTier, memoryOptions } from './memory/memory-tier.ts';
import { RedisTier, type RedisTierDeps, redisTierOptions } from './redis/redis-tier.ts';
import { s3Options, s3Problems } from './s3/s3-options.ts';
import { S3Tier } from './s3/s3-tier.ts';
import type { Tier } from './tier.ts';

/** What a tier's store may need besides its options. */
export interface StoreDeps {
  readonly clock: Clock;
  readonly events: Events;
  /** What is not to be shown, though a server may repeat it. */
  readonly secrets: readonly string[];
  /** The server of `redis.cache`. */
  readonly redis: RedisTierDeps['redis'];
  /** Read along with every batch of the Redis tier; undefined where values and jobs are on two servers. */
  readonly piggybackedKey: RedisTierDeps['piggybackedKey'];
}

interface InProcessOptions {
  readonly enabled: boolean;
  /** In ms; see `Retention`. */
  readonly ttl?: number | undefined;
}

interface BackingOptions extends InProcessOptions {
  readonly codec: CodecOverride;
  /** Of one call, in ms. */
  readonly timeout: number;
}

interface TierKind<S extends z.ZodType, T extends Tier> {
  readonly options: S;
  open(options: z.output<S>, deps: StoreDeps): T;
  /** What is wrong between options that are good by themselves, by the option to change. None unless the kind says so. */
  problems?(options: z.output<S>): readonly (readonly [string, string])[];
}

function inProcess<S extends z.ZodType<InProcessOptions>, T extends Tier>(kind: TierKind<S, T>) {
  return { problems: () => [], ...kind, backing: false as const };
}

function backing<S extends z.ZodType<BackingOptions>, T extends Tier>(kind: TierKind<S, T>) {
  return { problems: () => [], ...kind, backing: true as const };
}

const TIERS = {
  memory: inProcess({
    options: memoryOptions.prefault({}).describe('The fastest tier, one per process.'),
    open: (options, { clock, events }) => new MemoryTier({ ...options, clock, events }),
  }),
  redis: backing({
    options: redisTierOptions.prefault({}).describe('The tier that every process shares.'),
    open: (options, { redis, events, piggybackedKey }) =>
      new RedisTier({ ...options, redis, events, ...(piggybackedKey && { piggybackedKey }) }),
  }),
  disk: backing({
    options: diskOptions.prefault({}).describe('The tier that outlives everything, one per host.'),
    open: (options, { clock, events }) => new DiskTier({ ...options, clock, events }),
  }),
  s3: backing({
    options: s3Options.prefault({}).describe('The tier that every host shares and no disk bounds.'),
    open: (options, { clock, events, secrets }) => new S3Tier({ ...options, clock, events, secrets }),
    problems: s3Problems,
  }),
};

export type TierName = keyof typeof TIERS;
type BackingName = {
  [K in TierName]: (typeof TIERS)[K]['backing'] extends true ? K : never;
}[TierName];
export type StoreOf = { readonly [K in TierName]: ReturnType<(typeof TIERS)[K]['open']> };

/** From the nearest to the farthest. The keys of `TIERS` are its names, and there is at least one. */
export const TIER_NAMES = Object.keys(TIERS) as [TierName, ...TierName[]];
export const BACKING_NAMES: readonly BackingName[] = TIER_NAMES.filter(isBacking);

export function isBacking(name: TierName): name is BackingName {
  return TIERS[name].backing;
}

type Sections = { readonly [K in TierName]: (typeof TIERS)[K]['options'] };

/** The part `tiers` of a configuration. */
export const tiersOptions = z.strictObject(
  // A member for each tier, by its name.
  Object.fromEntries(TIER_NAMES.map((name) => [name, TIERS[name].options])) as Sections,
);
export type TiersOptions = z.output<typeof tiersOptions>;

/** `TIERS`, so that a name stands for its own options and its own store. */
const KINDS: {
  readonly [K in TierName]: {
    open(options: TiersOptions[K], deps: StoreDeps): StoreOf[K];
    problems(options: TiersOptions[K]): readonly (readonly [string, string])[];
  };
} = TIERS;

/** The store of a tier, without what wraps it. */
export function openStore<K extends TierName>(name: K, options: TiersOptions, deps: StoreDeps): StoreOf[K] {
  return KINDS[name].open(options[name], deps);
}

/** What is wrong between the options of a tier, by the option to change. */
export function problemsOf<K extends TierName>(name: K, options: TiersOptions) {
  return KINDS[name].problems(options[name]);
}
