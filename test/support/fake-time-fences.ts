import type { Stamp } from '../../src/core/entry.ts';
import type { InvalidationMode } from '../../src/core/invalidation-mode.ts';
import { redisKeys } from '../../src/redis/keys.ts';
import type { Fence, FenceTarget } from '../../src/tiers/invalidation/fences.ts';
import { RedisFences, type RedisFencesDeps } from '../../src/tiers/invalidation/redis-fences.ts';

export interface FakeTimeFencesDeps extends RedisFencesDeps {
  /** The next stamp of an origin, on the test's clock. */
  readonly stamp: (origin: string) => Promise<Stamp>;
}

/** Real fences, but for their stamps: they come from where a test's fetches have theirs. */
export class FakeTimeFences extends RedisFences {
  readonly #deps: FakeTimeFencesDeps;

  constructor(deps: FakeTimeFencesDeps) {
    super(deps);
    this.#deps = deps;
  }

  override async raise(targets: readonly FenceTarget[], mode: InvalidationMode): Promise<readonly Fence[]> {
    const { redis, prefix, stamp, sources } = this.#deps;
    for (const origin of new Set(sources.map(({ origin }) => origin))) {
      const first = await stamp(origin);
      for (let n = 1; n < targets.length; n += 1) await stamp(origin);
      await redis.hset(redisKeys(prefix).ledger(origin), 'stamp', String(first - 1));
    }
    return super.raise(targets, mode);
  }
}
