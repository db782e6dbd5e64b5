/** Where answers go: judged and written through every tier in batches, then settled. */
import type { Catalog } from '../catalog/catalog.ts';
import type { Timer } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { NEVER } from '../core/never.ts';
import { Breath } from '../flow/breath.ts';
import type { Bus } from '../tiers/invalidation/bus.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Written } from '../tiers/tier.ts';
import { type Answered, judgeAnswers, type PendingWrite } from './judgement.ts';
import { endKeys, type SettlementDeps } from './settlement.ts';
import type { VectorLengths } from './vector-lengths.ts';
import type { Ended, Unfinished, WarmTask } from './warm-task.ts';

export interface ResultWriterDeps extends SettlementDeps {
  readonly stack: Stack;
  readonly bus: Pick<Bus, 'extended'>;
  readonly catalog: Pick<Catalog, 'settle' | 'reschedule'>;
  readonly vectorLengths: VectorLengths;
}

type ResultWriterTask = Pick<WarmTask, 'source' | 'keys' | 'run' | 'onEnded'>;

const UNSURE = 'the jobs Redis does not tell whether it was invalidated';
const TOO_LARGE = 'the body is larger than any shared tier takes';
const VANISHED = 'its stored body vanished while it was fetched';
const NOT_KEPT = 'the tiers of its source do not answer';

/** Answers judged and written together: enough to make the round trips worth it, few enough that no reader of the tiers waits long. */
export const BATCH = 256;
/** An answer waits no longer than this for others, in ms, however slow its origin is: so that a killed worker loses little. */
const LINGER_MS = 25;

/** Takes answers as they come, and has them judged, written and recorded in batches. */
export class ResultWriter {
  readonly #deps: ResultWriterDeps;
  readonly #task: ResultWriterTask;
  /** Keys that must be tried again, filled as batches are judged and written. */
  readonly unfinished: Unfinished[] = [];
  /** Keys that were invalidated while they were fetched. */
  readonly #overtaken: number[] = [];
  #waiting: Answered[] = [];
  #lingering: Timer | undefined;
  #flushes: Promise<void> = Promise.resolve();
  /** When the task began, ms since the epoch: none of its calls did before. */
  readonly #began: number;

  constructor(deps: ResultWriterDeps, task: ResultWriterTask) {
    this.#deps = deps;
    this.#began = deps.clock.now();
    this.#task = task;
  }

  /** Takes answers; a batch that is full, or has waited, is written in the background, one batch at a time. */
  put(answers: readonly Answered[]): void {
    for (const answer of answers) this.#waiting.push(answer);
    if (this.#waiting.length >= BATCH) this.#flush();
    else if (answers.length > 0) this.#lingering ??= this.#deps.clock.after(LINGER_MS, () => this.#flush());
  }

  /** Keys that ended without anything to write, or whose write is done. */
  async end(ended: readonly Ended[]): Promise<void> {
    const { source, keys, run, onEnded } = this.#task;
    const owner = { source: source.name, lifetime: source.lifetime, run };
    const ends = ended.map((end) => ({ ...end, ...this.#beganOf(end), key: keys[end.index] ?? '' }));
    await endKeys(this.#deps, owner, ends, () => onEnded(ended));
  }

  #beganOf({ outcome, since }: Ended): Pick<Ended, 'since'> {
    const failed = outcome === 'failed' || outcome === 'refused';
    return failed && since === undefined ? { since: this.#began } : {};
  }

  /** Keys that were invalidated while they were fetched, once: they are to be fetched again, under a new stamp. */
  takeOvertaken(): readonly number[] {
    return this.#overtaken.splice(0);
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
    // `drain` rejects with the error; until then nothing awaits it.
    this.#flushes.catch(() => undefined);
  }

  async #take(batch: readonly Answered[]): Promise<void> {
    const { fences } = this.#deps.stack;
    const isKnown = await fences.sync();
    // Judged when the batch is written: many in a row cost much less than each between two calls.
    const breath = new Breath({ clock: this.#deps.clock });
    const vectorProblem = this.#deps.vectorLengths.judgeOf(this.#task.source, batch);
    const judged = await judgeAnswers(this.#task.source, batch, fences, breath, vectorProblem);
    const { writes, ended, unfinished, overtaken } = judged;
    this.unfinished.push(...unfinished);
    this.#overtaken.push(...overtaken);
    const wanted: PendingWrite[] = [];
    for (const write of writes) {
      const { index } = write;
      // Whether a body was dropped since it was looked up is then not known, and to extend it would bring it back.
      if (!isKnown && write.write.kind === 'extend')
        this.unfinished.push({ index, reason: UNSURE, blameless: true });
      else if (fences.modeOf(write.fenced) === undefined) wanted.push(write);
      else this.#overtaken.push(index);
    }
    this.#reportUnusable(wanted);
    await this.end([...ended, ...(await this.#write(wanted))]);
    await this.#makeFencedDue(wanted);
  }

  #reportUnusable(writes: readonly PendingWrite[]): void {
    const source = this.#task.source.name;
    for (const { write } of writes) {
      if (write.kind !== 'put') continue;
      const { key, unusable: reason } = write.entry.head;
      if (reason !== undefined) this.#deps.events.emit('metadata:unusable', { source, key, reason });
    }
  }

  /** A fence that was raised since has made keys due, perhaps before they were settled: they are made due once more. */
  async #makeFencedDue(writes: readonly PendingWrite[]): Promise<void> {
    if (writes.length === 0) return;
    const { stack, catalog, clock } = this.#deps;
    const { keys, source } = this.#task;
    await stack.fences.sync();
    const fenced = writes.filter((write) => stack.fences.modeOf(write.fenced) !== undefined);
    if (fenced.length === 0) return;
    const due = fenced.map(({ index }) => keys[index] ?? '');
    await catalog.reschedule(source.name, due, clock.now());
  }

  /** Returns the keys that ended; the others are to be tried again. */
  async #write(writes: readonly PendingWrite[]): Promise<Ended[]> {
    if (writes.length === 0) return [];
    let verdicts: readonly Written[];
    try {
      const batch = writes.map(({ write }) => write);
      verdicts = (await this.#deps.stack.writeThrough(batch, NEVER)).verdicts;
    } catch (error) {
      const reason = `no tier took it: ${messageOf(error)}`;
      for (const { index } of writes) this.unfinished.push({ index, reason, blameless: true });
      return [];
    }
    this.#announceExtended(writes, verdicts);
    const ended: Ended[] = [];
    const lost: PendingWrite[] = [];
    for (const [i, write] of writes.entries()) {
      const { index, outcome, dueAt, since } = write;
      const verdict = verdicts[i];
      if (verdict === 'written') ended.push({ index, outcome, reason: '', dueAt, since });
      else if (verdict === 'too-large')
        ended.push({ index, outcome: 'failed', reason: TOO_LARGE, dueAt: undefined });
      else if (verdict === 'not-kept') this.unfinished.push({ index, reason: NOT_KEPT, blameless: true });
      else lost.push(write);
    }
    return lost.length === 0 ? ended : [...ended, ...(await this.#explain(lost))];
  }

  /** Not awaited: a process that misses the message reads the value again. */
  #announceExtended(writes: readonly PendingWrite[], verdicts: readonly Written[]): void {
    const { bus, events } = this.#deps;
    const extended = writes.flatMap(({ write }, i) =>
      write.kind === 'extend' && verdicts[i] === 'written' ? [write] : [],
    );
    if (extended.length === 0) return;
    bus.extended(extended).catch((error: unknown) => events.emit('problem', { where: 'bus', error }));
  }

  /** A newer write won, or the body to extend is gone. With a fresh value there the key is warm; else it needs another try. */
  async #explain(lost: readonly PendingWrite[]): Promise<Ended[]> {
    const keys = lost.map(({ index }) => this.#task.keys[index] ?? '');
    const surveys = await this.#deps.stack.survey(keys, NEVER);
    const now = this.#deps.clock.now();
    const ended: Ended[] = [];
    for (const [i, { index }] of lost.entries()) {
      const head = surveys[i]?.newest;
      if (head !== undefined && head.kind !== 'dropped' && now < head.dueAt) {
        const outcome = head.kind === 'absent' ? 'absent' : 'already-warm';
        ended.push({ index, outcome, reason: '', dueAt: head.dueAt });
      } else if (head === undefined) {
        this.unfinished.push({ index, reason: VANISHED });
      } else {
        this.#overtaken.push(index);
      }
    }
    return ended;
  }
}
