/** Runs in memory. Nothing happens by itself: `plan` and `work` do what workers would. */
import { Method } from '../../../src/core/arguments.ts';
import { askerText } from '../../../src/core/asker.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { ForewarmError } from '../../../src/core/errors.ts';
import { countsOf } from '../../../src/core/outcome.ts';
import { currentActor } from '../../../src/flow/actor.ts';
import { exactly } from '../../../src/policy/estimate.ts';
import { keysNamed, keysOfRows } from '../../../src/verbs/runs/named-keys.ts';
import { fitsRun } from '../../../src/verbs/runs/run-filter.ts';
import { progressOf } from '../../../src/verbs/runs/run-progress.ts';
import type { RunDiff, RunFailures, RunReport } from '../../../src/verbs/runs/run-report-shapes.ts';
import type { RunView } from '../../../src/verbs/runs/run-shapes.ts';
import { type RunVerbs, runMethods } from '../../../src/verbs/runs/runs.ts';
import { type WarmRequest, warmRequest } from '../../../src/verbs/runs/warm-request.ts';
import { timeFor } from '../../../src/verbs/schedules/local-times.ts';
import { type KnownValues, pageOf, SOURCE, SOURCES } from './known-values.ts';

interface HeldRun {
  readonly view: RunView;
  readonly limit: number;
  /** Undefined when a selector says which. */
  readonly named: readonly string[] | undefined;
  /** Empty until it is planned. */
  readonly keys: readonly string[];
  readonly plan: WarmRequest['plan'];
}

const RUNS = new Method('runs', runMethods.runs);
const WARM = new Method('warm', runMethods.warm);
const STOP = new Method('stopRun', runMethods.stopRun);
const REPORT = new Method('runReport', runMethods.runReport);
const FAILURES = new Method('runFailures', runMethods.runFailures);
const DIFF = new Method('diffRuns', runMethods.diffRuns);

function sizeOf(actual: number, planned: number): 'within' | 'less' | 'more' {
  if (actual === planned) return 'within';
  return actual < planned ? 'less' : 'more';
}

function asRun({ schedule, named, endedReason, ...rest }: RunView) {
  return {
    ...rest,
    schedule: schedule ?? undefined,
    named: named ?? undefined,
    endedReason: endedReason ?? undefined,
  };
}

export class RunsInMemory implements RunVerbs {
  readonly #known: KnownValues;
  readonly #clock: Clock;
  readonly #runs = new Map<string, HeldRun>();
  readonly #watches = new Set<() => void>();

  constructor(known: KnownValues) {
    this.#known = known;
    this.#clock = known.clock;
  }

  get watches(): number {
    return this.#watches.size;
  }

  async warm(
    given: WarmRequest,
    cause: RunView['cause'] = 'library',
    schedule: string | null = null,
  ): Promise<{ run: RunView; created: boolean }> {
    const [request] = WARM.read(given, cause === 'schedule' ? undefined : cause);
    const { source = '', rows, keys } = request;
    const pages =
      rows === undefined
        ? keys && (await keysNamed(SOURCES, request.source, keys))
        : await keysOfRows(SOURCES, source, rows);
    const named = pages?.flatMap((page) => page.keys);
    if (named === undefined) this.#known.select(request.selector);
    const id = request.id ?? `run-${this.#runs.size + 1}`;
    const existing = this.#runs.get(id);
    if (existing !== undefined) return { run: existing.view, created: false };
    const nominal = schedule === null ? null : this.#clock.now();
    const view: RunView = {
      ...{ id, state: 'planning', selector: request.selector, cause, schedule, nominal },
      named: named === undefined ? null : { keys: named.length, sources: [SOURCE.name] },
      ...{
        note: said(request.why),
        createdAt: this.#clock.now(),
        startedAt: null,
        endedAt: null,
        endedReason: null,
        endedNote: '',
        unread: [],
        shrunk: [],
      },
      ...{ total: 0, pending: 0, counts: countsOf(), coverage: {}, revision: 0, waits: [] },
    };
    this.#runs.set(id, { view, limit: request.limit ?? 0, named, keys: [], plan: request.plan });
    return { run: view, created: true };
  }

  async runs(...given: Parameters<RunVerbs['runs']>) {
    const [limit, cursor, { since, until, ...filter }] = RUNS.read(...given);
    const isAsked = ({ createdAt }: RunView) =>
      (since === undefined || createdAt >= timeFor(since, [])) &&
      (until === undefined || createdAt <= timeFor(until, [], 'end'));
    const wanted = [...this.#runs.values()]
      .map(({ view }) => view)
      .filter((view) => isAsked(view) && fitsRun(asRun(view), filter, SOURCES));
    const page = pageOf(wanted.reverse(), limit, cursor);
    const last = page.cursor === null ? undefined : page.rows.at(-1);
    return { runs: page.rows, cursor: page.cursor, lookedBackTo: last?.createdAt ?? null };
  }

  async run(id: string) {
    return this.#found(id).view;
  }

  async stopRun(...given: Parameters<RunVerbs['stopRun']>) {
    const [id, { why = '' }] = STOP.read(...given);
    const { view } = this.#found(id);
    if (view.state === 'ended')
      throw new ForewarmError('E_CONFLICT', `run "${id}" has ended already (${view.endedReason})`);
    const counts = countsOf({ ...view.counts, cancelled: view.pending });
    return this.#change(id, {
      ...ended('stopped', this.#clock),
      endedNote: `by ${said(why) || who()}`,
      counts,
      pending: 0,
    });
  }

  /** Each key is a call of its own, and none fails. */
  async runReport(...given: Parameters<RunVerbs['runReport']>): Promise<RunReport> {
    const [id, samples] = REPORT.read(...given);
    const { view, plan } = this.#found(id);
    const isOver = view.state === 'ended';
    const done = view.total - view.pending;
    const duration = view.endedAt === null ? null : view.endedAt - view.createdAt;
    const last = this.#before(id);
    return {
      ...{
        run: id,
        plan: plan ?? null,
        unplanned: null,
        held: null,
        sources: [],
        slow: [],
        last: last ?? null,
      },
      actual: { keys: view.total, fetch: done, calls: done, failed: 0, bytes: 0, duration },
      compared:
        isOver && plan !== undefined
          ? [
              {
                figure: 'keys',
                planned: exactly(plan.keys),
                actual: view.total,
                is: sizeOf(view.total, plan.keys),
              },
            ]
          : [],
      diff: isOver && last !== undefined ? this.#diff(id, last, samples) : null,
    };
  }

  /** None fails. */
  async runFailures(...given: Parameters<RunVerbs['runFailures']>): Promise<RunFailures> {
    const [id] = FAILURES.read(...given);
    const { view } = this.#found(id);
    return { run: id, failures: [], total: 0, unlisted: 0, progress: progressOf(view), cursor: null };
  }

  async diffRuns(...given: Parameters<RunVerbs['diffRuns']>): Promise<RunDiff> {
    const [id, named, samples] = DIFF.read(...given);
    const to = named ?? this.#before(id);
    this.#found(id);
    if (to === undefined) throw new ForewarmError('E_NOT_FOUND', `there is no run before "${id}"`);
    return this.#diff(id, to, samples);
  }

  #before(id: string): string | undefined {
    const all = [...this.#runs.values()];
    const at = all.findIndex(({ view }) => view.id === id);
    const { schedule, selector } = this.#found(id).view;
    const isAlike = ({ view }: HeldRun) =>
      view.state === 'ended' && view.schedule === schedule && view.selector === selector;
    return all.slice(0, at).findLast(isAlike)?.view.id;
  }

  #diff(id: string, to: string, samples: number): RunDiff {
    const [run, before] = [this.#found(id).keys, this.#found(to).keys];
    const changed = (keys: readonly string[]) => ({
      count: keys.length,
      keys: keys.slice(0, samples).map((key) => ({ key, reason: '' })),
    });
    return {
      ...{ progress: progressOf(this.#found(id).view), toProgress: progressOf(this.#found(to).view) },
      ...{ unasked: changed([]), excluded: changed([]) },
      ...{ run: id, to, newlyFailing: changed([]), stillFailing: changed([]), recovered: changed([]) },
      came: changed(run.filter((key) => !before.includes(key))),
      left: changed(before.filter((key) => !run.includes(key))),
      ...{ coverage: [], sources: [], slowKeys: [], moreSlow: 0 },
    };
  }

  async *watchRun(id: string, signal: AbortSignal): AsyncGenerator<RunView> {
    let changed = Promise.withResolvers<void>();
    const wake = () => changed.resolve();
    this.#watches.add(wake);
    signal.addEventListener('abort', wake);
    try {
      for (let seen = -1; !signal.aborted; await changed.promise) {
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

  /** Writes the manifest, and begins. */
  plan(id: string): void {
    const { view, limit, named, plan } = this.#found(id);
    if (view.state !== 'planning') return;
    const selected = named ?? this.#known.select(view.selector);
    const keys = limit === 0 ? selected : selected.slice(0, limit);
    this.#runs.set(id, { view, limit, named, keys, plan });
    const total = keys.length;
    this.#change(id, { state: 'running', startedAt: this.#clock.now(), total, pending: total });
  }

  /** Warms the next keys of a run, which ends with its last key. */
  work(id: string, count: number): void {
    this.plan(id);
    const { view, keys } = this.#found(id);
    const begun = view.total - view.pending;
    const done = keys.slice(begun, begun + count);
    for (const key of done) this.#known.put(key, JSON.stringify({ key }));
    const pending = view.pending - done.length;
    const counts = countsOf({ ...view.counts, warmed: view.counts.warmed + done.length });
    const end = pending === 0 ? ended('finished', this.#clock) : {};
    this.#change(id, { ...end, counts, pending });
  }

  #found(id: string): HeldRun {
    const run = this.#runs.get(id);
    if (run === undefined) throw new ForewarmError('E_NOT_FOUND', `there is no run "${id}"`);
    return run;
  }

  #change(id: string, change: Partial<RunView>): RunView {
    const held = this.#found(id);
    const view = { ...held.view, ...change, revision: held.view.revision + 1 };
    this.#runs.set(id, { ...held, view });
    for (const wake of this.#watches) wake();
    return view;
  }
}

/** A request for a selector with everything else as it is by default. */
export function warmOf(selector: string): WarmRequest {
  return warmRequest.parse({ selector });
}

function who(): string {
  return currentActor()?.who ?? 'library';
}

function said(why = ''): string {
  return why === '' ? '' : askerText({ by: who(), why });
}

function ended(endedReason: 'finished' | 'stopped', clock: Clock) {
  return { state: 'ended', endedReason, endedAt: clock.now() } as const;
}
