/** What the parts of a process are made from. */
import { hostname } from 'node:os';
import { type Clock, type Random, systemClock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { ReadCounts } from '../core/metrics/read-counts.ts';
import type { Origin } from '../origins/origin.ts';
import type { RedisClients } from '../redis/clients.ts';
import type { Settings } from '../settings/settings.ts';

/** What the house gets from the machine. It is passed in everywhere else; a test or the benchmark replaces some of it. */
export interface Edges {
  readonly clock: Clock;
  readonly random: Random;
  readonly host: string;
  readonly pid: number;
}

export function machine(): Edges {
  return { clock: systemClock, random: Math.random, host: hostname(), pid: process.pid };
}

export interface PartsDeps extends Edges {
  /** Of this host, for what goes by it; all else goes by `clock`, which is the jobs Redis's. */
  readonly hostClock: Clock;
  readonly settings: Settings;
  readonly clients: RedisClients;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly events: Events;
  /** Where reads are counted. */
  readonly reads: ReadCounts;
  /** Names this process. */
  readonly id: string;
  /** Whether this process answers reads: only then a memory tier is of use to anybody. */
  readonly answersReads: boolean;
}
