import type { Clock } from '../core/clock.ts';
import type { Entry, Head } from '../core/entry.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { Promotion } from './promotion.ts';
import type { Asked, ReadTally } from './read-tally.ts';
import { repairTier } from './repair.ts';
import type { Repairs } from './repairs.ts';
import { scanAll } from './stack-scan.ts';
import { fill, noTier, type Survey, survey } from './survey.ts';
import type { Tier, TierTraits, TierUsage, Want, Write, Written } from './tier.ts';
import { type WrittenThrough, writeThrough } from './write-through.ts';

export type { Survey } from './survey.ts';
export type { TierOutcome, WrittenThrough } from './write-through.ts';

export interface StackDependencies {
  /** From the nearest to the farthest, as reads ask them. The stack closes them. */
  readonly tiers: readonly Tier[];
  readonly clock: Clock;
  readonly events: Events;
  readonly repairs: Repairs;
  /** Counts the reads of values; without one they are not counted. */
  readonly reads?: ReadTally;
}

/** What a read found, and the tier that answered; both in the order of the keys, undefined for a miss. */
export interface Found {
  readonly entries: (Entry | undefined)[];
  readonly tiers: (string | undefined)[];
}

/**
 * The tiers in order, and itself a tier.
 *
 * Reads go down until each key is found, and survive the failure of any tier. What is found is copied to the tiers
 * above, as old as it is. Writes go through all tiers at once, to the memory of this process last.
 */
export class Stack implements Tier {
  readonly name = 'stack';
  readonly traits: TierTraits;
  readonly tiers: readonly Tier[];
  /** What a warm key must be in: the tiers that outlive this process, those of the widest reach first; or all. */
  readonly #lasting: readonly Tier[];
  /** The others. */
  readonly #passing: readonly Tier[];
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #repairs: Repairs;
  readonly #promotion: Promotion;
  readonly #reads: ReadTally | undefined;
  #closed = false;

  constructor(dependencies: StackDependencies) {
    this.tiers = dependencies.tiers;
    this.#clock = dependencies.clock;
    this.#events = dependencies.events;
    this.#repairs = dependencies.repairs;
    this.#promotion = new Promotion(dependencies);
    this.#reads = dependencies.reads;
    const lasting = this.tiers.filter(({ traits }) => traits.reach !== 'process');
    this.#lasting = (lasting.length > 0 ? lasting : [...this.tiers]).sort(
      (a, b) => REACH[b.traits.reach] - REACH[a.traits.reach],
    );
    this.#passing = this.tiers.filter((tier) => !this.#lasting.includes(tier));
    this.traits = {
      durable: this.#lasting.some(({ traits }) => traits.durable),
      reach: this.#lasting[0]?.traits.reach ?? 'process',
      maxBodyBytes: Math.max(0, ...this.#lasting.map(({ traits }) => traits.maxBodyBytes)),
    };
  }

  /**
   * Never fails for want of a tier: when none answers, everything is a miss. What memory holds counts until it is due:
   * by then another process may have refreshed it, so the tiers below are asked first.
   */
  async getMany(keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]> {
    return (await this.find(keys, want, signal)).entries;
  }

  /** `getMany`, and which tier answered. Reads of values, and not of heads, are counted. */
  async find(keys: readonly string[], want: Want, signal: AbortSignal): Promise<Found> {
    this.#check(signal);
    const found = new Array<Entry | undefined>(keys.length).fill(undefined);
    const holders = new Array<string | undefined>(keys.length).fill(undefined);
    const above: Tier[] = [];
    const asked: Asked[] = [];
    let missing = [...keys.keys()];
    const now = this.#clock.now();
    for (const tier of this.tiers) {
      if (missing.length === 0) break;
      const answers = await this.#ask(
        tier,
        missing.length === keys.length ? keys : pick(keys, missing),
        want,
        signal,
      );
      asked.push({ tier: tier.name, places: missing, answers });
      if (answers === undefined) continue;
      const entries: Entry[] = [];
      const still: number[] = [];
      const passing = this.#passing.includes(tier);
      for (const [at, i] of missing.entries()) {
        const entry = answers[at];
        if (entry !== undefined && (entry.head.kind !== 'dropped' || !passing)) {
          found[i] = entry;
          holders[i] = tier.name;
        }
        if (entry === undefined || (passing && isOutdated(entry.head, now))) still.push(i);
        else entries.push(entry);
      }
      if (want === 'entry' && entries.length > 0) this.#promotion.promote(entries, above);
      above.push(tier);
      missing = still;
    }
    if (want === 'entry') this.#reads?.note({ keys, found, asked, now });
    return { entries: found, tiers: holders };
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
    return survey({ lasting: this.#lasting, passing: this.#passing }, keys, signal);
  }

  /** Copies the newest entries to the tiers that lack them. Answers how many keys no tier lacks any more that one did. */
  async fill(keys: readonly string[], signal: AbortSignal): Promise<number> {
    this.#check(signal);
    const task = {
      lasting: this.#lasting,
      passing: this.#passing,
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

  /** Each key once, as the tier of the widest reach has it. See `scanAll` for what a failing tier means. */
  async *scan(prefix: string, signal: AbortSignal): AsyncGenerator<Head[]> {
    this.#check(signal);
    for await (const page of scanAll([...this.#lasting, ...this.#passing], prefix, signal)) {
      yield page;
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

/** In memory: a tombstone, which only sends readers on, or a value that another process may have refreshed. */
function isOutdated(head: Head, now: number): boolean {
  return head.kind === 'dropped' || now >= head.dueAt;
}

const REACH = { process: 0, host: 1, shared: 2 } as const;

function pick(keys: readonly string[], places: readonly number[]): string[] {
  return places.map((i) => keys[i] ?? '');
}
