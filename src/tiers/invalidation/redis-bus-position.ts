import type { Redis } from 'ioredis';
import type { Clock } from '../../core/clock.ts';
import { settleBy } from '../../flow/deadline.ts';
import { runScript } from '../redis/redis-scripts.ts';
import { busCounter, busStream, WHERE } from './redis-bus-scripts.ts';

export interface BusPositionDeps {
  /** The jobs Redis, failing at once while it is away. */
  readonly failFast: Redis;
  readonly prefix: string;
  readonly clock: Clock;
}

/** The caller is a reader, which waits no longer than this for the jobs Redis, in ms. */
const PATIENCE_MS = 250;

/**
 * Asks where the bus stands: an answer that is the same as an earlier one says that nothing was announced in between. Undefined
 * when the jobs Redis does not answer in time.
 */
export function busPosition({ failFast, prefix, clock }: BusPositionDeps): () => Promise<string | undefined> {
  return async () => {
    let position: string | undefined;
    const asked = runScript(failFast, WHERE, [busStream(prefix), busCounter(prefix)], ['0-0']).then(
      (answer) => {
        // The script's last line. A Redis that lost its data counts from one, but never names a message twice.
        position = (answer as unknown[]).slice(0, 2).join(' ');
      },
    );
    await settleBy(clock, clock.now() + PATIENCE_MS, asked);
    return position;
  };
}
