import type { Redis } from 'ioredis';
import type { Clock } from '../../core/clock.ts';
import { settleBy } from '../../flow/deadline.ts';
import { redisKeys } from '../../redis/keys.ts';
import { runScript } from '../../redis/script.ts';
import { WHERE } from './redis-bus-scripts.ts';

export interface BusPositionDeps {
  /** The jobs Redis, failing at once while it is away. */
  readonly failFast: Redis;
  readonly prefix: string;
  readonly clock: Clock;
}

/** Whoever asks is a reader, who waits no longer than this for the jobs Redis, in ms. */
const PATIENCE_MS = 250;

/**
 * Asks where the bus stands: an answer that is the same as an earlier one says that nothing was announced in between. Undefined
 * when the jobs Redis does not tell in time.
 */
export function busPosition({ failFast, prefix, clock }: BusPositionDeps): () => Promise<string | undefined> {
  const keys = redisKeys(prefix);
  const asked = [keys.invalidations(), keys.invalidationCount()];
  return async () => {
    let position: string | undefined;
    const told = runScript(failFast, WHERE, asked, ['0-0']).then((answer) => {
      // The script's last line. A Redis that lost its data counts anew, but never names a message twice.
      position = (answer as unknown[]).slice(0, 2).join(' ');
    });
    await settleBy(clock, clock.now() + PATIENCE_MS, told);
    return position;
  };
}
