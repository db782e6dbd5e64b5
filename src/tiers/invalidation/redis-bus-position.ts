import type { Redis } from 'ioredis';
import type { Clock } from '../../core/clock.ts';
import { orAfter } from '../../flow/deadline.ts';
import { PATIENCE } from '../../flow/patience.ts';
import { runScript } from '../redis/redis-scripts.ts';
import { busCounter, busStream, WHERE } from './redis-bus-scripts.ts';

export interface BusPositionDeps {
  /** The jobs Redis, failing at once while it is away. */
  readonly brisk: Redis;
  readonly prefix: string;
  readonly clock: Clock;
}

/**
 * Asks where the bus stands: an answer that is the same as an earlier one says that nothing was announced in between. Undefined
 * when the jobs Redis does not tell in time.
 */
export function busPosition({ brisk, prefix, clock }: BusPositionDeps): () => Promise<string | undefined> {
  return () => {
    const asked = runScript(brisk, WHERE, [busStream(prefix), busCounter(prefix)], ['0-0']).then(
      // The script's last line. A Redis that lost its data counts anew, but never names a message twice.
      (answer) => (answer as unknown[]).slice(0, 2).join(' '),
      () => undefined,
    );
    return orAfter(clock, PATIENCE.reader, asked, () => undefined);
  };
}
