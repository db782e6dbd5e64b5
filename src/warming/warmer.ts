/**
 * The warmer: makes keys of one source warm. `warming` chooses keys and warms them; what asks for it are the job kinds
 * (a run's chunk, a refresh, a version probe) and readers that fetch for themselves.
 *
 * `warm()` is the whole way, for all keys of a task together:
 * 1. Survey: the newest head of each key, and which tiers lack it.
 * 2. Decide (`key-choice.ts`, by `policy/decision.ts`): what is fresh enough for the task's reason ends; tiers that lack it are filled.
 * 3. Ask (`origin-caller.ts`): one call per group of keys, each with a permit and its stamp; `p-limit` bounds each user's calls in
 *    this process, the ledger those of the cluster. `origin-health.ts` pauses an origin that does not answer.
 *    A call that fails because of one of its keys is cut in halves (`calls.ts`, `halving.ts`).
 * 4. Judge and write (`result-writer.ts`, `judgement.ts`): answers are judged in batches and written through every tier.
 *    What was invalidated meanwhile is asked for again, under a new stamp.
 *    What is absent is believed when the origin says so twice, where it had a value or is only left out (`absence-guard.ts`).
 * 5. Settle (`settlement.ts`): due times go into the catalog, and `onEnded` is called.
 * What did not end is returned: tried in vain, or deferred until the origin may be called again.
 *
 * `selection.ts` turns selectors into keys, before a task is made.
 *
 * What must stay true:
 * - Each key ends at most once, and a key that is returned as unfinished or deferred has not ended.
 * - What was paid for is stored, also when the task is aborted: the writer is drained before `warm` returns or throws.
 * - A task may be done again from the start: what is fresh is not fetched again.
 */
import pLimit, { type LimitFunction } from 'p-limit';
import type { Catalog } from '../catalog/catalog.ts';
import type { Head } from '../core/entry.ts';
import { type Params, tagsBeyondKey } from '../core/source.ts';
import type { Survey } from '../tiers/stack/stack.ts';
import { AbsenceGuard, type AbsenceGuardDeps } from './absence-guard.ts';
import { CallSizes } from './calls/call-sizes.ts';
import { Calls, failure } from './calls/calls.ts';
import type { OriginCaller } from './calls/origin-caller.ts';
import { TaskCalls } from './calls/task-calls.ts';
import type { WantedKey } from './judgement.ts';
import { chooseKeys, paramsOf } from './key-choice.ts';
import { ResultWriter, type ResultWriterDeps } from './result-writer.ts';
import { VectorLengths } from './vector-lengths.ts';
import type { Ended, WarmResult, WarmTask } from './warm-task.ts';

export interface WarmerDeps extends Omit<ResultWriterDeps, 'vectorLengths'>, AbsenceGuardDeps {
  readonly catalog: Pick<Catalog, 'settle' | 'recall' | 'reschedule' | 'get'>;
  readonly originCaller: OriginCaller;
  /** Concurrent calls of each user in this process, by origin; the ledger bounds them all together. */
  readonly concurrency: ReadonlyMap<string, number>;
}

/** How often keys are fetched that are invalidated while they are fetched; then they are put off, for so long in ms. */
const ROUNDS = 10;
const AGAIN_MS = 1_000;
const INVALIDATED = 'it was invalidated each time while it was fetched';

export class Warmer {
  readonly #deps: WarmerDeps;
  /** By user and origin. */
  readonly #limits = new Map<string, LimitFunction>();
  readonly #vectorLengths = new VectorLengths();
  readonly #callSizes: CallSizes;

  constructor(deps: WarmerDeps) {
    this.#deps = deps;
    this.#callSizes = new CallSizes(deps);
  }

  async warm(task: WarmTask): Promise<WarmResult> {
    const taskCalls = new TaskCalls(task.source.keysPerCall, task.isAgain === true);
    try {
      return await this.#warm(task, taskCalls);
    } finally {
      this.#reportCalls(task, taskCalls);
    }
  }

  async #warm(task: WarmTask, taskCalls: TaskCalls): Promise<WarmResult> {
    const surveys = await this.#deps.stack.survey(task.keys, task.signal);
    const writer = new ResultWriter({ ...this.#deps, vectorLengths: this.#vectorLengths }, task);
    const { stored, looked } = await this.#endWarm(task, surveys, writer);
    const absences = new AbsenceGuard(this.#deps, task);
    const { originCaller } = this.#deps;
    const callSizes = this.#callSizes;
    const calls = new Calls({ originCaller, task, writer, absences, callSizes, taskCalls });
    let wanted: readonly WantedKey[] = await this.#withParams(task, stored, looked, writer);
    for (let rounds = 1; wanted.length > 0; rounds += 1) {
      await this.#ask(task, wanted, { calls, absences, writer });
      const overtaken = new Set(writer.takeOvertaken());
      const isOver = rounds === ROUNDS || calls.deferred !== undefined;
      const again = wanted.filter(({ index }) => overtaken.has(index));
      if (again.length > 0 && isOver) calls.putOff(this.#deps.clock.now() + AGAIN_MS, INVALIDATED);
      wanted = isOver || again.length === 0 ? [] : await this.#lookAgain(task, again);
    }
    const unfinished = [...calls.unfinished, ...writer.unfinished];
    if (calls.deferred !== undefined) taskCalls.putOff(unfinished);
    return { unfinished, deferred: calls.deferred };
  }

  #reportCalls({ source, run }: WarmTask, taskCalls: TaskCalls): void {
    const calls = taskCalls.record();
    if (calls.calls === 0) return;
    this.#deps.events.emit('calls:made', { source: source.name, ...(run !== undefined && { run }), calls });
  }

  /** Asks for all of these keys, and once more for those of which an answer is no proof that there is no value. */
  async #ask(
    task: WarmTask,
    wanted: readonly WantedKey[],
    {
      calls,
      absences,
      writer,
    }: { readonly calls: Calls; readonly absences: AbsenceGuard; readonly writer: ResultWriter },
  ): Promise<void> {
    await this.#fetch(task, wanted, calls, writer);
    for (;;) {
      const again = await absences.settle(writer);
      // With none, too: what is believed by now is written.
      await this.#fetch(task, again, calls, writer);
      if (again.length === 0) return;
    }
  }

  /** Asks for all of these keys, and has the answers written. */
  async #fetch(
    task: WarmTask,
    wanted: readonly WantedKey[],
    calls: Calls,
    writer: ResultWriter,
  ): Promise<void> {
    const size = Math.max(1, Math.min(task.source.keysPerCall, this.#callSizes.most(task.source)));
    const groups: (readonly WantedKey[])[] = [];
    for (let i = 0; i < wanted.length; i += size) groups.push(wanted.slice(i, i + size));
    const limit = this.#limitOf(task);
    // All of them settle before the writer is drained, so that nothing that was paid for comes too late.
    const made = await Promise.allSettled(groups.map((group) => limit(() => calls.make(group))));
    if (calls.deferred !== undefined) calls.taken.putOff(calls.unfinished);
    const noted = groups.length > 0 && task.onCalls?.(calls.taken.record(), calls.taken.slow);
    // A figure is told first, since the last key may end the run; what was paid for neither waits for it nor is lost with it.
    const ends = await Promise.allSettled([writer.drain(), noted]);
    for (const end of [...made, ...ends]) if (end.status === 'rejected') throw end.reason;
    task.signal.throwIfAborted();
  }

  /** What is stored of keys now that they were invalidated: an answer "unchanged" would be to something that is gone. */
  async #lookAgain({ signal }: WarmTask, again: readonly WantedKey[]): Promise<WantedKey[]> {
    const surveys = await this.#deps.stack.survey(
      again.map(({ key }) => key),
      signal,
    );
    return again.map((wanted, i) => ({ ...wanted, head: surveys[i]?.newest }));
  }

  /**
   * Ends what is warm already and copies it to tiers that lack it; returns the heads of the others, and what was looked up of their
   * params, by index.
   */
  async #endWarm(
    task: WarmTask,
    surveys: readonly Survey[],
    writer: ResultWriter,
  ): Promise<{
    readonly stored: Map<number, Head | undefined>;
    readonly looked: ReadonlyMap<number, Params>;
  }> {
    const { keys, signal } = task;
    const newest = surveys.map((survey) => survey.newest);
    const { decisions, aside, looked } = await chooseKeys(this.#deps, task, newest);
    const ended: Ended[] = [];
    const stored = new Map<number, Head | undefined>();
    const lacking: string[] = [];
    for (const [index, key] of keys.entries()) {
      const survey = surveys[index];
      const decision = decisions[index] ?? 'fetch';
      const reason = aside.get(index);
      if (decision === 'fetch') stored.set(index, survey?.newest);
      else if (reason !== undefined) ended.push({ index, outcome: decision, reason, dueAt: undefined });
      else ended.push({ index, outcome: decision, reason: '', dueAt: survey?.newest?.dueAt });
      if (decision === 'fetch' || reason !== undefined) continue;
      if (survey !== undefined && survey.lacking.length > 0) lacking.push(key);
    }
    if (lacking.length > 0) await this.#deps.stack.fill(lacking, signal);
    await writer.end(ended);
    return { stored, looked };
  }

  /**
   * What a key cannot give back of its params comes from the task, the catalog or its entry. The catalog knows what a row
   * says of a tag now; of a key that holds a hash the entry is as good. A key without any params fails.
   */
  async #withParams(
    task: WarmTask,
    stored: ReadonlyMap<number, Head | undefined>,
    looked: ReadonlyMap<number, Params>,
    writer: ResultWriter,
  ): Promise<WantedKey[]> {
    const { source, keys, params: known } = task;
    const wanted: WantedKey[] = [];
    const beyond = tagsBeyondKey(source);
    const unsure: { readonly index: number; readonly key: string; readonly head: Head | undefined }[] = [];
    for (const [index, head] of stored) {
      const key = keys[index] ?? '';
      const params = beyond
        ? filledBy(source, looked.get(index))
        : (head?.params ?? known?.get(key) ?? paramsIn(source, key));
      if (params === undefined) unsure.push({ index, key, head });
      else wanted.push({ index, key, head, params });
    }
    if (unsure.length === 0) return wanted;
    const found = await paramsOf(this.#deps, task, unsure);
    const nameless: number[] = [];
    for (const [i, { index, key, head }] of unsure.entries()) {
      const params = found[i] ?? {};
      if (source.key.isFilledBy(params)) wanted.push({ index, key, head, params });
      else nameless.push(index);
    }
    await writer.end(nameless.map((index) => failure({ index, reason: NAMELESS, blameless: true })));
    return wanted.sort((a, b) => a.index - b.index);
  }

  /** Of each user by itself: all calls of a chunk wait here, and would keep those of every other user from the ledger. */
  #limitOf({ source: { origin }, user }: WarmTask): LimitFunction {
    const name = `${user} ${origin}`;
    const known = this.#limits.get(name);
    if (known !== undefined) return known;
    const limit = pLimit(this.#deps.concurrency.get(origin) ?? 1);
    this.#limits.set(name, limit);
    return limit;
  }
}

const NAMELESS = 'its params are not known any more: the key holds a hash in place of one';
/** Undefined where they do not make its key. */
function filledBy({ key }: WarmTask['source'], params: Params | undefined): Params | undefined {
  return params !== undefined && key.isFilledBy(params) ? params : undefined;
}

/** Undefined when the key holds a hash in place of a param. */
function paramsIn({ key: template }: WarmTask['source'], key: string): Params | undefined {
  const match = template.match(key);
  return match?.complete === true ? match.params : undefined;
}
