/** Makes keys of one source warm: decides, fetches inside the budget, judges, writes through, settles. */
import { crc32 } from 'node:zlib';
import pLimit, { type LimitFunction } from 'p-limit';
import { type Entry, type Head, NO_BODY, type Stamp } from '../core/entry.ts';
import { OriginError } from '../core/errors.ts';
import { timeOf, timesFrom } from '../core/freshness.ts';
import { isHashed } from '../core/key.ts';
import type { Params, Source } from '../core/source.ts';
import { judge } from '../origins/guard.ts';
import type { Fetched, FetchedBody, Known, OriginRequest } from '../origins/origin.ts';
import { decide, type WarmOptions } from '../policy/decision.ts';
import type { Fences } from '../tiers/invalidation/fences.ts';
import type { Survey } from '../tiers/stack/stack.ts';
import type { OriginCaller } from './origin-caller.ts';
import {
  type Arrival,
  type Ended,
  INVALIDATED,
  type Judged,
  ResultWriter,
  type ResultWriterDeps,
  type Unfinished,
} from './result-writer.ts';

export interface WarmTask {
  readonly source: Source;
  readonly keys: readonly string[];
  /** Of keys that hold a hash, where the caller knows them. */
  readonly params?: ReadonlyMap<string, Params>;
  readonly options: WarmOptions;
  /** The run this is for. */
  readonly run: string | undefined;
  /** Told of keys as they end, in batches. A rejection ends the task. */
  readonly onEnded: (batch: readonly Ended[]) => Promise<void>;
  /** Aborts the task: no call is begun any more; what was fetched is still stored. */
  readonly signal: AbortSignal;
}

/** What did not end. Both empty: every key ended. */
export interface WarmResult {
  /** Keys that were tried, in vain. */
  readonly unfinished: readonly Unfinished[];
  /** The origin is paused: the keys that are left wait until then (ms since the epoch). */
  readonly deferred: { readonly until: number; readonly reason: string } | undefined;
}

export interface WarmerDeps extends ResultWriterDeps {
  readonly caller: OriginCaller;
  /** Concurrent calls of this process, by origin: p-limit bounds the process, the ledger the cluster. */
  readonly concurrency: ReadonlyMap<string, number>;
}

interface Item {
  readonly index: number;
  readonly key: string;
  readonly head: Head | undefined;
  readonly params: Params;
}

/** What the origin said of a key, and since when that holds. */
interface Answered {
  readonly item: Item;
  readonly answer: Fetched;
  readonly stamp: Stamp;
}

export class Warmer {
  readonly #deps: WarmerDeps;
  readonly #limits = new Map<string, LimitFunction>();

  constructor(deps: WarmerDeps) {
    this.#deps = deps;
  }

  async warm(task: WarmTask): Promise<WarmResult> {
    const { stack } = this.#deps;
    const surveys = await stack.survey(task.keys, task.signal);
    const judge = (answers: readonly Answered[], fences: Fences) => judgeAll(task.source, answers, fences);
    const sink = new ResultWriter<Answered>(this.#deps, { ...task, judge });
    const items = await this.#settleWarm(task, surveys, sink);
    const work = new Work(this.#deps, task, sink);
    const size = Math.max(1, task.source.keysPerCall);
    const groups: Item[][] = [];
    for (let i = 0; i < items.length; i += size) groups.push(items.slice(i, i + size));
    const limit = this.#limitOf(task.source.origin);
    // All of them come to an end before the sink is drained, so that nothing that was paid for arrives too late.
    const fetches = await Promise.allSettled(groups.map((group) => limit(() => work.fetch(group))));
    await sink.drain();
    for (const fetch of fetches) if (fetch.status === 'rejected') throw fetch.reason;
    task.signal.throwIfAborted();
    return { unfinished: [...work.unfinished, ...sink.unfinished], deferred: work.putOff };
  }

  /** Ends what is warm already, copies it to tiers that lack it, and answers what is left to fetch. */
  async #settleWarm(
    task: WarmTask,
    surveys: readonly Survey[],
    sink: ResultWriter<Answered>,
  ): Promise<Item[]> {
    const now = this.#deps.clock.now();
    const ended: Ended[] = [];
    const items: Item[] = [];
    const lacking: string[] = [];
    task.keys.forEach((key, index) => {
      const survey = surveys[index];
      const head = survey?.newest;
      const decision = decide(head, now, task.options);
      if (decision.kind === 'fetch') {
        items.push({ index, key, head, params: head?.params ?? task.params?.get(key) ?? NO_PARAMS });
        return;
      }
      ended.push({ index, outcome: decision.outcome, reason: '' });
      if (survey !== undefined && survey.lacking.length > 0) lacking.push(key);
    });
    if (lacking.length > 0) await this.#deps.stack.fill(lacking, task.signal);
    await sink.end(ended, (index) => surveys[index]?.newest?.dueAt);
    const complete = await this.#withParams(task, items);
    const nameless = complete.filter(({ params }) => params === NO_PARAMS);
    if (nameless.length === 0) return complete;
    const reason = 'its params are not known any more: the key holds a hash in place of one';
    await sink.end(
      nameless.map(({ index }) => ({ index, outcome: 'failed', reason })),
      () => undefined,
    );
    return complete.filter(({ params }) => params !== NO_PARAMS);
  }

  /** Reads the params out of each key; those of a key that holds a hash come from its entry or the catalog, or stay out. */
  async #withParams({ source }: WarmTask, items: readonly Item[]): Promise<Item[]> {
    const matches = items.map(({ key }) => source.key.match(key));
    const hashed = items.filter(({ params }, i) => matches[i]?.complete !== true && params === NO_PARAMS);
    const keys = hashed.map(({ key }) => key);
    const recalled = keys.length === 0 ? [] : await this.#deps.catalog.recall(source.name, keys);
    const byKey = new Map(keys.map((key, i) => [key, recalled[i]]));
    return items.map((item, i) => {
      if (item.params !== NO_PARAMS) return item;
      const match = matches[i];
      const params = match?.complete === true ? match.params : byKey.get(item.key);
      return params === undefined ? item : { ...item, params };
    });
  }

  #limitOf(origin: string): LimitFunction {
    const known = this.#limits.get(origin);
    if (known !== undefined) return known;
    const limit = pLimit(this.#deps.concurrency.get(origin) ?? 1);
    this.#limits.set(origin, limit);
    return limit;
  }
}

/** One task's fetches. */
class Work {
  readonly #deps: WarmerDeps;
  readonly #task: WarmTask;
  readonly #sink: ResultWriter<Answered>;
  readonly unfinished: Unfinished[] = [];
  putOff: { readonly until: number; readonly reason: string } | undefined;
  #broken = false;

  constructor(deps: WarmerDeps, task: WarmTask, sink: ResultWriter<Answered>) {
    this.#deps = deps;
    this.#task = task;
    this.#sink = sink;
  }

  /** One call, and what comes of it. Once the origin is paused, or one of these has rejected, the rest is not asked for. */
  async fetch(group: readonly Item[]): Promise<void> {
    if (this.putOff !== undefined || this.#broken || this.#task.signal.aborted) return;
    try {
      await this.#fetch(group);
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }

  async #fetch(group: readonly Item[]): Promise<void> {
    const { source, signal } = this.#task;
    const requests = group.map(requestOf);
    const result = await this.#deps.caller.call(source, requests, signal);
    if (result.kind === 'put-off') this.putOff = { until: result.until, reason: result.reason };
    else if (result.kind === 'answered') this.#take(group, result.answers, result.stamp);
    else if (result.permanent) await this.#end(group, 'failed', result.reason);
    else for (const { index } of group) this.unfinished.push({ index, reason: result.reason });
  }

  #take(group: readonly Item[], answers: readonly Fetched[], stamp: Stamp): void {
    this.#sink.put(group.map((item, i) => ({ item, answer: answers[i] ?? NO_ANSWER, stamp })));
  }

  #end(group: readonly Item[], outcome: 'failed', reason: string): Promise<void> {
    return this.#sink.end(
      group.map(({ index }) => ({ index, outcome, reason })),
      () => undefined,
    );
  }
}

/** What each answer makes of its key: a write, an ending, or another try. */
function judgeAll(source: Source, answers: readonly Answered[], fences: Fences): Judged {
  const arrivals: Arrival[] = [];
  const ended: Ended[] = [];
  const unfinished: Unfinished[] = [];
  for (const { item, answer, stamp } of answers) {
    const { index, head } = item;
    if (answer.kind === 'body') {
      const reason = judge(source.guard, source.format, answer.body, answer.parsed);
      if (reason === undefined) arrivals.push(arrivalOf(source, item, answer, stamp));
      else ended.push({ index, outcome: 'refused', reason });
    } else if (answer.kind === 'absent') {
      arrivals.push(absenceOf(source, item, stamp));
    } else if (answer.kind === 'unchanged') {
      const reason = unextendable(head, fences);
      if (reason === undefined && head !== undefined) arrivals.push(extensionOf(source, index, head, stamp));
      else unfinished.push({ index, reason: reason ?? NOT_STORED });
    } else {
      const reason = answer.error.message;
      if (answer.error.class === 'permanent') ended.push({ index, outcome: 'failed', reason });
      else unfinished.push({ index, reason });
    }
  }
  return { arrivals, ended, unfinished };
}

/** Why a value cannot be extended. To extend what was dropped since it was looked up would bring it back. */
function unextendable(head: Head | undefined, fences: Fences): string | undefined {
  if (head?.kind !== 'value') return NOT_STORED;
  return fences.modeOf(head) === 'drop' ? INVALIDATED : undefined;
}

const NOT_STORED = 'the origin said "unchanged" of a value that is not stored';
const NO_PARAMS: Params = {};
const NO_ANSWER: Fetched = {
  kind: 'error',
  error: new OriginError('retryable', 'the origin gave no answer for this key'),
};

function requestOf({ key, head, params }: Item): OriginRequest {
  return { key, params, known: head?.kind === 'value' ? knownOf(head) : undefined };
}

function knownOf({ etag, lastModified, version }: Head): Known | undefined {
  if (etag === undefined && lastModified === undefined && version === undefined) return undefined;
  return {
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(version === undefined ? {} : { version }),
  };
}

function arrivalOf(source: Source, item: Item, fetched: FetchedBody, stamp: Stamp): Arrival {
  const { body, contentType, etag, lastModified, version } = fetched;
  const times = timesFrom(source.lifetime, timeOf(stamp));
  const head: Head = {
    ...headOf(source, item, stamp, body),
    ...times,
    kind: 'value',
    ...(contentType === undefined ? {} : { contentType }),
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(version === undefined ? {} : { version }),
  };
  return put(item.index, { head, body });
}

function absenceOf(source: Source, item: Item, stamp: Stamp): Arrival {
  const at = timeOf(stamp);
  const end = at + source.absentTtl;
  const times = { fetchedAt: at, checkedAt: at, dueAt: end, staleAt: end, goneAt: end };
  return put(item.index, {
    head: { ...headOf(source, item, stamp, NO_BODY), ...times, kind: 'absent' },
    body: NO_BODY,
  });
}

function extensionOf(source: Source, index: number, head: Head, stamp: Stamp): Arrival {
  const times = timesFrom(source.lifetime, timeOf(stamp), head.fetchedAt);
  const write = { kind: 'extend', key: head.key, stamp, times, checksum: head.checksum } as const;
  const fenced = { key: head.key, source: head.source, stamp, tags: head.tags };
  return { index, outcome: 'unchanged', dueAt: times.dueAt, write, fenced };
}

function put(index: number, entry: Entry): Arrival {
  const { head } = entry;
  return { index, outcome: 'warmed', dueAt: head.dueAt, write: { kind: 'put', entry }, fenced: head };
}

function headOf(source: Source, { key, params }: Item, stamp: Stamp, body: Uint8Array) {
  return {
    key,
    source: source.name,
    stamp,
    format: source.format,
    tags: source.tags.map((tag) => tag.build(params)),
    bodyBytes: body.byteLength,
    checksum: crc32(body),
    ...(isHashed(key) ? { params } : {}),
  };
}
