/** `import`: stores the entries of an export, as old as they are. */

import type { z } from 'zod';
import type { Ledger } from '../../budget/ledger.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Clock } from '../../core/clock.ts';
import { counted, countedWith } from '../../core/counted.ts';
import type { Entry, Head, Stamp } from '../../core/entry.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import { isGone, timesFrom } from '../../core/freshness.ts';
import { longestLifeOf, type Params, type Source } from '../../core/source.ts';
import type { Sources } from '../../core/sources.ts';
import { PATIENCE } from '../../flow/patience.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { TierOutcome, WrittenThrough } from '../../tiers/stack/write-through.ts';
import { entryOfLine, LineError } from './export-line.ts';
import type { ImportReport, ImportRequest, missedByTier } from './maintenance-shapes.ts';
import { linesOf, type NumberedLine } from './ndjson.ts';
import type { MaintenanceWatch } from './watch.ts';

export interface ImportDeps {
  readonly stack: Stack;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly sources: Sources;
  readonly clock: Clock;
}

/** Entries and bytes of one batch. */
const BATCH_ENTRIES = 200;
const BATCH_BYTES = 16 * 2 ** 20;
/** Refused lines that a report names. */
const SAMPLES = 20;

/** How far the clock of another host may be ahead, in ms. */
const CLOCKS_APART_MS = 600_000;

const NO_FENCES_KNOWN =
  'the fences cannot be asked: what was invalidated since the export would be stored again';

interface Numbered {
  readonly line: number;
  readonly entry: Entry;
}

type Mutable = { -readonly [K in keyof ImportReport]: ImportReport[K] };

export async function importEntries(
  deps: ImportDeps,
  input: AsyncIterable<Uint8Array>,
  { dryRun }: ImportRequest,
  { signal, onProgress }: MaintenanceWatch,
): Promise<ImportReport> {
  const work = new Import(deps, dryRun, signal);
  let batch: Numbered[] = [];
  let bytes = 0;
  const flush = async () => {
    await work.take(batch);
    onProgress(work.report.lines);
    batch = [];
    bytes = 0;
  };
  for await (const line of linesOf(input)) {
    signal.throwIfAborted();
    const entry = await work.read(line);
    batch.push({ line: line.number, entry: work.bounded(entry) });
    bytes += entry.body.byteLength;
    if (batch.length >= BATCH_ENTRIES || bytes >= BATCH_BYTES) await flush();
  }
  await flush();
  return work.report;
}

class Import {
  readonly report: Mutable;
  readonly #deps: ImportDeps;
  readonly #signal: AbortSignal;
  /** By origin, taken at its first entry. */
  readonly #stamps = new Map<string, Stamp>();
  readonly #missed = new Map<string, z.infer<typeof missedByTier>>();

  constructor(deps: ImportDeps, dryRun: boolean, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    this.report = {
      dryRun,
      lines: 0,
      written: 0,
      superseded: 0,
      refused: 0,
      gone: 0,
      missed: [],
      samples: [],
    };
  }

  async read({ number, text }: NumberedLine): Promise<Entry> {
    try {
      return await entryOfLine(text, this.#deps.clock);
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      const details = { line: number, field: error.field, soFar: this.#soFar() };
      throw new ForewarmError('E_REQUEST_INVALID', `line ${number}: ${error.message}; ${this.#soFar()}`, {
        details,
      });
    }
  }

  /** No entry lives longer here than one that is fetched now. What is of no source is refused later. */
  bounded({ head, body }: Entry): Entry {
    const source = this.#deps.sources.get(head.source);
    if (source === undefined) return { head, body };
    const latest = timesFrom(source.lifetime, this.#deps.clock.now());
    const goneAt = Math.min(head.goneAt, this.#deps.clock.now() + longestLifeOf([source]));
    const staleAt = Math.min(head.staleAt, Math.max(latest.staleAt, head.checkedAt), goneAt);
    const dueAt = Math.min(head.dueAt, Math.max(latest.dueAt, head.checkedAt), staleAt);
    return { head: { ...head, dueAt, staleAt, goneAt }, body };
  }

  /**
   * One batch: all of it has been read and checked before any of it is written. Of what is older than any value lives, the fences
   * that were raised since may be forgotten: it counts as gone.
   */
  async take(batch: readonly Numbered[]): Promise<void> {
    const { stack } = this.#deps;
    if (!(await stack.fences.sync(PATIENCE.errand)))
      throw new ForewarmError('E_REDIS_UNAVAILABLE', `${NO_FENCES_KNOWN}; ${this.#soFar()}`);
    const fit: Numbered[] = [];
    const now = this.#deps.clock.now();
    const judgedSince = now - longestLifeOf(this.#deps.sources.values());
    for (const item of batch) {
      const reason = await this.#refusal(item.entry.head);
      if (reason !== undefined) this.#refuse(item, reason);
      else if (isGone(item.entry.head, now) || item.entry.head.checkedAt < judgedSince) this.report.gone += 1;
      else if (stack.fences.modeOf(item.entry.head) === 'drop') this.report.superseded += 1;
      else fit.push(item);
    }
    if (fit.length > 0) await (this.report.dryRun ? this.#foresee(fit) : this.#write(fit));
    this.report.lines += batch.length;
  }

  /** Why an entry does not belong here. A stamp of the future would win over everything that is fetched until then. */
  async #refusal({ key, source: name, stamp, params, checkedAt }: Head): Promise<string | undefined> {
    const source = this.#deps.sources.get(name);
    if (source === undefined) return `source "${name}" is not configured`;
    const wrongKey = keyProblem(source, key, params);
    if (wrongKey !== undefined) return wrongKey;
    if (checkedAt > this.#deps.clock.now() + CLOCKS_APART_MS) return 'its checkedAt lies in the future';
    const latest = this.#stamps.get(source.origin) ?? (await this.#deps.ledger.stamp(source.origin));
    this.#stamps.set(source.origin, latest);
    return stamp > latest ? `its stamp ${stamp} lies in the future: here it is ${latest}` : undefined;
  }

  #refuse({ line, entry }: Numbered, reason: string): void {
    const { report } = this;
    report.refused += 1;
    if (report.samples.length < SAMPLES) report.samples.push({ line, key: entry.head.key, reason });
  }

  async #foresee(batch: readonly Numbered[]): Promise<void> {
    const keys = batch.map(({ entry }) => entry.head.key);
    const surveys = await this.#deps.stack.survey(keys, this.#signal);
    for (const [i, { entry }] of batch.entries()) {
      const newest = surveys[i]?.newest?.stamp ?? -1;
      this.report[newest > entry.head.stamp ? 'superseded' : 'written'] += 1;
    }
  }

  async #write(batch: readonly Numbered[]): Promise<void> {
    const { stack } = this.#deps;
    let through: WrittenThrough;
    try {
      await this.#keepFences(batch);
      const writes = batch.map(({ entry }) => ({ kind: 'put', entry }) as const);
      through = await stack.writeThrough(writes, this.#signal);
    } catch (error) {
      this.#signal.throwIfAborted();
      const code = error instanceof ForewarmError ? error.code : 'E_INTERNAL';
      throw new ForewarmError(code, `${messageOf(error)}; ${this.#soFar()}`, { cause: error });
    }
    const { verdicts, tiers } = through;
    this.#miss(tiers);
    const written: Head[] = [];
    for (const [i, item] of batch.entries()) {
      if (verdicts[i] === 'written') written.push(stack.fences.see(item.entry.head));
      else if (verdicts[i] === 'superseded') this.report.superseded += 1;
      else
        this.#refuse(item, `its body of ${item.entry.body.byteLength} bytes is larger than any tier takes`);
    }
    await this.#catalogue(written);
    this.report.written += written.length;
  }

  #miss(tiers: readonly TierOutcome[]): void {
    for (const { tier, failed, error } of tiers) {
      if (failed === 0) continue;
      const entries = (this.#missed.get(tier)?.entries ?? 0) + failed;
      this.#missed.set(tier, { tier, entries, reason: error ?? 'it did not say why' });
    }
    this.report.missed = [...this.#missed.values()];
  }

  /** What is imported may live for longer after its last confirmation than what is fetched. */
  async #keepFences(batch: readonly Numbered[]): Promise<void> {
    const lives = new Map<string, number>();
    for (const { source, goneAt, checkedAt } of batch.map(({ entry }) => entry.head))
      lives.set(source, Math.max(lives.get(source) ?? 0, goneAt - checkedAt));
    for (const [source, life] of lives) await this.#deps.stack.fences.keepFor(source, life);
  }

  /** Catalogues what was written: it is kept warm from now on, and due when its head says. */
  async #catalogue(heads: readonly Head[]): Promise<void> {
    for (const [name, of] of Map.groupBy(heads, ({ source }) => source))
      await catalogue(this.#deps.catalog, name, of);
  }

  #soFar(): string {
    const { written, lines } = this.report;
    return this.report.dryRun
      ? `${countedWith(lines, 'line', ['is', 'are'])} fine before its batch`
      : `${counted(written, 'entry', 'entries')} ${written === 1 ? 'was' : 'were'} written before, and importing them again does no harm`;
  }
}

/** A refresh asks the origin by the params: they must be those of this very key. */
function keyProblem(source: Source, key: string, params: Params | undefined): string | undefined {
  const match = source.key.match(key);
  if (match === undefined)
    return `the key does not fit the template of source "${source.name}", ${source.key.text}`;
  if (params === undefined)
    return match.complete ? undefined : 'the key holds a hash, and the line has no params';
  return source.key.keyOf(params) === key ? undefined : 'its params are not those of its key';
}

/** Puts stored entries of a source into the catalog, each due when its head says. */
export async function catalogue(catalog: Catalog, source: string, heads: readonly Head[]): Promise<void> {
  const hashed = new Map<string, Params>();
  for (const { key, params } of heads) if (params !== undefined) hashed.set(key, params);
  if (hashed.size > 0) await catalog.remember(source, hashed);
  await catalog.track(
    source,
    heads.map(({ key }) => key),
    Math.min(...heads.map(({ dueAt }) => dueAt)),
  );
  await catalog.settle(
    source,
    heads.map(({ key, dueAt }) => ({ key, dueAt })),
  );
}
