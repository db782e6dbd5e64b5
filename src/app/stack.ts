/** The tiers in order, what hides invalidated entries in them, and the bus that tells other processes. */
import { randomBytes } from 'node:crypto';
import { longestLifeOf } from '../core/source.ts';
import { sourceNameOf } from '../core/sources.ts';
import { evictedKeys } from '../redis/info.ts';
import { codecs } from '../tiers/codec/codecs.ts';
import { BusHealth } from '../tiers/invalidation/bus-health.ts';
import { RedisBus } from '../tiers/invalidation/redis-bus.ts';
import { RedisFences } from '../tiers/invalidation/redis-fences.ts';
import { openTiers } from '../tiers/open-tiers.ts';
import { retentionOf } from '../tiers/retention.ts';
import { ReadCounter } from '../tiers/stack/read-counter.ts';
import { RedisRepairs } from '../tiers/stack/redis-repairs.ts';
import { TieredStack } from '../tiers/stack/tiered-stack.ts';
import type { PartsDeps } from './deps.ts';

export function assembleStack(deps: PartsDeps) {
  const { settings, clients, events, clock, reads, id, host } = deps;
  const store = { redis: clients.jobs, prefix: settings.redis.prefix };
  const fences = assembleFences(deps);
  const { tiers, reencryptables, stores } = openTiers({
    ...{ clock, events, answersReads: deps.answersReads, redis: clients.cache, options: settings.tiers },
    secrets: settings.secrets,
    piggybackedKey: fences.piggybackTier === undefined ? undefined : fences.piggybackedKey,
    codecFor: codecs({ codec: settings.codec, random: randomBytes }),
    retentionOf: (name, ttl) => retentionOf(settings, name, ttl),
  });
  const busHealth = new BusHealth({ clock, bound: settings.tiers.memory.maxAgeWithoutBus });
  const repairs = new RedisRepairs({ ...store, host, id, clock, events });
  const counter = new ReadCounter(reads, (key) => sourceNameOf(settings.sources, key));
  const evictions = new Map([['redis', () => evictedKeys(clients.cache)]]);
  const stack = new TieredStack({
    ...{ tiers, clock, events, repairs, fences, busHealth, evictions, reads: counter },
  });
  const bus = new RedisBus({
    ...{ ...store, connect: clients.connect, sender: id, clock, events, fences, busHealth },
    tiers: tiers.filter(({ traits }) => traits.reach !== 'shared'),
  });
  return {
    memory: stores.memory,
    bucket: stores.s3,
    reencryptables,
    stack,
    fences,
    busHealth,
    bus,
  };
}

/** Where values and jobs are on one server, reads of values also say whether there are new fences. */
function assembleFences({ settings, clients, events, clock }: PartsDeps): RedisFences {
  const { failFast, jobs: redis, isOne } = clients;
  const sources = [...settings.sources.values()];
  return new RedisFences({
    ...{ redis, failFast, clock, events, prefix: settings.redis.prefix },
    sources,
    longest: longestLifeOf(sources),
    piggybackTier: isOne && settings.tiers.redis.enabled ? 'redis' : undefined,
  });
}
