import { LIMIT_WINDOW_MS, type LimitKind } from '../policy/limit.ts';

/** So many calls in flight count as one level: what bears that many bears more. */
const HIGHEST = 256;
/** Fewer calls that were let in prove nothing: one more than the origin bears is let in where another has just ended. */
const FEWEST = 2;
/** So many times as many let in as refused: the number of calls in flight was not what was refused. */
const TIMES = 2;
/** A refusal comes quickly: a call that takes so many times as long was let in, although it has no answer yet. */
const LONGER = 3;

/** A call under way: by the limits of which epoch it was permitted, and how many were in flight when it began, with itself. */
export interface CallLevel {
  readonly epoch: number;
  readonly level: number;
  /** Monotonic ms. */
  readonly at: number;
}

/** How many calls ended at each level, in a window. */
class LevelCounts {
  readonly #counts = new Map<number, number>();
  total = 0;
  lowest = HIGHEST;

  add(level: number): void {
    const at = Math.min(level, HIGHEST);
    this.#counts.set(at, (this.#counts.get(at) ?? 0) + 1);
    this.total += 1;
    this.lowest = Math.min(this.lowest, at);
  }

  /** How many ended at this level and above. */
  from(level: number): number {
    let sum = 0;
    for (const [at, count] of this.#counts) if (at >= level) sum += count;
    return sum;
  }
}

interface LevelWindow {
  readonly answered: LevelCounts;
  readonly refused: LevelCounts;
}

const emptyWindow = (): LevelWindow => ({ answered: new LevelCounts(), refused: new LevelCounts() });

/**
 * Of which limit an origin speaks that says "slow down" and no more. One that bears so many calls at a time lets those below in,
 * and refuses those above; one that bears so many in a second refuses some of them among many that it let in while as many were
 * in flight. So calls are counted by their level: how many were in flight when they began, in the window under way and the one before.
 */
export class LoadLevels {
  readonly #underWay = new Set<CallLevel>();
  #now = emptyWindow();
  #before = emptyWindow();
  #windowAt = 0;
  /** Calls of other processes, when the ledger was heard of last. */
  #elsewhere = 0;
  /** How long the quickest refusal took, in ms. */
  #refusalMs = Number.POSITIVE_INFINITY;
  /** When the first call that was refused began, and until when one was in flight that was let in. */
  #refusedAt = Number.POSITIVE_INFINITY;
  #letInUntil = Number.NEGATIVE_INFINITY;

  begin(epoch: number, now: number): CallLevel {
    const call = { epoch, level: this.#underWay.size + 1 + this.#elsewhere, at: now };
    this.#underWay.add(call);
    return call;
  }

  /** `isLetIn`: undefined when it was not made. */
  end(call: CallLevel, isLetIn: boolean | undefined, now: number): void {
    this.#underWay.delete(call);
    if (isLetIn) this.#letInUntil = now;
  }

  letIn({ level }: CallLevel): void {
    this.#now.answered.add(level);
  }

  refused({ level, at }: CallLevel, now: number): void {
    this.#now.refused.add(level);
    this.#refusedAt = Math.min(this.#refusedAt, at);
    this.#refusalMs = Math.min(this.#refusalMs, now - at);
  }

  /** Other processes have so many calls in flight. Windows go by the clock. */
  hold(elsewhere: number, now: number): void {
    this.#elsewhere = elsewhere;
    if (now - this.#windowAt < LIMIT_WINDOW_MS) return;
    this.#before = this.#now;
    this.#now = emptyWindow();
    this.#windowAt = now;
  }

  /** Other limits hold. */
  clear(): void {
    this.#now = emptyWindow();
    this.#before = emptyWindow();
    this.#refusalMs = Number.POSITIVE_INFINITY;
    this.#refusedAt = Number.POSITIVE_INFINITY;
  }

  /** The limit that was exceeded, as it seems; undefined when nothing was refused. */
  exceededAt(now: number): LimitKind | undefined {
    const windows = [this.#now, this.#before];
    const sum = (of: (window: LevelWindow) => number) => windows.reduce((total, each) => total + of(each), 0);
    const refused = sum((window) => window.refused.total);
    if (refused === 0) return undefined;
    if (this.#isAlone) return 'rate';
    const level = Math.min(...windows.map((window) => window.refused.lowest));
    const letIn = sum((window) => window.answered.from(level)) + this.#longUnderWay(level, now);
    return letIn >= FEWEST && letIn >= refused * TIMES ? 'rate' : 'concurrency';
  }

  /** Nothing was let in that could have been in the way. */
  get #isAlone(): boolean {
    return this.#letInUntil < this.#refusedAt && this.#underWay.size === 0 && this.#elsewhere === 0;
  }

  #longUnderWay(level: number, now: number): number {
    const before = now - this.#refusalMs * LONGER;
    let count = 0;
    for (const call of this.#underWay) if (call.level >= level && call.at < before) count += 1;
    return count;
  }
}
