import type { Redis } from 'ioredis';
import type { Clock } from '../../core/clock.ts';
import type { Head, Stamp } from '../../core/entry.ts';
import type { Events } from '../../core/events.ts';
import type { InvalidationMode } from '../../core/invalidation-mode.ts';
import { within } from '../../flow/deadline.ts';
import { PATIENCE } from '../../flow/patience.ts';
import { type RedisKeys, redisKeys } from '../../redis/keys.ts';
import { reply } from '../../redis/reply.ts';
import { runScript } from '../../redis/script.ts';
import { slices } from '../../redis/slices.ts';
import { onServerChange } from '../redis/redis-changes.ts';
import type { PiggybackedKey } from '../redis/redis-tier.ts';
import { FenceMap } from './fence-map.ts';
import {
  type Fence,
  type Fenced,
  type FencedSource,
  type Fences,
  type FenceTarget,
  sourceOf,
} from './fences.ts';
import { KEEP, RAISE, TRIM } from './redis-fences-scripts.ts';
import { restoreFences } from './redis-restore.ts';

export interface RedisFencesDeps {
  /** The jobs Redis, waiting for it while it is away: for raising. */
  readonly redis: Redis;
  /** The jobs Redis, failing at once while it is away: for reading. */
  readonly failFast: Redis;
  readonly prefix: string;
  readonly sources: readonly FencedSource[];
  /** How long an entry can live, in ms. */
  readonly longest: number;
  /** The tier whose reads bring the mark along, where one is on the same server. */
  readonly piggybackTier: string | undefined;
  readonly clock: Clock;
  readonly events: Events;
}

/** Clocks that differ by this much forget no fence too early, in ms. */
const MARGIN_MS = 3_600_000;
/** The last fences of each origin that are recorded again where a server has lost them. */
const RESTORED = 10_000;
/** Between two attempts at that, in ms. */
const RESTORE_EVERY_MS = 1_000;
/** Fences per round trip. */
const PAGE = 1_000;

/**
 * Fences on the jobs Redis, and a copy of them in this process.
 *
 * Every raise ends with a new *mark*, a value that never comes again. A reader that finds the mark it knows has missed
 * nothing; one that finds another reads what was raised above the stamps it knows, and no more.
 *
 * A server that took over may lack fences that were acknowledged. So each process that knows them records them again when its
 * connection was made anew, and when the last fence that it read is not there any more.
 */
export class RedisFences implements Fences {
  readonly piggybackTier: string | undefined;
  readonly #deps: RedisFencesDeps;
  readonly #keys: RedisKeys;
  readonly #map: FenceMap;
  /** The origin of each source. */
  readonly #origins: ReadonlyMap<string, string>;
  /** By origin, the stamp up to which every fence is known. */
  readonly #known: Map<string, Stamp>;
  #mark: string | undefined;
  /** The last fence that was read at each origin, as it is written. */
  readonly #lastRead = new Map<string, string>();
  #restored = '';
  /** The server may lack what is known here. */
  #mayLack = false;
  #restoresAt = 0;
  #moment = 0;
  #knownSince = NOTHING_KNOWN;
  #next: Promise<boolean> | undefined;
  /** Redis did not answer in time, and has not answered since: no reader waits for it. */
  #isSilent = false;
  /** And that was said. */
  #isReported = false;
  #recovery: Promise<void> | undefined;

  constructor(deps: RedisFencesDeps) {
    this.#deps = deps;
    this.#keys = redisKeys(deps.prefix);
    this.piggybackTier = deps.piggybackTier;
    this.#map = new FenceMap({ sources: deps.sources, longest: deps.longest + MARGIN_MS });
    this.#origins = new Map(deps.sources.map(({ name, origin }) => [name, origin]));
    this.#known = new Map(deps.sources.map(({ origin }) => [origin, 0]));
    onServerChange(deps.failFast, () => {
      this.#mayLack = true;
      this.#restoresAt = 0;
      // A mark that the server shares with the one before says nothing.
      this.#mark = undefined;
      void this.sync();
    });
  }

  modeOf(entry: Fenced): InvalidationMode | undefined {
    return this.#map.modeOf(entry);
  }

  over(entry: Fenced): readonly Fence[] {
    return this.#map.over(entry);
  }

  see(head: Head): Head {
    return this.#map.see(head);
  }

  moment(): number {
    this.#moment += 1;
    return this.#moment;
  }

  isKnownSince(moment: number): boolean {
    return this.#knownSince > moment;
  }

  /** What the reads of the piggyback tier bring along. */
  get piggybackedKey(): PiggybackedKey {
    return {
      key: this.#keys.fenceMark(),
      moment: () => this.moment(),
      onRead: (mark, moment) => {
        this.#isSilent = false;
        this.#isReported = false;
        if (mark === this.#mark) this.#knownSince = Math.max(this.#knownSince, moment);
      },
    };
  }

  sync(patience?: number): Promise<boolean> {
    if (patience !== undefined) return this.#look(patience);
    this.#next ??= Promise.resolve().then(() => {
      this.#next = undefined;
      return this.#ask();
    });
    return this.#next;
  }

  async raise(targets: readonly FenceTarget[], mode: InvalidationMode): Promise<readonly Fence[]> {
    const raised = await Promise.all(
      [...this.#known.keys()].map((origin) => {
        const own = targets.filter((target) => this.#concerns(target, origin));
        return own.length === 0 ? [] : this.#raiseAt(origin, own, mode);
      }),
    );
    const fences = raised.flat();
    const [first] = fences;
    if (first !== undefined) {
      await reply(this.#deps.redis.set(this.#keys.fenceMark(), `${first.origin} ${first.stamp}`));
    }
    return fences;
  }

  async #raiseAt(origin: string, targets: readonly FenceTarget[], mode: InvalidationMode): Promise<Fence[]> {
    const keys = [this.#keys.ledger(origin), this.#keys.fences(origin)];
    const fences: Fence[] = [];
    for (const slice of slices(targets)) {
      const members = slice.map((target) => `${mode} ${target}`);
      const last = Number(await reply(runScript(this.#deps.redis, RAISE, keys, members)));
      const first = last - members.length + 1;
      const raised = slice.map((target, i) => ({ origin, target, mode, stamp: first + i }));
      this.learn(raised);
      for (const fence of raised) fences.push(fence);
    }
    return fences;
  }

  /** Anything may carry a tag; a source is of one origin. */
  #concerns(target: FenceTarget, origin: string): boolean {
    const source = sourceOf(target);
    return source === undefined || this.#origins.get(source) === origin;
  }

  learn(fences: readonly Fence[]): void {
    for (const fence of fences) this.#map.learn(fence);
  }

  async keepFor(source: string, life: number): Promise<void> {
    const origin = this.#origins.get(source);
    const wanted = Math.ceil(life) + MARGIN_MS;
    if (origin === undefined || wanted <= this.#map.keptFor(origin)) return;
    const { redis } = this.#deps;
    const kept = await reply(runScript(redis, KEEP, [this.#keys.longest(origin)], [String(wanted)]));
    this.#map.keepFor(origin, Number(kept));
  }

  async trim(): Promise<number> {
    const { redis, longest } = this.#deps;
    const args = [String(longest + MARGIN_MS)];
    const trimmed = [...this.#known.keys()].map((origin) =>
      reply(runScript(redis, TRIM, [this.#keys.fences(origin), this.#keys.longest(origin)], args)),
    );
    return (await Promise.all(trimmed)).reduce<number>((sum, count) => sum + Number(count), 0);
  }

  /** A connection that is cut fails at once, so every read tries it again; silence must not cost every reader its time. */
  async #ask(): Promise<boolean> {
    if (this.#isSilent) {
      // No reader waits for this one.
      this.#recovery ??= this.#look(PATIENCE.server).then(() => {
        this.#recovery = undefined;
      });
      return false;
    }
    return this.#look(PATIENCE.reader);
  }

  async #look(timeout: number): Promise<boolean> {
    const { clock, events } = this.#deps;
    const moment = this.moment();
    const late = () => {
      const error = new Error(SILENT);
      // While it starts a process is slow itself: a first look that is late is told only when the next one is, too.
      const isFirst = this.#knownSince === NOTHING_KNOWN && !this.#isSilent;
      if (!isFirst && !this.#isReported) {
        this.#isReported = true;
        events.emit('problem', { where: 'looking up fences', error });
      }
      this.#isSilent = true;
      return error;
    };
    try {
      await within(clock, timeout, () => this.#catchUp(), late);
      this.#isSilent = false;
      this.#isReported = false;
      this.#knownSince = Math.max(this.#knownSince, moment);
      return true;
    } catch {
      // The connection reports its own errors.
      return false;
    }
  }

  /** The mark is read first: what is raised while the rest is read makes another mark, and is found by the next reader. */
  async #catchUp(): Promise<void> {
    const mark = (await this.#deps.failFast.get(this.#keys.fenceMark())) ?? '';
    if (mark === this.#mark && !this.#mayLack) return;
    const restored = (await this.#deps.failFast.get(this.#keys.fencesRestored())) ?? '';
    if (restored !== this.#restored) for (const origin of this.#known.keys()) this.#known.set(origin, 0);
    await Promise.all([...this.#known.keys()].map((origin) => this.#load(origin)));
    this.#restored = restored;
    this.#mark = mark;
    if (this.#mayLack) await this.#restore();
  }

  /** Fails no reader: it knows these fences itself. */
  async #restore(): Promise<void> {
    const { clock, events, failFast: redis } = this.#deps;
    if (clock.elapsed() < this.#restoresAt) return;
    this.#restoresAt = clock.elapsed() + RESTORE_EVERY_MS;
    try {
      const lost = await restoreFences({ redis, keys: this.#keys }, this.#map.last(RESTORED));
      this.#mayLack = false;
      if (lost > 0) events.emit('fences:restored', { count: lost });
    } catch (error) {
      events.emit('problem', { where: 'recording fences again', error });
    }
  }

  /** How long they are kept is heeded first: what is learned may make room for itself. */
  async #load(origin: string): Promise<void> {
    const last = this.#lastRead.get(origin);
    // With the last one that is known: where it is gone, and was not raised again, the server has lost it.
    const first = String(this.#known.get(origin) ?? 0);
    let isThere = last === undefined || first === '0';
    const longest = this.#deps.failFast.get(this.#keys.longest(origin));
    const [kept, firstPage] = await Promise.all([longest, this.#page(origin, first)]);
    this.#map.keepFor(origin, Number(kept ?? 0));
    for (let found = firstPage; ; ) {
      for (let i = 0; i < found.length; i += 2) {
        const [member = '', stamp] = [found[i], Number(found[i + 1])];
        const mode = member.startsWith('drop ') ? 'drop' : 'stale';
        isThere ||= member === last;
        this.#lastRead.set(origin, member);
        this.#map.learn({ origin, target: member.slice(mode.length + 1), mode, stamp });
        this.#known.set(origin, Math.max(this.#known.get(origin) ?? 0, stamp));
      }
      if (found.length < 2 * PAGE) break;
      found = await this.#page(origin, `(${this.#known.get(origin) ?? 0}`);
    }
    if (!isThere) this.#mayLack = true;
  }

  /** Members and stamps by turns, from this stamp on. */
  #page(origin: string, from: string): Promise<string[]> {
    return this.#deps.failFast.zrange(
      this.#keys.fences(origin),
      ...([from, '+inf', 'BYSCORE', 'LIMIT', 0, PAGE, 'WITHSCORES'] as const),
    );
  }
}

const NOTHING_KNOWN = -1;
const SILENT = 'the jobs Redis does not answer; reads go on with the fences that are known here';
