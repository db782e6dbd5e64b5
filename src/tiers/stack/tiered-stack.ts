import type { Clock } from '../../core/clock.ts';
import { type Entry, type Head, NO_BODY } from '../../core/entry.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { ALWAYS_CURRENT, type BusHealth } from '../invalidation/bus-health.ts';
import { type Fences, NO_FENCES } from '../invalidation/fences.ts';
import { KEEPS_ALL } from '../retention.ts';
import type { Tier, TierTraits, TierUsage, Want, Write, Written } from '../tier.ts';
import { Promotion } from './promotion.ts';
import type { ReadCounter } from './read-counter.ts';
import { readDown } from './read-down.ts';
import { repairTier } from './repair.ts';
import type { Repairs } from './repairs.ts';
import type { Found, Stack } from './stack.ts';
import { scanAll } from './stack-scan.ts';
import { fill, noTier, type Survey, survey } from './survey.ts';
import { type WrittenThrough, writeThrough } from './write-through.ts';

export interface TieredStackDeps {
  /** From the nearest to the farthest, as reads ask them. The stack closes them. */
  readonly tiers: readonly Tier[];
  readonly clock: Clock;
  readonly events: Events;
  readonly repairs: Repairs;
  /** Through which every entry is seen; without them nothing is fenced. */
  readonly fences?: Fences;
  /** Whether memory may be believed; without it, always. */
  readonly busHealth?: Pick<BusHealth, 'isStale'>;
  /** Counts the reads of values; without one they are not counted. */
  readonly reads?: ReadCounter;
}

/**
 * The tiers in order, and itself a tier.
 *
 * Reads go down until each key is found, and survive the failure of any tier. What is found is copied to the tiers
 * above, as old as it is. Writes go through all tiers at once, to the memory of this process last.
 */
export class TieredStack implements Stack {
  readonly name = 'stack';
  readonly traits: TierTraits;
  readonly tiers: readonly Tier[];
  /** Through which every entry is seen. */
  readonly fences: Fences;
  /** What a warm key must be in: the tiers that outlive this process, those of the widest reach first; or all. */
  readonly #lasting: readonly Tier[];
  /** The others. */
  readonly #passing: readonly Tier[];
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #repairs: Repairs;
  readonly #busHealth: Pick<BusHealth, 'isStale'>;
  readonly #promotion: Promotion;
  readonly #reads: ReadCounter | undefined;
  #closed = false;

  constructor(deps: TieredStackDeps) {
    this.tiers = deps.tiers;
    this.#clock = deps.clock;
    this.#events = deps.events;
    this.#repairs = deps.repairs;
    this.fences = deps.fences ?? NO_FENCES;
    this.#busHealth = deps.busHealth ?? ALWAYS_CURRENT;
    this.#promotion = new Promotion(deps);
    this.#reads = deps.reads;
    const lasting = this.tiers.filter(({ traits }) => traits.reach !== 'process');
    this.#lasting = (lasting.length > 0 ? lasting : [...this.tiers]).sort(
      (a, b) => REACH[b.traits.reach] - REACH[a.traits.reach],
    );
    this.#passing = this.tiers.filter((tier) => !this.#lasting.includes(tier));
    this.traits = {
      durable: this.#lasting.some(({ traits }) => traits.durable),
      reach: this.#lasting[0]?.traits.reach ?? 'process',
      maxBodyBytes: Math.max(0, ...this.#lasting.map(({ traits }) => traits.maxBodyBytes)),
      keeps: KEEPS_ALL,
    };
  }

  /** Never fails for want of a tier: when none answers, everything is a miss. See `readDown`. */
  async getMany(keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]> {
    return (await this.find(keys, want, signal)).entries;
  }

  /** `getMany`, and which tier answered. Reads of values, and not of heads, are counted. */
  async find(keys: readonly string[], want: Want, signal: AbortSignal): Promise<Found> {
    const { entries, tiers, ...read } = await this.#read(keys, want, signal);
    if (want === 'entry') this.#reads?.note({ keys, found: entries, ...read });
    return { entries, tiers };
  }

  /** The values of a read that was counted when it found nothing, now that somebody has brought them. */
  async readAgain(keys: readonly string[], signal: AbortSignal): Promise<(Entry | undefined)[]> {
    return (await this.#read(keys, 'entry', signal)).entries;
  }

  /**
   * What one of its tiers holds, as the fences known here let it be seen: what one of them dropped is a tombstone. Memory that
   * may not be believed has nothing.
   */
  async look(
    tier: Tier,
    keys: readonly string[],
    want: Want,
    signal: AbortSignal,
  ): Promise<(Entry | undefined)[]> {
    const entries = await tier.getMany(keys, want, signal);
    const isMute = this.#busHealth.isStale && this.#passing.includes(tier);
    return entries.map((entry) => {
      if (entry === undefined || isMute) return undefined;
      const head = this.fences.see(entry.head);
      if (head === entry.head) return entry;
      return { head, body: head.kind === 'dropped' ? NO_BODY : entry.body };
    });
  }

  async putMany(writes: readonly Write[], signal: AbortSignal): Promise<Written[]> {
    return (await this.writeThrough(writes, signal)).verdicts;
  }

  /** `putMany`, and what came of it in each tier. Rejects when every tier that outlives the process failed. */
  async writeThrough(writes: readonly Write[], signal: AbortSignal): Promise<WrittenThrough> {
    this.#check(signal);
    return writeThrough(
      {
        deciders: this.#lasting,
        followers: this.#passing,
        repairs: this.#repairs,
        now: () => this.#clock.now(),
        signal,
      },
      writes,
    );
  }

  /** Where each key is newest, over the tiers that outlive this process. Rejects when none of them answers. */
  async survey(keys: readonly string[], signal: AbortSignal): Promise<Survey[]> {
    this.#check(signal);
    const task = {
      lasting: this.#lasting,
      passing: this.#passing,
      fences: this.fences,
      now: this.#clock.now(),
    };
    return survey(task, keys, signal);
  }

  /** Copies the newest entries to the tiers that lack them. Answers how many keys no tier lacks any more that one did. */
  async fill(keys: readonly string[], signal: AbortSignal): Promise<number> {
    this.#check(signal);
    const task = {
      lasting: this.#lasting,
      passing: this.#passing,
      fences: this.fences,
      repairs: this.#repairs,
      now: this.#clock.now(),
      signal,
    };
    return fill(task, keys);
  }

  /** Writes what tiers missed while they failed, to those that work again. Answers how many keys were settled. */
  async repair(signal: AbortSignal): Promise<number> {
    this.#check(signal);
    let repaired = 0;
    for (const tier of this.tiers) {
      try {
        repaired += await repairTier({
          tier,
          others: this.tiers.filter((other) => other !== tier),
          repairs: this.#repairs,
          signal,
          onRound: (keys, left) => this.#events.emit('tier:repaired', { tier: tier.name, keys, left }),
        });
      } catch {
        // It does not work yet, or the notes cannot be read: they are still there the next time.
        signal.throwIfAborted();
      }
    }
    return repaired;
  }

  /** Each key once, as the tier of the widest reach has it, seen through the fences. See `scanAll` for what a failing tier means. */
  async *scan(prefix: string, signal: AbortSignal): AsyncGenerator<Head[]> {
    this.#check(signal);
    for await (const page of scanAll([...this.#lasting, ...this.#passing], prefix, signal)) {
      await this.fences.sync();
      yield page.map((head) => this.fences.see(head));
      this.#check(signal);
    }
  }

  /** Sums over the tiers that answer; `limit` holds for each. */
  async sweep(now: number, limit: number, signal: AbortSignal): Promise<{ removed: number; bytes: number }> {
    const sums = await this.#sum(signal, 'swept', (tier) => tier.sweep(now, limit, signal));
    return sums.reduce((a, b) => ({ removed: a.removed + b.removed, bytes: a.bytes + b.bytes }));
  }

  /** Sums over the tiers that answer: an entry counts in each tier that holds it. */
  async usage(signal: AbortSignal): Promise<TierUsage> {
    const sums = await this.#sum(signal, 'told its usage', (tier) => tier.usage(signal));
    return sums.reduce((a, b) => ({ entries: a.entries + b.entries, bytes: a.bytes + b.bytes }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#promotion.close();
    await Promise.all(this.tiers.map((tier) => tier.close()));
  }

  #check(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#closed) throw new ForewarmError('E_TIER_CLOSED', `tier "${this.name}" is closed`);
  }

  #read(keys: readonly string[], want: Want, signal: AbortSignal) {
    this.#check(signal);
    const path = {
      ...{ tiers: this.tiers, passing: this.#passing, clock: this.#clock, promotion: this.#promotion },
      ...{ fences: this.fences, busHealth: this.#busHealth },
      ask: (tier: Tier, asked: readonly string[]) => this.#ask(tier, asked, want, signal),
    };
    return readDown(path, keys, want);
  }

  /** A tier that fails is passed over; its guard has said so already. */
  async #ask(
    tier: Tier,
    keys: readonly string[],
    want: Want,
    signal: AbortSignal,
  ): Promise<(Entry | undefined)[] | undefined> {
    try {
      return await tier.getMany(keys, want, signal);
    } catch {
      this.#check(signal);
      return undefined;
    }
  }

  async #sum<T>(signal: AbortSignal, did: string, act: (tier: Tier) => Promise<T>): Promise<[T, ...T[]]> {
    this.#check(signal);
    const answers = await Promise.allSettled(this.tiers.map(act));
    this.#check(signal);
    const values = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const [first, ...rest] = values;
    if (first !== undefined) return [first, ...rest];
    throw noTier(
      did,
      answers.map((answer) => (answer.status === 'rejected' ? answer.reason : undefined)),
    );
  }
}

const REACH = { process: 0, host: 1, shared: 2 } as const;
