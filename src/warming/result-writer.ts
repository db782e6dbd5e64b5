/** Where fetched values go: through every tier in batches, then into the catalog and to whoever counts outcomes. */
import type { Catalog, Settlement } from '../catalog/catalog.ts';
import type { Registry } from '../catalog/registry.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { NEVER } from '../core/never.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Source } from '../core/source.ts';
import { dueAfterFailure } from '../policy/decision.ts';
import type { Bus } from '../tiers/invalidation/bus.ts';
import type { Fenced, Fences } from '../tiers/invalidation/fences.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Write, Written } from '../tiers/tier.ts';

/** How a key of a task ended. `index` is its place among the task's keys. */
export interface Ended {
  readonly index: number;
  readonly outcome: Outcome;
  /** Why, for `refused` and `failed`. */
  readonly reason: string;
}

/** A key that did not end and is to be tried again. */
export interface Unfinished {
  readonly index: number;
  readonly reason: string;
}

/** A value on its way into the tiers. */
export interface Arrival {
  readonly index: number;
  readonly outcome: 'warmed' | 'unchanged';
  readonly dueAt: number;
  readonly write: Write;
  /** What fences judge it by. */
  readonly fenced: Fenced;
}

export const INVALIDATED = 'it was invalidated while it was fetched';
const UNSURE = 'the jobs Redis does not tell whether it was invalidated';

export interface ResultWriterDeps {
  readonly stack: Stack;
  readonly bus: Pick<Bus, 'extended'>;
  readonly catalog: Pick<Catalog, 'settle' | 'recall' | 'reschedule'>;
  readonly registry: Pick<Registry, 'count'>;
  readonly clock: Clock;
  readonly events: Events;
}

/** What answers of an origin come to. */
export interface Judged {
  /** To be written. */
  readonly arrivals: readonly Arrival[];
  /** Ended without anything to write. */
  readonly ended: readonly Ended[];
  /** To be tried again. */
  readonly unfinished: readonly Unfinished[];
}

export interface ResultWriterTask<Answer> {
  readonly source: Source;
  readonly keys: readonly string[];
  readonly run: string | undefined;
  /** Judges answers when their batch is written: many in a row cost much less than each between two calls. */
  readonly judge: (answers: readonly Answer[], fences: Fences) => Judged;
  /** Told of keys as they end, in batches; what it resolves after is known to be recorded. */
  readonly onEnded: (batch: readonly Ended[]) => Promise<void>;
}

/** Answers judged and written together: enough to make the round trips worth it, few enough that nobody waits long meanwhile. */
export const BATCH = 256;
/** An answer waits no longer than this for others, in ms, however slow its origin is: so little is lost with a killed worker. */
const LINGER_MS = 25;

/** Writes are bounded by each tier's own deadline, and a value that was paid for is stored also while stopping. */

/** Takes answers as they come, and has them judged, written and recorded in batches. */
export class ResultWriter<Answer> {
  readonly #deps: ResultWriterDeps;
  readonly #task: ResultWriterTask<Answer>;
  /** Keys that must be tried again, filled as batches are judged and written. */
  readonly unfinished: Unfinished[] = [];
  #waiting: Answer[] = [];
  #lingering: Timer | undefined;
  #flushes: Promise<void> = Promise.resolve();

  constructor(deps: ResultWriterDeps, task: ResultWriterTask<Answer>) {
    this.#deps = deps;
    this.#task = task;
  }

  /** Takes answers; a batch that is full, or has waited, is written in the background, one batch at a time. */
  put(answers: readonly Answer[]): void {
    for (const answer of answers) this.#waiting.push(answer);
    if (this.#waiting.length >= BATCH) this.#flush();
    else if (answers.length > 0) this.#lingering ??= this.#deps.clock.after(LINGER_MS, () => this.#flush());
  }

  /** Keys that ended without anything to write. */
  async end(ended: readonly Ended[], dueAt: (index: number) => number | undefined): Promise<void> {
    if (ended.length === 0) return;
    const { source, keys, run } = this.#task;
    const { catalog, registry, events, clock } = this.#deps;
    const outcomes: Partial<Record<Outcome, number>> = {};
    const settlements: Settlement[] = [];
    for (const { index, outcome, reason } of ended) {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      const key = keys[index] ?? '';
      const due = dueAt(index);
      if (outcome === 'refused' || outcome === 'failed') {
        const at = clock.now();
        const failure = { outcome, reason, at };
        settlements.push({ key, dueAt: dueAfterFailure(source.lifetime, at), failure });
        const told = { source: source.name, key, reason };
        if (outcome === 'refused') events.emit('key:refused', told);
        else events.emit('key:failed', run === undefined ? told : { ...told, run });
      } else if (due !== undefined) {
        settlements.push({ key, dueAt: due });
      }
    }
    await Promise.all([
      catalog.settle(source.name, settlements),
      registry.count(source.name, outcomes),
      this.#task.onEnded(ended),
    ]);
    events.emit(
      'keys:ended',
      run === undefined ? { source: source.name, outcomes } : { source: source.name, run, outcomes },
    );
  }

  /** Resolves when everything that was put is written and recorded. Rejects with the first error of that. */
  async drain(): Promise<void> {
    this.#flush();
    await this.#flushes;
  }

  #flush(): void {
    this.#lingering?.cancel();
    this.#lingering = undefined;
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    this.#flushes = this.#flushes.then(() => this.#take(batch));
    // Whoever drains gets the error; until then nobody waits for it.
    this.#flushes.catch(() => undefined);
  }

  async #take(batch: readonly Answer[]): Promise<void> {
    const { fences } = this.#deps.stack;
    const isKnown = await fences.sync();
    const { arrivals, ended, unfinished } = this.#task.judge(batch, fences);
    this.unfinished.push(...unfinished);
    const all = [...ended];
    const due = new Map<number, number>();
    // Whether a body was dropped since it was looked up can then not be told, and to extend it would bring it back.
    const isUnsure = ({ write }: Arrival) => !isKnown && write.kind === 'extend';
    const fenced = arrivals.filter(
      (arrival) => isUnsure(arrival) || fences.modeOf(arrival.fenced) !== undefined,
    );
    for (const arrival of fenced) {
      this.unfinished.push({ index: arrival.index, reason: isUnsure(arrival) ? UNSURE : INVALIDATED });
    }
    const wanted = fenced.length === 0 ? arrivals : arrivals.filter((arrival) => !fenced.includes(arrival));
    await this.#write(wanted, all, due);
    await this.end(all, (index) => due.get(index));
    await this.#advanceFenced(wanted);
  }

  /** A fence that was raised since has made keys due, perhaps before they were settled: they are made due once more. */
  async #advanceFenced(arrivals: readonly Arrival[]): Promise<void> {
    if (arrivals.length === 0) return;
    const { stack, catalog, clock } = this.#deps;
    const { keys, source } = this.#task;
    await stack.fences.sync();
    const fenced = arrivals.filter((arrival) => stack.fences.modeOf(arrival.fenced) !== undefined);
    if (fenced.length === 0) return;
    const due = fenced.map(({ index }) => keys[index] ?? '');
    await catalog.reschedule(source.name, due, clock.now());
  }

  async #write(arrivals: readonly Arrival[], ended: Ended[], due: Map<number, number>): Promise<void> {
    if (arrivals.length === 0) return;
    const { stack } = this.#deps;
    let verdicts: readonly Written[];
    try {
      const writes = arrivals.map(({ write }) => write);
      verdicts = (await stack.writeThrough(writes, NEVER)).verdicts;
    } catch (error) {
      const reason = `no tier took it: ${messageOf(error)}`;
      for (const { index } of arrivals) this.unfinished.push({ index, reason });
      return;
    }
    this.#tellExtended(arrivals, verdicts);
    const lost: Arrival[] = [];
    arrivals.forEach((arrival, i) => {
      const verdict = verdicts[i];
      if (verdict === 'written') {
        ended.push({ index: arrival.index, outcome: arrival.outcome, reason: '' });
        due.set(arrival.index, arrival.dueAt);
      } else if (verdict === 'too-large') {
        ended.push({
          index: arrival.index,
          outcome: 'failed',
          reason: 'the body is larger than any shared tier takes',
        });
      } else if (verdict === 'not-kept') {
        const reason = 'the tiers of its source do not answer';
        this.unfinished.push({ index: arrival.index, reason });
      } else {
        lost.push(arrival);
      }
    });
    if (lost.length > 0) await this.#explain(lost, ended, due);
  }

  /** Nobody waits for it: who misses it reads the value again. */
  #tellExtended(arrivals: readonly Arrival[], verdicts: readonly Written[]): void {
    const { bus, events } = this.#deps;
    const writes = arrivals.flatMap(({ write }, i) =>
      write.kind === 'extend' && verdicts[i] === 'written' ? [write] : [],
    );
    if (writes.length === 0) return;
    bus.extended(writes).catch((error: unknown) => events.emit('problem', { where: 'bus', error }));
  }

  /** A newer write won, or the body to extend is gone. With a fresh value there the key is warm; else it needs another try. */
  async #explain(lost: readonly Arrival[], ended: Ended[], due: Map<number, number>): Promise<void> {
    const keys = lost.map(({ index }) => this.#task.keys[index] ?? '');
    const surveys = await this.#deps.stack.survey(keys, NEVER);
    const now = this.#deps.clock.now();
    lost.forEach(({ index }, i) => {
      const head = surveys[i]?.newest;
      if (head !== undefined && head.kind !== 'dropped' && now < head.dueAt) {
        ended.push({ index, outcome: 'already-warm', reason: '' });
        due.set(index, head.dueAt);
      } else {
        const reason = head === undefined ? 'its stored body vanished while it was fetched' : INVALIDATED;
        this.unfinished.push({ index, reason });
      }
    });
  }
}
