/** Maintenance: collect, export, import, purge, validate, measure. What each verb does is in its own file. */
import { z } from 'zod';
import { Method, type Methods, withChecks } from '../../core/arguments.ts';
import { quote } from '../../core/quote.ts';
import { errandSignal } from '../../flow/errand.ts';
import type { Gc } from '../../jobs/gc.ts';
import { type ReasonRequest, reasonRequest, signalArgument } from '../shapes.ts';
import type { BenchDeps } from './bench.ts';
import { type BenchReport, type BenchRequest, benchRequest } from './bench-report.ts';
import { exportEntries } from './export.ts';
import { type ImportDeps, importEntries } from './import.ts';
import {
  type ExportRequest,
  exportRequest,
  type GcReport,
  type ImportReport,
  type ImportRequest,
  importRequest,
  type PurgeReport,
  type PurgeRequest,
  purgeRequest,
  type ValidationReport,
  type ValidationRequest,
  validationRequest,
} from './maintenance-shapes.ts';
import { type PurgeDeps, purge } from './purge.ts';
import type { StoredDeps } from './stored.ts';
import { type ValidateDeps, validate } from './validate.ts';
import { type MaintenanceWatch, watchArgument } from './watch.ts';

export interface MaintenanceVerbs {
  /** Removes what is gone from every tier, and forgets keys and runs that nothing needs any more. */
  gc(request?: ReasonRequest): Promise<GcReport>;
  /**
   * What is stored and not gone, one line of JSON per entry, in batches of lines; `docs/format.md` describes a line. An entry
   * that is written meanwhile may come in its old form, its new one, or both. Rejects with `E_TIER_UNAVAILABLE` while a tier does
   * not answer: the export would not be whole.
   */
  export(request: ExportRequest, signal: AbortSignal): AsyncIterable<readonly string[]>;
  /**
   * Stores the entries of an export, as old as they are: newest wins, by stamp. Rejects with `E_REQUEST_INVALID` at the first
   * line that is not one of an export, naming line, field and value; of the batch that holds it, nothing is written.
   */
  import(
    input: AsyncIterable<Uint8Array>,
    request: ImportRequest,
    watch: MaintenanceWatch,
  ): Promise<ImportReport>;
  /**
   * Removes the selected entries from every tier, also those that the catalog does not know. A write that began before it loses.
   * Without `forget`, the keys are due at once. One that dies in the middle has to be repeated; that is safe.
   */
  purge(request: PurgeRequest, signal: AbortSignal): Promise<PurgeReport>;
  /**
   * Reads every selected entry in every tier that outlives the process, and every catalogued key. Reading a damaged entry removes
   * it, as any read does. A repair writes the newest where it lacks or differs, removes orphans, catalogues what is stored, and
   * makes due what is not.
   */
  validate(request: ValidationRequest, watch: MaintenanceWatch): Promise<ValidationReport>;
  /**
   * Measures reads, writes, compression and a few calls to origins, with stored values. It changes none of them: writes go to
   * scratch keys, which are removed, and what an origin returns is discarded. Calls take permits like any other.
   */
  bench(request: BenchRequest, signal: AbortSignal): Promise<BenchReport>;
}

export interface MaintenanceDeps extends StoredDeps, ImportDeps, PurgeDeps, ValidateDeps, BenchDeps {
  readonly gc: Gc;
}

const bytes = z.custom<AsyncIterable<Uint8Array>>(isAsyncIterable, {
  error: ({ input }) => `must be an async iterable of bytes, such as a stream, not ${quote(input)}`,
});

function isAsyncIterable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return typeof Reflect.get(value, Symbol.asyncIterator) === 'function';
}

const EXPORT = new Method('export', [['request', exportRequest.prefault({})], signalArgument]);
export const maintenanceMethods = {
  gc: [['request', reasonRequest.prefault({})]],
  import: [['input', bytes], ['request', importRequest.prefault({})], watchArgument],
  purge: [['request', purgeRequest], signalArgument],
  validate: [['request', validationRequest.prefault({})], watchArgument],
  bench: [['request', benchRequest.prefault({})], signalArgument],
} as const satisfies Methods;

export function maintenanceVerbs(deps: MaintenanceDeps): MaintenanceVerbs {
  return {
    export: (...given) => exported(deps, ...given),
    ...withChecks(maintenanceMethods, {
      gc: () => deps.gc.collect(errandSignal()),
      import: (input, request, watch) => importEntries(deps, input, request, watch),
      purge: (request, signal) => purge(deps, request, signal),
      validate: (request, watch) => validate(deps, request, watch),
      // Loaded when it is asked for: hardly any process measures.
      bench: async (request, signal) => (await import('./bench.ts')).bench(deps, request, signal),
    }),
  };
}

/** What is wrong with the arguments is thrown at the first step, as all else is. */
async function* exported(deps: MaintenanceDeps, ...given: readonly unknown[]) {
  yield* exportEntries(deps, ...EXPORT.read(...given));
}
