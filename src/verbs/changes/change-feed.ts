/**
 * Tells everybody in this process what changes, by looking: once a second each kind of thing is read in small, and whatever is
 * otherwise than at the last look is a change. So the jobs Redis has one reader for each process, however many clients there are, and
 * none while there is none; a busy run is one change a second; and nothing has to be announced by whoever causes it, nor can that be
 * lost.
 *
 *     looks (once a second) ──> what differs ──> the last thousand changes ──> the queue of each reader ──> its stream
 *
 * What must stay true:
 * - A reader is told to read what it shows before any change that it could have missed, never after.
 * - Nothing grows with a reader that does not read: what does not fit its queue is dropped, and it is told so.
 * - Looks take no more than a tenth of the time: with much to look at, or a slow server, they are further apart.
 * - One kind that cannot be read keeps no other from being told.
 */
import { type Clock, sleep } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { isRedisAway } from '../../core/redis-away.ts';
import { abortable } from '../../flow/abortable.ts';
import { offErrand, onErrand } from '../../flow/errand.ts';
import { ChangeQueue } from './change-queue.ts';
import type { Change, ChangeEvent } from './change-shapes.ts';
import { KnownChanges } from './known-changes.ts';
import type { Look } from './looks.ts';

/** How often it is looked, in ms, and by how much longer than a look the pause after it is at least. */
export const LOOK_EVERY_MS = 1_000;
const PAUSE_PER_LOOK = 9;
/** Changes that are kept for clients that come back. */
const KEPT = 1_000;

export interface ChangeFeedDeps {
  readonly looks: readonly Look[];
  readonly clock: Clock;
  readonly events: Events;
  /** Names a time of looking, so that an id of another one, or of another process, is not taken for one of this. */
  readonly newId: () => string;
}

/** From the first reader until the last one has left. */
interface Looking {
  readonly id: string;
  readonly seen: KnownChanges;
  /** Resolves after the first look, from which on changes are told. */
  readonly begun: PromiseWithResolvers<void>;
  readonly over: AbortController;
  count: number;
  round: number;
  /** Why the jobs Redis does not answer; undefined: it does. */
  away: string | undefined;
  recent: ChangeEvent[];
}

export class ChangeFeed {
  readonly #deps: ChangeFeedDeps;
  readonly #readers = new Set<ChangeQueue>();
  #looking: Looking | undefined;

  constructor(deps: ChangeFeedDeps) {
    this.#deps = deps;
  }

  /**
   * Begins with `resync`, or with `resumed` where `after` is an id after which nothing is missing. Rejects at the first step when the
   * jobs Redis does not answer; later it says so, and goes on. Ends when the signal aborts.
   */
  async *follow(signal: AbortSignal, after: string): AsyncGenerator<ChangeEvent> {
    const queue = new ChangeQueue();
    const looking = this.#join(queue);
    // A reader that was given an event, and asks for no more, never comes to the end of this.
    const leave = () => this.#leave(queue);
    signal.addEventListener('abort', leave, { once: true });
    try {
      await abortable(signal, looking.begun.promise);
      yield* startAt(looking, after, queue);
      // It was told before this reader came.
      if (looking.away !== undefined) yield { ...here(looking), ...away(looking.away) };
      while (!signal.aborted) {
        const event = queue.take() ?? (queue.hasMissed() ? resyncAt(looking, 'missed') : undefined);
        if (event !== undefined) yield event;
        else await abortable(signal, queue.filled());
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', leave);
      leave();
    }
  }

  #join(queue: ChangeQueue): Looking {
    this.#readers.add(queue);
    this.#looking ??= this.#begin();
    return this.#looking;
  }

  /** Once for each reader, however often it is said: others may look by then. */
  #leave(queue: ChangeQueue): void {
    if (!this.#readers.delete(queue) || this.#readers.size > 0) return;
    this.#looking?.over.abort();
    this.#looking = undefined;
  }

  #begin(): Looking {
    const looking: Looking = {
      ...{ id: this.#deps.newId(), seen: new KnownChanges(), begun: Promise.withResolvers<void>() },
      ...{ over: new AbortController(), count: 0, round: 0, away: undefined, recent: [] },
    };
    // Whoever waits for it is told; nobody may be there any more.
    looking.begun.promise.catch(() => undefined);
    // On nobody's errand: it goes on when whoever came first has left.
    void offErrand(() => this.#look(looking));
    return looking;
  }

  async #look(looking: Looking): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = looking.over;
    while (!signal.aborted) {
      const began = clock.elapsed();
      const { found, failure } = await this.#turn(looking);
      if (signal.aborted) return;
      if (looking.round === 0 && failure !== undefined) return this.#fail(looking, failure);
      looking.round += 1;
      this.#tell(looking, found, failure);
      const pause = Math.max(LOOK_EVERY_MS, (clock.elapsed() - began) * PAUSE_PER_LOOK);
      await sleep(clock, pause, signal).catch(() => undefined);
    }
  }

  /** Nothing is known yet: whoever waits is told why, and whoever comes after that begins anew. */
  #fail(looking: Looking, failure: unknown): void {
    if (this.#looking === looking) this.#looking = undefined;
    looking.over.abort();
    looking.begun.reject(failure);
  }

  /** All kinds at the same time; what is no outage is a problem of that kind alone. */
  async #turn({ round, seen }: Looking): Promise<{ found: Change[]; failure: unknown }> {
    const { looks, events } = this.#deps;
    const due = looks.filter(({ every }) => round % every === 0);
    // A look is on an errand of its own: a server that hangs fails it within seconds.
    const results = await Promise.allSettled(due.map((look) => onErrand(() => look.read(round === 0))));
    const found: Change[] = [];
    let failure: unknown;
    for (const [i, result] of results.entries()) {
      const look = due[i];
      if (look === undefined) continue;
      if (result.status === 'fulfilled') found.push(...seen.news(look, result.value));
      else if (isRedisAway(result.reason)) failure = result.reason;
      else events.emit('problem', { where: `the changes of ${look.name}`, error: result.reason });
    }
    return { found, failure };
  }

  #tell(looking: Looking, found: readonly Change[], failure: unknown): void {
    const before = looking.away;
    looking.away = failure === undefined ? undefined : messageOf(failure);
    if (looking.round === 1) looking.begun.resolve();
    else for (const data of found) this.#send(looking, { ...next(looking), event: 'change', data });
    if (before !== undefined && looking.away === undefined)
      this.#send(looking, { ...next(looking), ...resync('back') });
    if (before === undefined && looking.away !== undefined)
      this.#send(looking, { ...next(looking), ...away(looking.away) });
  }

  #send(looking: Looking, event: ChangeEvent): void {
    looking.recent.push(event);
    if (looking.recent.length > 2 * KEPT) looking.recent = looking.recent.slice(-KEPT);
    for (const queue of this.#readers) queue.put(event);
  }
}

function next(looking: Looking): { id: string } {
  looking.count += 1;
  return { id: `${looking.id}-${looking.count}` };
}

function here({ id, count }: Looking): { id: string } {
  return { id: `${id}-${count}` };
}

function resync(reason: 'begin' | 'missed' | 'back') {
  return { event: 'resync', data: { reason } } as const;
}

function away(reason: string) {
  return { event: 'away', data: { reason } } as const;
}

/** What is dropped was told up to here: a client that comes back goes on after it. */
function resyncAt(looking: Looking, reason: 'begin' | 'missed'): ChangeEvent {
  return { ...here(looking), ...resync(reason) };
}

/** The queue is emptied: what is in it is in the recent ones, or older than what the client reads now. */
function* startAt(looking: Looking, after: string, queue: ChangeQueue): Generator<ChangeEvent> {
  queue.clear();
  const { recent } = looking;
  const at = recent.findIndex(({ id }) => id === after);
  if (at < 0 && after !== here(looking).id) {
    yield resyncAt(looking, 'begin');
    return;
  }
  const missed = at < 0 ? [] : recent.slice(at + 1);
  for (const event of missed) queue.put(event);
  yield { id: after, event: 'resumed', data: { changes: missed.length } };
}
