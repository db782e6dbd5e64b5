/** Turns a run's selector into its manifest: chunks of keys, each a job. */
import type { KeyLists } from '../catalog/runs/key-lists.ts';
import type { NamedKeys, Run, Runs, UnreadSet } from '../catalog/runs/runs.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { namesKeysAlone, parseSelector } from '../core/selector/selector-grammar.ts';
import { type ShrunkSource, shrinkWords } from '../core/shrunk-source.ts';
import type { Params, Source } from '../core/source.ts';
import type { Step } from '../core/tracing.ts';
import { reasonOfRun } from '../policy/decision.ts';
import type { Ending, Queue, QueuedJob } from '../queue/queue.ts';
import { TickPlan, type TickPlanDeps } from '../warming/planning/tick-plan.ts';
import type { SelectedKeys } from '../warming/selected-keys.ts';
import { type ShrunkSourcesDeps, shrunkSources } from '../warming/shrunk-sources.ts';
import { throwFirst, type UnreadSets } from '../warming/unread-sets.ts';
import { CLAIM_MS } from './due-keys.ts';
import type { HandBack } from './hand-back.ts';
import { keysPerChunk } from './queueing.ts';
import { chunkJob, verifyJob } from './run-jobs.ts';

export interface RunPlannerDeps extends ShrunkSourcesDeps, Omit<TickPlanDeps, 'catalog'> {
  readonly runs: Runs;
  readonly lists: KeyLists;
  readonly queue: Queue;
  readonly handBack: Pick<HandBack, 'ofNames' | 'ofError'>;
  readonly events: Events;
  readonly chunkSize: number;
}

/** Keys that somebody named are kept for so many ttls of their source, unless the run says how long. */
const KEPT_TTLS = 3;
const LOST = 'the list of its keys is not there: who made it died before it was kept; make the run again';
/** For so long after its creation a run waits for the list of an origin, in ms; then the other entity sets are warmed without it. */
const LIST_MS = 60_000;
const LIST_AGAIN_MS = 10_000;
/** Chunks written together: enough that the round trips do not add up, few enough to hold in memory. */
const CHUNKS_AT_ONCE = 8;

const MANIFEST: Step = { name: 'write manifest', kind: 'internal', attributes: {} };
const QUEUEING: Step = { name: 'queue chunks', kind: 'internal', attributes: {} };

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

  /**
   * Writes the manifest, begins the run and queues its chunks. Idempotent: it goes on where it stopped. Returns when it is
   * to be tried again, where that is for another worker, or a list may come a moment later.
   */
  async plan(id: string, signal: AbortSignal): Promise<Ending | undefined> {
    const { runs, clock, queue, handBack, events } = this.#deps;
    const run = await runs.get(id);
    if (run === undefined) throw new ForewarmError('E_NOT_FOUND', `run "${id}" does not exist`);
    let planned: readonly Source[] = [];
    if (run.state === 'planning') {
      const later = run.names === undefined ? undefined : await handBack.ofNames(run.names);
      if (later !== undefined) return later;
      const unread = await this.#unread(run, signal);
      const back = await this.#heed(unread, run, signal);
      if (back !== undefined) return back;
      const writing = () => this.#writeManifest(run, unread, signal);
      const { sources, total, given, planned: ofTick } = await events.tracer.step(MANIFEST, writing);
      if (total === 0) throwFirst(unread);
      const lacks = { unread: this.#told(unread), shrunk: await this.#shrunk(run, given, signal) };
      await runs.begin(id, sources.length, total, clock.now(), { ...lacks, planned: ofTick });
      planned = sources;
    }
    // Whatever became of the run: from now on its manifest says which keys.
    if (run.named !== undefined) await this.#deps.lists.forget(id, run.named.list);
    const begun = await runs.get(id);
    if (begun?.state === 'verifying') await queue.add([verifyJob(id)]);
    if (begun?.state === 'running')
      await events.tracer.step(QUEUEING, () => this.#enqueue(id, begun.chunks, planned));
    return undefined;
  }

  #unread(run: Run, signal: AbortSignal): Promise<UnreadSets> {
    if (run.named !== undefined) return Promise.resolve(new Map());
    return this.#deps.selection.unread(parseSelector(run.selector), signal);
  }

  /**
   * An entity set that cannot be read is left out, and the others are warmed: but not before each worker that may have its file had
   * its turn, and its origin some time to give it. Where there are no others, that is for the queue to try again.
   */
  async #heed(unread: UnreadSets, run: Run, signal: AbortSignal): Promise<Ending | undefined> {
    const { handBack, clock } = this.#deps;
    for (const error of unread.values()) {
      const later = await handBack.ofError(error);
      if (later !== undefined) return later;
      if (error.code !== 'E_ENTITIES_UNAVAILABLE') continue;
      const { retryAt } = error.details;
      const at = Math.max(clock.now() + LIST_AGAIN_MS, typeof retryAt === 'number' ? retryAt : 0);
      if (at - run.createdAt > LIST_MS) continue;
      if (!(await this.#hasOthers(run, unread, signal))) throw error;
      return { kind: 'later', at, reason: error.message };
    }
    return undefined;
  }

  async #hasOthers(run: Run, unread: UnreadSets, signal: AbortSignal): Promise<boolean> {
    for await (const { keys } of this.#wanted(run, unread, signal).pages) if (keys.length > 0) return true;
    return false;
  }

  #told(unread: UnreadSets): UnreadSet[] {
    return [...unread].map(([entities, error]) => {
      this.#deps.events.emit('problem', { where: `entity set "${entities}"`, error });
      return { entities, reason: error.message };
    });
  }

  /** After the manifest: its keys are kept by then. */
  async #shrunk(run: Run, given: ReadonlyMap<string, number>, signal: AbortSignal): Promise<ShrunkSource[]> {
    if (run.named !== undefined) return [];
    const found = await shrunkSources(this.#deps, parseSelector(run.selector), given, signal);
    for (const shrunk of found) {
      this.#deps.events.emit('problem', { where: `run ${run.id}`, error: shrinkWords(shrunk) });
    }
    return found.map(({ sample: _, ...shrunk }) => shrunk);
  }

  async #writeManifest(run: Run, unread: UnreadSets, signal: AbortSignal) {
    const { id } = run;
    const { limit } = run.options;
    const sources: Source[] = [];
    const given = new Map<string, number>();
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
    const { pages, isNamed } = this.#wanted(run, unread, signal);
    const plan = this.#planOf(run);
    for await (const page of pages) {
      const keys = limit > 0 ? page.keys.slice(0, limit - total) : page.keys;
      total += keys.length;
      given.set(page.source.name, (given.get(page.source.name) ?? 0) + keys.length);
      await this.#remember(page, keys);
      await plan?.add({ ...page, keys }, signal);
      if (isNamed) await this.#keep(page.source, keys, run.keep);
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
    return { sources, total, given, planned: (await plan?.end(signal)) ?? {} };
  }

  /** Of a tick, which nobody planned: its report is to set it against something. */
  #planOf({ schedule, plan, options }: Run): TickPlan | undefined {
    if (schedule === undefined || plan !== undefined) return undefined;
    const { chunkSize } = this.#deps;
    const choice = { reason: reasonOfRun(options), since: 0 };
    return new TickPlan(this.#deps, choice, (source) => keysPerChunk(source, chunkSize));
  }

  /** Keys that somebody named need not be in any entity set. */
  #wanted(
    run: Run,
    unread: UnreadSets,
    signal: AbortSignal,
  ): { pages: AsyncIterable<SelectedKeys>; isNamed: boolean } {
    const { named } = run;
    if (named !== undefined) return { pages: this.#listed(run.id, named, signal), isNamed: true };
    const selector = parseSelector(run.selector);
    const isNamed = namesKeysAlone(selector);
    return { pages: this.#deps.selection.expected(selector, signal, unread), isNamed };
  }

  async *#listed(id: string, { list, pages }: NamedKeys, signal: AbortSignal): AsyncGenerator<SelectedKeys> {
    const { lists, sources } = this.#deps;
    for (let n = 0; n < pages; n += 1) {
      signal.throwIfAborted();
      const page = await lists.page(id, list, n);
      if (page === undefined) throw new ForewarmError('E_NOT_FOUND', `run "${id}": ${LOST}`);
      const source = sources.get(page.source);
      if (source !== undefined) yield { ...page, source, unkeyed: 0 };
      else throw new ForewarmError('E_SOURCE_UNKNOWN', `source "${page.source}" is not configured here`);
    }
  }

  async #keep(source: Source, keys: readonly string[], keep: number | undefined): Promise<void> {
    const { catalog, clock } = this.#deps;
    const ms = keep ?? KEPT_TTLS * source.lifetime.ttl;
    if (keys.length > 0) await catalog.keep(source.name, keys, clock.now() + ms);
  }

  async #addChunk(id: string, { n, source, keys }: Chunk): Promise<void> {
    const { runs, catalog, clock } = this.#deps;
    await Promise.all([
      runs.addChunk(id, n, source.name, keys),
      // No tick fetches them as well.
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
