/** What applications import: `import { connect } from 'forewarm'`. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Reader } from '../client/reader.ts';
import { systemClock } from '../core/clock.ts';
import { Events } from '../core/events.ts';
import type { InvalidationMode } from '../core/invalidation-mode.ts';
import { ReadCounts } from '../core/read-counts.ts';
import type { Source } from '../core/source.ts';
import { Lifecycle } from '../flow/lifecycle.ts';
import { judge } from '../origins/guard.ts';
import { openRedis } from '../redis/clients.ts';
import { schedulesOf } from '../schedules/configured.ts';
import { type LoadOptions, loadSettings } from '../settings/load.ts';
import type { Settings } from '../settings/settings.ts';
import { Counters } from '../telemetry/counters.ts';
import type { Verbs } from '../verbs/verbs.ts';
import { Presence } from '../workers/presence.ts';
import { assembleMissHandler, type MissHandlingDeps } from './miss-handling.ts';
import { assembleParts, type Parts } from './parts.ts';
import { assembleVerbs, type VerbsInit } from './verbs.ts';

export type { SourceReads } from '../client/key-sampler.ts';
export type { ReadParams } from '../client/keys.ts';
export type { ListedEntry } from '../client/listing.ts';
export type { Reader, ReaderStats } from '../client/reader.ts';
export type { InvalidateOptions, ReadOptions } from '../client/reader-options.ts';
export type { SetOptions, SourceReader } from '../client/source-reader.ts';
export { type ErrorCode, ForewarmError } from '../core/errors.ts';
export type { EventMap, EventName } from '../core/events.ts';
export type { Verbs } from '../verbs/verbs.ts';

export interface ConnectOptions {
  /** The configuration's file. Absent, and without `config`: as for the command, FOREWARM_CONFIG or `config/forewarm.yaml`. */
  readonly file?: string;
  /** The configuration itself, in place of a file: what the file would hold, as an object. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** For the variables that the configuration names. Absent: those of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Reads ask only the tiers of this host, unless they say otherwise. */
  readonly offline?: boolean;
}

/** A reader, and the verbs of the command and the control API. */
export type Connection = Reader & { readonly verbs: Verbs };

/** How long a close may take, in ms. */
const CLOSE_MS = 5_000;
/** An application starts also while Redis is away, after this time in ms: disk answers meanwhile. */
const FIRST_CONNECTION = { patience: 1_000, required: false };

/**
 * Opens the tiers for reading. Rejects with `E_CONFIG_NOT_FOUND`, `E_CONFIG_INVALID`, and `E_REDIS_UNAVAILABLE` when an
 * embedded Redis cannot be started; one that is away may come later. Close it, or declare it with `await using`: its
 * connections keep the process alive.
 */
export async function connect(options: ConnectOptions = {}): Promise<Connection> {
  const { offline = false, env = process.env, ...from } = options;
  const settings = await loadSettings({ ...from, env } satisfies LoadOptions);
  const events = new Events();
  const clock = systemClock;
  const clients = await openRedis({ settings, env, events, clock, first: FIRST_CONNECTION });
  const id = randomUUID();
  const reads = new ReadCounts();
  const counters = new Counters(reads);
  counters.start(events);
  const self = { id, statistics: () => counters.snapshot() };
  const parts = assembleParts({ settings, clients, events, clock, reads, id, keepsMemory: true });
  const release = (deadline: number) => parts.close(deadline);
  const services = [parts.bus, presence(parts, self)];
  const lifecycle = new Lifecycle({ services, clock, events, release });
  const close = () => lifecycle.stop(clock.now() + CLOSE_MS);
  const reader = new Reader({ ...readerParts({ parts, settings, id }), reads, offline, close });
  const started = lifecycle.start();
  // What waits for Redis is not waited for.
  if (clients.jobs.status === 'ready') await started;
  else started.catch((error: unknown) => events.emit('problem', { where: 'starting a reader', error }));
  return Object.assign(reader, { verbs: verbsOf(parts, settings, self) });
}

function verbsOf(parts: Parts, settings: Settings, self: VerbsInit['self']): Verbs {
  return assembleVerbs({ parts, settings, schedules: schedulesOf(settings), self });
}

/** A reader has a memory, and reads to tell of, as a process with a role has. */
function presence({ registry, clock, events, memoryUsage }: Parts, self: VerbsInit['self']): Presence {
  const process = { host: hostname(), pid: globalThis.process.pid, roles: ['reader'] };
  return new Presence({ ...self, ...process, registry, clock, events, memory: memoryUsage });
}

function readerParts(init: MissHandlingDeps) {
  const { parts } = init;
  const { ledger, invalidate } = parts;
  return {
    ...parts,
    random: Math.random,
    judge: (source: Source, body: Uint8Array) => judge(source.guard, source.format, body),
    beyond: assembleMissHandler(init),
    reachable: () => parts.clients.jobs.status === 'ready',
    async invalidate(source: Source, keys: readonly string[], mode: InvalidationMode, signal: AbortSignal) {
      const stamp = await ledger.stamp(source.origin);
      await invalidate.apply(source, keys, mode, stamp, signal);
      return stamp;
    },
  };
}
