/**
 * One task's calls to its origin: a call per group of keys, cut into smaller ones where a key spoils it.
 *
 *     calls.ts             a task's groups of keys, one call each
 *       halving.ts         of a call that failed because of one of its keys: which smaller ones are made, and when to stop
 *       call-sizes.ts      how many keys the origin takes in one call, where that is fewer than configured
 *       origin-caller.ts   one call: a permit of the budget, the tries, what its end means for the origin
 *         canary.ts              few at a time until a source was answered, and after the origin said "slow down"
 *         throttle-backoff.ts    for how long "slow down" holds, where the origin does not say
 *         origin-health.ts       whether the origin is down: failures of different keys, with no answer in between
 *
 * A pause is told to the ledger, so that every process keeps it; first calls, back-off and health are what this process has seen
 * for itself.
 */
import { OriginError } from '../../core/errors.ts';
import { carriesTagsOf, type Source } from '../../core/source.ts';
import type { Fetched, OriginRequest } from '../../origins/origin.ts';
import type { AbsenceGuard } from '../absence-guard.ts';
import type { WantedKey } from '../judgement.ts';
import { knownOf } from '../known-value.ts';
import type { ResultWriter } from '../result-writer.ts';
import type { Ended, Unfinished, WarmResult, WarmTask } from '../warm-task.ts';
import { type CallOptions, type CallResult, PART, WHOLE } from './call-result.ts';
import type { CallSizes } from './call-sizes.ts';
import { Halving, type PartSizes } from './halving.ts';
import type { OriginCaller } from './origin-caller.ts';
import type { TaskCalls } from './task-calls.ts';

export interface CallsDeps {
  readonly originCaller: OriginCaller;
  readonly task: Pick<WarmTask, 'source' | 'signal' | 'user'>;
  readonly writer: ResultWriter;
  readonly absences: AbsenceGuard;
  readonly callSizes: CallSizes;
  /** Counts what they take. */
  readonly taskCalls: TaskCalls;
}

export class Calls {
  readonly #deps: CallsDeps;
  readonly unfinished: Unfinished[] = [];
  /** The origin is paused, or some of the keys wait for others. */
  deferred: WarmResult['deferred'];
  #paused = false;
  #broken = false;
  /** A search for bad keys ended with nothing answered, and nothing was since: others are likely to end like it. */
  #isHopeless = false;

  constructor(deps: CallsDeps) {
    this.#deps = deps;
  }

  /** What all of them took. */
  get taken(): TaskCalls {
    return this.#deps.taskCalls;
  }

  /** Calls for these keys, and what comes of them. Once the origin is paused, or a call has rejected, the rest is not asked for. */
  async make(group: readonly WantedKey[]): Promise<void> {
    const { callSizes, task } = this.#deps;
    try {
      for (let at = 0; at < group.length && !this.#isOver; ) {
        const part = group.slice(at, at + callSizes.most(task.source));
        at += part.length;
        if (await this.#makeOne(part)) this.#deps.taskCalls.asked(part);
      }
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }

  /** False where the keys are put off. */
  async #makeOne(group: readonly WantedKey[]): Promise<boolean> {
    const result = await this.#ask(group, WHOLE);
    if (result === 'put off') return false;
    if (result === 'answered') this.#deps.callSizes.answered(this.#deps.task.source, group.length);
    else if (isDivisible(result, group)) return this.#divide(group, result);
    else await this.#failed(group, result);
    return true;
  }

  /**
   * The bad keys of a call that failed are found by calls for ever fewer of its keys; one that is bad fails alone. Where
   * nothing is answered, the call fails as it did. False where the keys are put off.
   */
  async #divide(group: readonly WantedKey[], first: Failed): Promise<boolean> {
    const refused = first.permanent;
    const halving = new Halving({ keys: group, refused, sizes: this.#sizes(), isHopeless: this.#isHopeless });
    const alone: { readonly part: readonly WantedKey[]; readonly why: Failed }[] = [];
    let isRefused = refused;
    for (let part = halving.next(); part !== undefined && !this.#isOver; part = halving.next()) {
      const result = await this.#ask(part.keys, PART);
      if (result === 'answered') halving.answered(part);
      if (typeof result === 'string') continue;
      isRefused ||= result.permanent;
      const stands = !isDivisible(result, part.keys) && part.keys.length > 1;
      if (stands || halving.failed(part, result.permanent)) alone.push({ part: part.keys, why: result });
    }
    // What is down answers nobody, and no key has failed by itself.
    const isDown = halving.isUnanswered && !isRefused;
    if (isDown) this.#defer(await this.#deps.originCaller.down(this.#deps.task.source.origin, first.reason));
    if (isDown || this.#broken) return false;
    for (const { part, why } of alone) await this.#failed(part, why);
    if (!halving.isFruitless) return true;
    this.#isHopeless = true;
    const blameless = alone.some(({ why }) => why.blameless) || undefined;
    await this.#failed(halving.rest, { ...first, blameless, reason: hopeless(first.reason, halving.bad) });
    return true;
  }

  #sizes(): PartSizes {
    const { callSizes, task } = this.#deps;
    const { source } = task;
    return {
      most: () => callSizes.most(source),
      answered: (keys) => callSizes.answered(source, keys),
      refused: (keys, taken) => callSizes.refused(source, keys, taken),
    };
  }

  /** Nothing more may be asked for. */
  get #isOver(): boolean {
    return this.#paused || this.#broken || this.#deps.task.signal.aborted;
  }

  async #ask(group: readonly WantedKey[], options: CallOptions): Promise<Failed | 'answered' | 'put off'> {
    const { originCaller, task, writer, absences, taskCalls } = this.#deps;
    if (this.#isOver) return 'put off';
    const onCall = (ms: number, ok: boolean) => taskCalls.ended(group, ms, ok);
    const requests = group.map((wanted) => requestOf(task.source, wanted));
    const result = await originCaller.call({ ...task, onCall }, requests, options);
    if (result.kind === 'failed') return result;
    if (result.kind === 'deferred') {
      this.#defer(result);
      return 'put off';
    }
    this.#isHopeless = false;
    const { answers, stamp } = result;
    taskCalls.answered(requests, answers);
    const answered = group.map((wanted, i) => ({ wanted, answer: answers[i] ?? NO_ANSWER, stamp }));
    writer.put(absences.sift(answered));
    return 'answered';
  }

  /** Keys that did not end wait until then. */
  putOff(until: number, reason: string): void {
    this.deferred ??= { until, reason };
  }

  #defer({ until, reason, onlyThese }: Omit<Extract<CallResult, { kind: 'deferred' }>, 'kind'>): void {
    if (!onlyThese) this.#paused = true;
    if (this.deferred === undefined || !onlyThese) this.deferred = { until, reason };
  }

  async #failed(group: readonly WantedKey[], { permanent, reason, blameless }: Failed): Promise<void> {
    const failures = group.map(({ index }) => ({ index, reason, blameless }));
    if (permanent) await this.#deps.writer.end(failures.map(failure));
    else this.unfinished.push(...failures);
  }
}

type Failed = Extract<CallResult, { kind: 'failed' }>;

const NO_ANSWER: Fetched = {
  kind: 'error',
  error: new OriginError('retryable', 'the origin gave no answer for this key'),
};

export function failure(key: Unfinished): Ended {
  return { ...key, outcome: 'failed', dueAt: undefined };
}

/** Why a key fails that was only ever asked for with others. */
function hopeless(reason: string, bad: number): string {
  return `its call failed (${reason}), and so did ${bad} of its keys that were asked for one by one`;
}

function isDivisible({ divisible }: Failed, group: readonly WantedKey[]): boolean {
  return divisible && group.length > 1;
}

/** One whose tags have changed is asked for whole: what is "unchanged" keeps its head, and with it the tags that it had. */
function requestOf(source: Source, { key, head, params }: WantedKey): OriginRequest {
  return {
    key,
    params,
    known: head && carriesTagsOf(source, params, head.tags) ? knownOf(source, head) : undefined,
  };
}
