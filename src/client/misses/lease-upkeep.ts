/** What goes on beside a fetch under leases: prolonging them, and watching whether Redis is still there. */
import { type Clock, sleep } from '../../core/clock.ts';
import { ForewarmError } from '../../core/errors.ts';
import { whileTrue } from '../../flow/deadline.ts';
import type { Leases } from './leases.ts';

export interface LeaseUpkeepDeps {
  readonly leases: Leases;
  readonly clock: Clock;
}

/** The lease of a process that died is free after this, in ms. */
export const LEASE_MS = 5_000;
/** How often leases are prolonged: a reply may be lost, or late, twice. In ms. */
const PROLONG_EVERY_MS = 1_500;
/** How often it is checked whether Redis is still there, in ms. */
const CHECK_EVERY_MS = 100;

/** Prolongs the leases of the keys that are open at the time, until `over` aborts. Never rejects. */
export async function prolongLeases(
  { leases, clock }: LeaseUpkeepDeps,
  source: string,
  open: ReadonlyMap<string, unknown>,
  over: AbortSignal,
): Promise<void> {
  for (;;) {
    const isOver = await sleep(clock, PROLONG_EVERY_MS, over).then(
      () => false,
      () => true,
    );
    if (isOver) return;
    await leases.keep(source, [...open.keys()], LEASE_MS).catch(() => undefined);
  }
}

/**
 * Settles as `fetching` does, or rejects with `E_REDIS_UNAVAILABLE` when Redis goes away first: the fetch waits for Redis, and
 * readers must not.
 */
export async function whileReachable<T>(
  { leases, clock }: LeaseUpkeepDeps,
  fetching: Promise<T>,
): Promise<T> {
  const gone = () =>
    new ForewarmError('E_REDIS_UNAVAILABLE', 'the Redis for jobs went away while a reader fetched');
  return whileTrue(clock, CHECK_EVERY_MS, () => leases.reachable(), fetching, gone);
}
