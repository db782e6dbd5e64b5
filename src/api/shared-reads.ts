/**
 * Reads that many ask for, as open pages do once something has changed: one reading answers all of them.
 *
 * - Whoever asks while the same is being read waits for the next reading, together with all others. So an answer is never older than
 *   its question.
 * - Whoever follows the stream of changes may say which event he saw last (`seen-event.ts`). To him a reading is good that began after
 *   that event was told, and less than a moment ago: it has whatever the event was about. Pages that ask because of one change do so
 *   within that moment, each at its own pace, and cost as much as one.
 *
 * What must stay true:
 * - Nobody is shown something older than what a change told him: `#told` is how far this process has told of changes, noted before an
 *   event leaves it, and each reading keeps how far that was as it began.
 * - Nobody is shown something older than what he was shown before, whichever process answered that: a follower leaves more than a moment
 *   between an answer and the next question because of a change. Whoever asks for another reason, such as what he has just done, does
 *   not say what he saw, and is answered anew.
 * - Of what differs between callers nothing is shared here: these verbs see no caller, and scopes were checked before.
 */
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import { abortable } from '../flow/abortable.ts';
import { Errand, errandSignal, offErrand } from '../flow/errand.ts';
import type { Verbs } from '../verbs/verbs.ts';
import { seenEvent } from './seen-event.ts';

/** Those that pages show: they take plain arguments, and change nothing. */
const SHARED = [
  ...(['stats', 'overview', 'budget', 'history', 'processes', 'lanes', 'doctor'] as const),
  ...(['runs', 'run', 'runReport', 'runFailures', 'diffRuns'] as const),
  ...(['schedules', 'schedule', 'scheduleResults', 'clockChanges'] as const),
  ...(['list', 'count', 'inspect', 'explain'] as const),
  ...(['audit', 'deadLetters', 'quarantine'] as const),
] satisfies readonly (keyof Verbs)[];

/** The same verbs, of which some are shared. */
export function withSharedReads(verbs: Verbs, clock: Clock): Verbs {
  const reads = new SharedReads(clock);
  const shared = SHARED.map((name) => {
    const value = (...given: unknown[]) => {
      const read = verbs[name].bind(verbs) as (...args: unknown[]) => Promise<unknown>;
      return reads.share(`${name} ${JSON.stringify(given)}`, () => read(...given), seenEvent());
    };
    return [name, { value, enumerable: true }] as const;
  });
  const changes: Verbs['changes'] = (...given) => reads.noting(verbs.changes(...given));
  return Object.create(verbs, {
    ...Object.fromEntries(shared),
    changes: { value: changes, enumerable: true },
  });
}

/** For so long after it began a reading is good for followers, in ms. Pages leave a second between an answer and the next question. */
export const A_MOMENT_MS = 900;

interface Turn {
  /** Under way. */
  readonly now: Reading;
  /** Of those who came since that began. */
  next: Reading | undefined;
}

export class SharedReads {
  readonly #clock: Clock;
  /** By what is read; only while it is. */
  readonly #turns = new Map<string, Turn>();
  /** The last one that succeeded, for a moment. */
  readonly #ended = new Map<string, Reading>();
  #told: Place | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same events; how far they go is noted before anybody has them. */
  async *noting<E extends { readonly id: string }>(events: AsyncIterable<E>): AsyncGenerator<E> {
    for await (const event of events) {
      const place = placeOf(event.id);
      if (place !== undefined && !isAtLeast(this.#told, place)) this.#told = place;
      yield event;
    }
  }

  /** Settles as the reading does, or as the errand of the caller ends. `seen`: the event because of which he asks. */
  share<T>(name: string, read: () => Promise<T>, seen?: string): Promise<T> {
    const turn = this.#turns.get(name);
    const good = this.#goodFor(placeOf(seen), [turn?.now, this.#ended.get(name)]);
    if (good !== undefined) return good.join<T>();
    if (turn === undefined) return this.#begin(name, new Reading(read)).join<T>();
    turn.next ??= new Reading(read);
    return turn.next.join<T>();
  }

  #goodFor(seen: Place | undefined, readings: readonly (Reading | undefined)[]): Reading | undefined {
    if (seen === undefined) return undefined;
    const since = this.#clock.elapsed() - A_MOMENT_MS;
    return readings.find((each) => each !== undefined && each.began > since && isAtLeast(each.told, seen));
  }

  #begin(name: string, reading: Reading): Reading {
    const turn: Turn = { now: reading, next: undefined };
    this.#turns.set(name, turn);
    void reading.start(this.#clock.elapsed(), this.#told).then((isGood) => {
      this.#turns.delete(name);
      if (isGood && reading.told !== undefined) this.#keep(name, reading);
      if (turn.next?.isWanted === true) this.#begin(name, turn.next);
    });
    return reading;
  }

  #keep(name: string, reading: Reading): void {
    this.#ended.set(name, reading);
    this.#clock.after(reading.began + A_MOMENT_MS - this.#clock.elapsed(), () => {
      if (this.#ended.get(name) === reading) this.#ended.delete(name);
    });
  }
}

/** How far the changes of one time of looking were told. */
interface Place {
  readonly looking: string;
  readonly count: number;
}

/** Undefined for what is the id of no event. */
function placeOf(id: string | undefined): Place | undefined {
  const [, looking, count] = /^(.{1,100})-(\d{1,15})$/.exec(id ?? '') ?? [];
  return looking === undefined ? undefined : { looking, count: Number(count) };
}

function isAtLeast(place: Place | undefined, other: Place): boolean {
  return place?.looking === other.looking && place.count >= other.count;
}

/** One reading, on an errand of its own: that of any caller would give it up for the others. */
class Reading {
  readonly #read: () => Promise<unknown>;
  readonly #answer = Promise.withResolvers<unknown>();
  #waiting = 0;
  #errand: Errand | undefined;
  #began = Number.NEGATIVE_INFINITY;
  #told: Place | undefined;

  constructor(read: () => Promise<unknown>) {
    this.#read = read;
    // Who waited for it may have left.
    this.#answer.promise.catch(() => undefined);
  }

  get isWanted(): boolean {
    return this.#waiting > 0;
  }

  /** By the monotonic clock. */
  get began(): number {
    return this.#began;
  }

  /** How far changes had been told as it began. */
  get told(): Place | undefined {
    return this.#told;
  }

  /** Resolves once it has ended, to whether there is an answer. */
  async start(began: number, told: Place | undefined): Promise<boolean> {
    this.#began = began;
    this.#told = told;
    const errand = offErrand(() => new Errand());
    this.#errand = errand;
    try {
      this.#answer.resolve(await errand.run(async () => this.#read()));
      return true;
    } catch (error) {
      this.#answer.reject(error);
      return false;
    } finally {
      errand.end();
    }
  }

  async join<T>(): Promise<T> {
    this.#waiting += 1;
    try {
      return (await abortable(errandSignal(), this.#answer.promise)) as T;
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) {
        this.#errand?.giveUp(new ForewarmError('E_GIVEN_UP', 'nobody waits for this reading any more'));
      }
    }
  }
}
