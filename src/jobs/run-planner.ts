/** Turns a run's selector into its manifest: chunks of keys, each a job. */
import type { Catalog } from '../catalog/catalog.ts';
import type { Runs } from '../catalog/runs/runs.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import { parseSelector } from '../core/selector-grammar.ts';
import type { Params, Source } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import type { Queue, QueuedJob } from '../queue/queue.ts';
import type { SelectedKeys } from '../warming/selected-keys.ts';
import type { Selection } from '../warming/selection.ts';
import { keysPerChunk } from './queueing.ts';
import { chunkJob, verifyJob } from './run-jobs.ts';

export interface RunPlannerDeps {
  readonly runs: Runs;
  readonly catalog: Catalog;
  readonly queue: Queue;
  readonly selection: Selection;
  readonly sources: Sources;
  readonly clock: Clock;
  readonly chunkSize: number;
}

/** A key that a run is about to warm is due by itself only after this time, in ms, so that no tick fetches it as well. */
const CLAIM_MS = 600_000;
/** Chunks written together: enough that the round trips do not add up, few enough to hold in memory. */
const CHUNKS_AT_ONCE = 8;

interface Chunk {
  /** Its number in the run. */
  readonly n: number;
  readonly source: Source;
  readonly keys: string[];
}

export class RunPlanner {
  readonly #deps: RunPlannerDeps;

  constructor(deps: RunPlannerDeps) {
    this.#deps = deps;
  }

  /** Writes the manifest, begins the run and queues its chunks. Idempotent: it goes on where it stopped. */
  async plan(id: string, signal: AbortSignal): Promise<void> {
    const { runs, clock, queue } = this.#deps;
    const run = await runs.get(id);
    if (run === undefined) throw new ForewarmError('E_NOT_FOUND', `run "${id}" does not exist`);
    let planned: readonly Source[] = [];
    if (run.state === 'planning') {
      const { sources, total } = await this.#writeManifest(id, run.selector, run.options.limit, signal);
      await runs.begin(id, sources.length, total, clock.now());
      planned = sources;
    }
    const begun = await runs.get(id);
    if (begun?.state === 'verifying') await queue.add([verifyJob(id)]);
    if (begun?.state === 'running') await this.#enqueue(id, begun.chunks, planned);
  }

  async #writeManifest(id: string, selector: string, limit: number, signal: AbortSignal) {
    const { selection } = this.#deps;
    const sources: Source[] = [];
    let total = 0;
    let open: Chunk | undefined;
    const full: Chunk[] = [];
    const write = () => Promise.all(full.splice(0).map((chunk) => this.#addChunk(id, chunk)));
    const close = async () => {
      if (open === undefined) return;
      full.push(open);
      sources.push(open.source);
      open = undefined;
      if (full.length >= CHUNKS_AT_ONCE) await write();
    };
    for await (const page of selection.expected(parseSelector(selector), signal)) {
      const keys = limit > 0 ? page.keys.slice(0, limit - total) : page.keys;
      total += keys.length;
      await this.#remember(page, keys);
      if (open?.source !== page.source) await close();
      for (const key of keys) {
        open ??= { n: sources.length, source: page.source, keys: [] };
        open.keys.push(key);
        if (open.keys.length >= keysPerChunk(page.source, this.#deps.chunkSize)) await close();
      }
      if (limit > 0 && total >= limit) break;
    }
    await close();
    await write();
    return { sources, total };
  }

  async #addChunk(id: string, { n, source, keys }: Chunk): Promise<void> {
    const { runs, catalog, clock } = this.#deps;
    await Promise.all([
      runs.addChunk(id, n, source.name, keys),
      catalog.track(source.name, keys, clock.now() + CLAIM_MS),
    ]);
  }

  /** Params that a key cannot give back are kept beside it. */
  async #remember(page: SelectedKeys, keys: readonly string[]): Promise<void> {
    if (page.params.size === 0) return;
    const kept = new Map<string, Params>();
    for (const key of keys) {
      const params = page.params.get(key);
      if (params !== undefined) kept.set(key, params);
    }
    if (kept.size > 0) await this.#deps.catalog.remember(page.source.name, kept);
  }

  /** Which source a chunk is of is known from planning it, or read back when an earlier try planned it. */
  async #enqueue(id: string, chunks: number, planned: readonly Source[]): Promise<void> {
    const { runs, queue, sources } = this.#deps;
    let batch: QueuedJob[] = [];
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      const source = planned[chunk] ?? sources.get((await runs.chunk(id, chunk))?.source ?? '');
      batch.push(chunkJob(id, chunk, source));
      if (batch.length < 500) continue;
      await queue.add(batch);
      batch = [];
    }
    await queue.add(batch);
  }
}
