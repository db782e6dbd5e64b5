/** What applications import: `import { connect } from 'forewarm'`. */
import { z } from 'zod';
import { readerClosed } from '../client/read-path.ts';
import { Reader } from '../client/reader.ts';
import { Method } from '../core/arguments.ts';
import type { InvalidationMode } from '../core/invalidation-mode.ts';
import { quote } from '../core/quote.ts';
import type { Source } from '../core/source.ts';
import type { Breath } from '../flow/breath.ts';
import { onErrand } from '../flow/errand.ts';
import { judge } from '../origins/guard.ts';
import { type LoadOptions, loadSettings } from '../settings/load.ts';
import type { RunView } from '../verbs/runs/run-shapes.ts';
import type { WarmRequest } from '../verbs/runs/warm-request.ts';
import type { Verbs } from '../verbs/verbs.ts';
import { boot } from './boot.ts';
import { assembleMemoryFill, filled } from './memory-fill.ts';
import { assembleMissHandling, type MissHandlingDeps } from './miss-handling.ts';
import { tracerOfApplication } from './telemetry.ts';

export { defineEntities, type EntitiesModule, type EntityRow } from '../catalog/entities/define-entities.ts';
export type { OriginFailure } from '../client/found.ts';
export type { SourceReads } from '../client/key-sampler.ts';
export type { ReadParams } from '../client/keys.ts';
export type { ListedEntry } from '../client/listing.ts';
export type {
  AbsentLookup,
  Lookup,
  MissingLookup,
  UnavailableLookup,
  ValueLookup,
} from '../client/lookup.ts';
export type { Reader, ReaderStats } from '../client/reader.ts';
export type { InvalidateOptions, ListOptions, ReadOptions, SetOptions } from '../client/reader-options.ts';
export type { SourceReader } from '../client/source-reader.ts';
export type { Answer, SilentTier } from '../core/answer.ts';
export { type ErrorCode, ForewarmError } from '../core/errors.ts';
export type { EventMap, EventName } from '../core/events.ts';
export {
  defineOrigin,
  type ModuleAnswer,
  type ModuleRequest,
  type ModuleSubject,
  type OriginModule,
} from '../origins/module/define-origin.ts';
export type { WarmRequest, WarmRow } from '../verbs/runs/warm-request.ts';
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
export interface Connection extends Reader {
  readonly verbs: Verbs;
  /**
   * Makes a run, of a selector, of rows of params or of keys, and returns it once it is recorded: workers do the work.
   * `verbs.watchRun(run.id, signal)` follows it. Rejects with `E_REQUEST_INVALID`, naming rows by their index, and then makes none.
   */
  warm(request: WarmRequest): Promise<RunView>;
  /**
   * Copies what is read most into the memory of this process, from the tiers below and never from an origin. Resolves when
   * `tiers.memory.fill.share` of it was looked up, or `within` has passed; at once without a memory. For a process that takes requests once it
   * is warm; nothing else waits for it. Rejects with `E_TIER_CLOSED` once the reader is closed.
   */
  ready(): Promise<void>;
}

const members = z.custom<object>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  {
    error: ({ input }) => `must be an object, not ${quote(input)}`,
  },
);
const CONNECT = new Method('connect', [
  [
    'options',
    z
      .strictObject({
        ...{ file: z.string(), config: members, offline: z.boolean() },
        env: members.refine((env) => Object.values(env).every(isVariable), 'must hold texts alone'),
      })
      .partial()
      .optional(),
  ],
]);

function isVariable(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

/** How long a close may take, in ms. */
const CLOSE_MS = 5_000;
/** An application starts even while Redis is away, after this time in ms: disk serves reads meanwhile. */
const FIRST_CONNECTION = { patience: 1_000, needs: 'a start' } as const;

/**
 * Opens the tiers for reading. Rejects with `E_CONFIG_NOT_FOUND`, `E_CONFIG_INVALID`, and `E_REDIS_UNAVAILABLE` when an
 * embedded Redis cannot be started; one that is away may come later. Close it, or declare it with `await using`: its
 * connections keep the process alive.
 */
export async function connect(options: ConnectOptions = {}): Promise<Connection> {
  CONNECT.read(options);
  const { offline = false, env = process.env, ...from } = options ?? {};
  const settings = await loadSettings({ ...from, env } satisfies LoadOptions);
  const { tracer, listen } = await tracerOfApplication(settings);
  const first = FIRST_CONNECTION;
  const booted = await boot({ settings, env, answersReads: true, role: 'reader', first, tracer });
  const { parts, verbs, events, reads, edges, self } = booted;
  const lifecycle = booted.lifecycle([
    booted.serverClock,
    parts.bus,
    booted.sweeper(),
    booted.presence(['reader']),
  ]);
  const fill = assembleMemoryFill(parts, settings);
  const closing = new AbortController();
  const close = async () => {
    closing.abort(readerClosed());
    await fill?.stop(edges.clock.now() + CLOSE_MS);
    await lifecycle.stop(edges.clock.now() + CLOSE_MS);
  };
  const reader = new Reader({ ...readerParts({ parts, settings, id: self.id }), reads, offline, close });
  listen(events);
  const started = lifecycle.start();
  // Services that wait for Redis must not hold up the application.
  if (parts.clients.jobs.status === 'ready') await started;
  else started.catch((error: unknown) => events.emit('problem', { where: 'starting a reader', error }));
  const warm = async (request: WarmRequest) => (await verbs.warm(request, 'library')).run;
  const ready = () => filled(fill, closing.signal);
  return Object.assign(reader, { verbs, warm, ready });
}

function readerParts(init: MissHandlingDeps) {
  const { parts } = init;
  const { ledger, invalidate } = parts;
  return {
    ...parts,
    random: Math.random,
    judge: (source: Source, body: Uint8Array, breath: Breath) =>
      judge(source.guard, source.format, body, breath),
    ...assembleMissHandling(init),
    reachable: () => parts.clients.jobs.status === 'ready',
    invalidate: (source: Source, keys: readonly string[], mode: InvalidationMode, signal: AbortSignal) =>
      onErrand(async () => {
        const stamp = await ledger.stamp(source.origin);
        signal.throwIfAborted();
        await invalidate.apply(source, keys, mode, stamp, signal);
        return stamp;
      }),
  };
}

export type { RunView } from '../verbs/runs/run-shapes.ts';
