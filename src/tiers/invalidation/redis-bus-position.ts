import type { Redis } from 'ioredis';
import type { Clock } from '../../core/clock.ts';
import { orAfter } from '../../flow/deadline.ts';
import { PATIENCE } from '../../flow/patience.ts';
import { redisKeys } from '../../redis/keys.ts';
import { runScript } from '../../redis/script.ts';
import { WHERE } from './redis-bus-scripts.ts';

export interface BusPositionDeps {
  /** The jobs Redis, failing at once while it is away. */
  readonly failFast: Redis;
  readonly prefix: string;
  readonly clock: Clock;
}

/**
 * Asks where the bus stands: an answer that is the same as an earlier one says that nothing was announced in between. Undefined
 * when the jobs Redis does not answer in time.
 */
export function busPosition({ failFast, prefix, clock }: BusPositionDeps): () => Promise<string | undefined> {
  const keys = redisKeys(prefix);
  const streams = [keys.invalidations(), keys.invalidationCount()];
  return () => {
    const asked = runScript(failFast, WHERE, streams, ['0-0']).then(
      // The script's last line. A Redis that lost its data counts anew, but never names a message twice.
      (answer) => (answer as unknown[]).slice(0, 2).join(' '),
      () => undefined,
    );
    return orAfter(clock, PATIENCE.reader, asked, () => undefined);
  };
}
