/**
 * One task's calls to its origin: a call per group of keys, cut into smaller ones where a key spoils it.
 *
 *     calls.ts             a task's groups of keys, one call each
 *       halving.ts         of a call that failed because of one of its keys: which smaller ones are made, and when to stop
 *       origin-caller.ts   one call: a permit of the budget, the tries, what its end means for the origin
 *         canary.ts              few at a time until a source was answered, and after the origin said "slow down"
 *         throttle-backoff.ts    for how long "slow down" holds, where the origin does not say
 *         origin-health.ts       whether the origin is down: failures of different keys, with no answer in between
 *
 * A pause is told to the ledger, so that every process keeps it; first calls, back-off and health are what this process has seen
 * for itself.
 */
import type { Head } from '../../core/entry.ts';
import { OriginError } from '../../core/errors.ts';
import { carriesTagsOf, type Params, type Source } from '../../core/source.ts';
import type { Fetched, Known, OriginRequest } from '../../origins/origin.ts';
import type { AbsenceGuard } from '../absence-guard.ts';
import type { WantedKey } from '../judgement.ts';
import type { ResultWriter } from '../result-writer.ts';
import type { Ended, Unfinished, WarmResult, WarmTask } from '../warm-task.ts';
import { Halving, halvesOf } from './halving.ts';
import { type CallOptions, type CallResult, type OriginCaller, PART, WHOLE } from './origin-caller.ts';

export interface CallsDeps {
  readonly originCaller: OriginCaller;
  readonly task: Pick<WarmTask, 'source' | 'signal' | 'user'>;
  readonly writer: ResultWriter;
  readonly absences: AbsenceGuard;
}

export class Calls {
  readonly #deps: CallsDeps;
  readonly unfinished: Unfinished[] = [];
  /** The origin is paused, or some of the keys wait for others. */
  deferred: WarmResult['deferred'];
  #paused = false;
  #broken = false;
  /** A search for bad keys ended with nothing answered, and nothing was since: others would end like it. */
  #isFruitless = false;

  constructor(deps: CallsDeps) {
    this.#deps = deps;
  }

  /** One call, and what comes of it. Once the origin is paused, or a call has rejected, the rest is not asked for. */
  async make(group: readonly WantedKey[]): Promise<void> {
    try {
      const result = await this.#ask(group, WHOLE);
      if (result === undefined) return;
      if (isDivisible(result, group) && !(result.permanent && this.#isFruitless))
        await this.#divide(group, result);
      else await this.#failed(group, result);
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }

  /**
   * The bad keys of a call that failed are found by calls for ever fewer of its keys; one that is bad fails alone. Where
   * nothing is answered, nothing can be said of any key: the call fails as it did.
   */
  async #divide(group: readonly WantedKey[], first: Failed): Promise<void> {
    const halving = new Halving(group.length);
    const open: (readonly WantedKey[])[] = [...halvesOf(group)];
    const alone: { readonly part: readonly WantedKey[]; readonly why: Failed }[] = [];
    let last = first;
    for (let part = open.shift(); part !== undefined; part = open.shift()) {
      if (!halving.next()) {
        open.unshift(part);
        break;
      }
      const result = await this.#ask(part, PART);
      if (result === undefined) halving.answered();
      else if (isDivisible(result, part)) open.push(...halvesOf(part));
      else alone.push({ part, why: result });
      last = result ?? last;
    }
    for (const { part, why } of alone) await this.#failed(part, why);
    if (open.length === 0) return;
    this.#isFruitless ||= halving.isFruitless;
    if (!halving.isFruitless) this.#unfinish(open.flat(), last.reason);
    else if (last.permanent) await this.#failed(open.flat(), last);
    else this.#defer(await this.#deps.originCaller.down(this.#deps.task.source.origin, last.reason));
  }

  /** Undefined when it was answered, or put off. */
  async #ask(group: readonly WantedKey[], options: CallOptions): Promise<Failed | undefined> {
    const { originCaller, task, writer, absences } = this.#deps;
    if (this.#paused || this.#broken || task.signal.aborted) return undefined;
    const result = await originCaller.call(
      task,
      group.map((wanted) => requestOf(task.source, wanted)),
      options,
    );
    if (result.kind === 'failed') return result;
    if (result.kind === 'deferred') {
      this.#defer(result);
      return undefined;
    }
    this.#isFruitless = false;
    const { answers, stamp } = result;
    const answered = group.map((wanted, i) => ({ wanted, answer: answers[i] ?? NO_ANSWER, stamp }));
    writer.put(absences.sift(answered));
    return undefined;
  }

  /** Keys that did not end wait until then. */
  putOff(until: number, reason: string): void {
    this.deferred ??= { until, reason };
  }

  #defer({ until, reason, onlyThese }: Omit<Extract<CallResult, { kind: 'deferred' }>, 'kind'>): void {
    if (!onlyThese) this.#paused = true;
    if (this.deferred === undefined || !onlyThese) this.deferred = { until, reason };
  }

  async #failed(group: readonly WantedKey[], { permanent, reason }: Failed): Promise<void> {
    if (permanent) await this.#deps.writer.end(group.map(({ index }) => failure(index, reason)));
    else this.#unfinish(group, reason);
  }

  #unfinish(group: readonly WantedKey[], reason: string): void {
    for (const { index } of group) this.unfinished.push({ index, reason });
  }
}

type Failed = Extract<CallResult, { kind: 'failed' }>;

const NO_ANSWER: Fetched = {
  kind: 'error',
  error: new OriginError('retryable', 'the origin gave no answer for this key'),
};

export function failure(index: number, reason: string): Ended {
  return { index, outcome: 'failed', reason, dueAt: undefined };
}

function isDivisible({ divisible }: Failed, group: readonly WantedKey[]): boolean {
  return divisible && group.length > 1;
}

function requestOf(source: Source, { key, head, params }: WantedKey): OriginRequest {
  return {
    key,
    params,
    known: head !== undefined && canStay(source, params, head) ? knownOf(head) : undefined,
  };
}

/**
 * Else it is asked for whole. What is "unchanged" keeps its head, and with it the tags that it had; and a validator of another
 * address may be that of something else here. Values that do not tell their address are from versions that did not note it.
 */
function canStay(source: Source, params: Params, { kind, tags, asked = source.asks }: Head): boolean {
  return kind === 'value' && asked === source.asks && carriesTagsOf(source, params, tags);
}

function knownOf({ etag, lastModified, version }: Known): Known | undefined {
  if (etag === undefined && lastModified === undefined && version === undefined) return undefined;
  return {
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(version === undefined ? {} : { version }),
  };
}
