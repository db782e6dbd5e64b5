/**
 * The verbs over plain maps, for tests of what stands above them. The state is real: a run's counts add up, an
 * invalidated value is stale, a watch sees each change. Nothing happens by itself: `work` warms keys of a run.
 */
import type { Clock } from '../../src/core/clock.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { freshnessAt, timesFrom } from '../../src/core/freshness.ts';
import { countsOf } from '../../src/core/outcome.ts';
import { parseSelector, selectsKey } from '../../src/core/selector-grammar.ts';
import { NO_STATISTICS } from '../../src/core/statistics.ts';
import type * as care from '../../src/verbs/maintenance/maintenance.ts';
import { FINDINGS } from '../../src/verbs/maintenance/maintenance.ts';
import { statisticsViewOf } from '../../src/verbs/metrics-view.ts';
import type * as verbs from '../../src/verbs/verbs.ts';

const LIFETIME = { ttl: 60_000, refreshAhead: 0.8, grace: 600_000 };
const LETTER = {
  id: 'letter-1',
  kind: 'key',
  subject: 'profile:lost',
  source: 'profile',
  run: null,
} as const;

interface Run {
  readonly view: verbs.RunView;
  readonly keys: readonly string[];
}

export class VerbsInMemory implements verbs.Verbs {
  /** Reasons that `ready` answers. */
  unready: string[] = [];
  readonly #clock: Clock;
  readonly #values = new Map<string, verbs.ValueView>();
  readonly #runs = new Map<string, Run>();
  readonly #watches = new Set<() => void>();
  #letters: verbs.DeadLetterView[];
  #stamp = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#letters = [{ ...LETTER, reason: 'the origin answered 500', at: clock.now(), attempts: 5 }];
  }

  get watches(): number {
    return this.#watches.size;
  }

  /** Stores a value as fetched now. */
  put(key: string, body: string | Uint8Array, head: Partial<verbs.HeadView> = {}): void {
    const now = this.#clock.now();
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    this.#stamp += 1;
    const known = { key, source: 'profile', kind: 'value' as const, stamp: this.#stamp };
    const times = { freshness: 'fresh', ...timesFrom(LIFETIME, now) } as const;
    const origin = { contentType: 'application/json', etag: null, lastModified: null, version: null };
    const whole = { ...known, ...times, ...origin, tags: [], bodyBytes: bytes.length, ...head };
    this.#values.set(key, { head: whole, body: bytes, tier: 'memory' });
  }

  /** Warms the next keys of a run; the run ends with its last key. */
  work(id: string, count: number): void {
    const { view, keys } = this.#found(id);
    const begun = view.total - view.pending;
    const done = keys.slice(begun, begun + count);
    for (const key of done) this.put(key, JSON.stringify({ key }));
    const pending = view.pending - done.length;
    const counts = countsOf({ ...view.counts, warmed: view.counts.warmed + done.length });
    this.#change(
      id,
      pending === 0 ? { ...ended('finished', this.#clock), counts, pending } : { counts, pending },
    );
  }

  async warm(request: verbs.WarmRequest, cause: verbs.RunView['cause']) {
    const id = request.id ?? `run-${this.#runs.size + 1}`;
    const known = this.#runs.get(id);
    if (known !== undefined) return { run: known.view, created: false };
    const selected = this.#select(request.selector);
    const keys = request.limit === 0 ? selected : selected.slice(0, request.limit);
    const now = this.#clock.now();
    const view: verbs.RunView = {
      ...{ id, state: 'running', selector: request.selector, cause, schedule: null, nominal: null },
      ...{ createdAt: now, startedAt: now, endedAt: null, endedReason: null, endedNote: '' },
      ...{ total: keys.length, pending: keys.length, counts: countsOf(), coverage: {}, revision: 1 },
    };
    this.#runs.set(id, { view, keys });
    return { run: view, created: true };
  }

  async runs(limit: number, cursor: string | undefined) {
    const from = Number(cursor ?? 0);
    const all = [...this.#runs.values()].map(({ view }) => view).reverse();
    return {
      runs: all.slice(from, from + limit),
      cursor: from + limit < all.length ? String(from + limit) : null,
    };
  }

  async run(id: string) {
    return this.#found(id).view;
  }

  async stopRun(id: string) {
    const { view } = this.#found(id);
    if (view.state === 'ended') return view;
    const counts = countsOf({ ...view.counts, cancelled: view.pending });
    return this.#change(id, { ...ended('stopped', this.#clock), counts, pending: 0 });
  }

  async *watchRun(id: string, signal: AbortSignal): AsyncGenerator<verbs.RunView> {
    let changed = Promise.withResolvers<void>();
    const wake = () => changed.resolve();
    this.#watches.add(wake);
    signal.addEventListener('abort', wake);
    try {
      for (let seen = 0; !signal.aborted; await changed.promise) {
        changed = Promise.withResolvers<void>();
        const { view } = this.#found(id);
        if (view.revision > seen) yield view;
        if (view.state === 'ended') return;
        seen = view.revision;
        if (this.#found(id).view.revision > seen || signal.aborted) changed.resolve();
      }
    } finally {
      this.#watches.delete(wake);
      signal.removeEventListener('abort', wake);
    }
  }

  async invalidate({ selector, mode, dryRun, rewarm }: verbs.InvalidateRequest) {
    const keys = this.#select(selector);
    for (const key of dryRun ? [] : keys) this.#spoil(key, mode);
    const rewarmed = rewarm && !dryRun ? await this.warm(allOf(selector), 'api') : undefined;
    return {
      ...{ selector, mode, dryRun, keys: keys.length, bySource: { profile: keys.length } },
      ...{ samples: keys.slice(0, 3), stamp: dryRun ? null : this.#stamp, run: rewarmed?.run.id ?? null },
    };
  }

  async clear({ mode, rewarm }: verbs.ClearRequest) {
    return this.invalidate({ selector: '', mode, rewarm, dryRun: false });
  }

  async get(key: string) {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    const freshness = freshnessAt(value.head, this.#clock.now());
    return freshness === 'gone' ? undefined : { ...value, head: { ...value.head, freshness } };
  }

  getMany(keys: readonly string[]) {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  async list(selector: string, limit: number, cursor: string | undefined) {
    const from = Number(cursor ?? 0);
    const keys = this.#select(selector);
    const views = await Promise.all(keys.slice(from, from + limit).map((key) => this.get(key)));
    const entries = views.flatMap((value) => (value === undefined ? [] : [entryOf(value.head)]));
    return { entries, cursor: from + limit < keys.length ? String(from + limit) : null };
  }

  async inspect(key: string): Promise<verbs.Inspection> {
    const head = (await this.get(key))?.head ?? null;
    return {
      ...{ key, source: 'profile', temperature: 'warm', params: {}, catalogued: head !== null },
      ...{ dueAt: head?.dueAt ?? null, failure: null, tiers: [{ tier: 'memory', head, error: null }] },
    };
  }

  async check(selector: string, samples: number): Promise<verbs.CoverageReport> {
    const keys = this.#select(selector);
    const found = keys.flatMap((key) => this.#values.get(key) ?? []);
    const tally = { fresh: 0, due: 0, stale: 0, gone: 0 };
    for (const { head } of found) tally[freshnessAt(head, this.#clock.now())] += 1;
    const { gone: missing, ...counts } = tally;
    const gone = found.filter(({ head }) => freshnessAt(head, this.#clock.now()) === 'gone');
    const missingSamples = gone.slice(0, samples).map(({ head }) => head.key);
    const bytes = found.reduce((sum, { body }) => sum + body.length, 0);
    const total = keys.length;
    return {
      ...{ selector, total, reasons: [] },
      tiers: [{ tier: 'memory', total, ...counts, missing, bytes, missingSamples, error: null }],
      sources: [{ source: 'profile', total, warm: counts.fresh + counts.due }],
    };
  }

  async *export({ selector, bodies }: care.ExportRequest): AsyncGenerator<string[]> {
    const values = this.#select(selector).flatMap((key) => this.#values.get(key) ?? []);
    for (const { head, body } of values) {
      const line = { key: head.key, stamp: head.stamp };
      yield [
        JSON.stringify(bodies ? { ...line, encoding: 'text', body: Buffer.from(body).toString() } : line),
      ];
    }
  }

  /** Knows the key, the stamp and the text of a body, and refuses other sources than `profile`. */
  async import(
    input: AsyncIterable<Uint8Array>,
    { dryRun }: care.ImportRequest,
    { onProgress }: care.MaintenanceWatch,
  ): Promise<care.ImportReport> {
    const report = { dryRun, lines: 0, written: 0, superseded: 0, refused: 0, gone: 0 };
    const samples: care.ImportReport['samples'] = [];
    for (const text of (await textOf(input)).split('\n').filter((line) => line !== '')) {
      report.lines += 1;
      const { key, stamp, body } = JSON.parse(text);
      if (!String(key).startsWith('profile:')) {
        report.refused += 1;
        samples.push({ line: report.lines, key, reason: 'its source is not configured' });
      } else if ((this.#values.get(key)?.head.stamp ?? 0) > stamp) report.superseded += 1;
      else {
        report.written += 1;
        if (!dryRun) this.put(key, body, { stamp });
      }
      onProgress(report.lines);
    }
    return { ...report, samples };
  }

  async purge(request: care.PurgeRequest): Promise<care.PurgeReport> {
    const now = this.#clock.now();
    const found = this.#select(request.selector).flatMap((key) => this.#values.get(key) ?? []);
    const wanted = found.filter(({ head }) => !request.expired || head.staleAt <= now);
    if (!request.dryRun) for (const { head } of wanted) this.#values.delete(head.key);
    const keys = wanted.length;
    const bytes = wanted.reduce((sum, { body }) => sum + body.length, 0);
    return {
      ...{ ...request, keys, bySource: { profile: keys }, forgotten: request.forget ? keys : 0 },
      tiers: [{ tier: 'memory', keys, bytes, error: null }],
      samples: wanted.map(({ head }) => head.key).slice(0, 3),
    };
  }

  async validate({ selector, repair }: care.ValidationRequest): Promise<care.ValidationReport> {
    const entries = this.#select(selector).length;
    const none = { found: 0, repaired: 0, wrong: false, samples: [] };
    const findings = FINDINGS.map(({ kind }) => ({ kind, ...none }));
    const read = { entries, bodies: entries, bytes: 0, catalogued: entries };
    return { selector, repair, sound: true, ...read, findings, tiers: [] };
  }

  async bench({ selector }: care.BenchRequest): Promise<care.BenchReport> {
    const found = this.#select(selector).flatMap((key) => this.#values.get(key) ?? []);
    const bytes = found.reduce((sum, { body }) => sum + body.length, 0);
    const none = { tiers: [], compression: [], origins: [] };
    return { selector, at: this.#clock.now(), keys: found.length, bytes, ...none };
  }

  async schedules(): Promise<verbs.ScheduleView[]> {
    const times = { timezone: null, nextAt: this.#clock.now() + 60_000, lastAt: null, lastRun: null };
    return [{ name: 'nightly', kind: 'run', cron: '0 2 * * *', selector: '', ...times }];
  }

  async trigger(name: string) {
    if (name !== 'nightly') throw new ForewarmError('E_NOT_FOUND', `there is no schedule "${name}"`);
    return { schedule: name, run: (await this.warm(allOf(''), 'api')).run.id };
  }

  async stats(): Promise<verbs.StatsView> {
    const bytes = [...this.#values.values()].reduce((sum, { body }) => sum + body.length, 0);
    const tiers = [{ tier: 'memory', entries: this.#values.size, bytes, error: null }];
    const statistics = statisticsViewOf(NO_STATISTICS);
    return { at: this.#clock.now(), processes: [], statistics, tiers, sources: [], origins: [], lanes: [] };
  }

  async gc() {
    const gone = [...this.#values].filter(([, { head }]) => freshnessAt(head, this.#clock.now()) === 'gone');
    for (const [key] of gone) this.#values.delete(key);
    const bytes = gone.reduce((sum, [, { body }]) => sum + body.length, 0);
    return { removed: gone.length, bytes, recoded: 0, orphans: 0, runs: 0 };
  }

  async deadLetters(limit: number) {
    return { letters: this.#letters.slice(0, limit), total: this.#letters.length };
  }

  async redrive(ids: readonly string[]) {
    const before = this.#letters.length;
    this.#letters = this.#letters.filter(({ id }) => ids.length > 0 && !ids.includes(id));
    return before - this.#letters.length;
  }

  async doctor(): Promise<verbs.DoctorCheck[]> {
    return [{ name: 'memory', state: 'ok', finding: 'everything is in this process', remedy: null }];
  }

  async ready() {
    return this.unready;
  }

  #select(selector: string): string[] {
    const parsed = parseSelector(selector);
    return [...this.#values.keys()].filter((key) => selectsKey(parsed, key));
  }

  #spoil(key: string, mode: 'stale' | 'drop'): void {
    const value = this.#values.get(key);
    if (mode === 'drop' || value === undefined) this.#values.delete(key);
    else this.#values.set(key, { ...value, head: { ...value.head, staleAt: this.#clock.now() } });
  }

  #found(id: string): Run {
    const run = this.#runs.get(id);
    if (run === undefined) throw new ForewarmError('E_NOT_FOUND', `there is no run "${id}"`);
    return run;
  }

  #change(id: string, change: Partial<verbs.RunView>): verbs.RunView {
    const { view, keys } = this.#found(id);
    const changed = { ...view, ...change, revision: view.revision + 1 };
    this.#runs.set(id, { view: changed, keys });
    for (const wake of this.#watches) wake();
    return changed;
  }
}

async function textOf(input: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function allOf(selector: string): verbs.WarmRequest {
  return { selector, force: false, missing: false, limit: 0, deadline: 0 };
}

function ended(endedReason: 'finished' | 'stopped', clock: Clock) {
  return { state: 'ended', endedReason, endedAt: clock.now() } as const;
}

function entryOf({ key, source, freshness, dueAt, bodyBytes }: verbs.HeadView): verbs.EntryView {
  const state = freshness === 'gone' ? 'missing' : freshness;
  return { key, source, temperature: 'warm', freshness: state, dueAt, bodyBytes, failure: null };
}
