import type { Clock } from '../../core/clock.ts';
import { type Entry, type Head, NO_BODY } from '../../core/entry.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import { ALWAYS_CURRENT, type BusHealth } from '../invalidation/bus-health.ts';
import { type Fences, NO_FENCES } from '../invalidation/fences.ts';
import { KEEPS_ALL } from '../retention.ts';
import type { Tier, TierTraits, TierUsage, Want, Write, Written } from '../tier.ts';
import { fill } from './fill.ts';
import { noTier } from './no-tier.ts';
import { Overflow, type OverflowDeps } from './overflow.ts';
import { Promotion } from './promotion.ts';
import type { ReadCounter } from './read-counter.ts';
import { type ReadDown, readDown, type TierAnswer } from './read-down.ts';
import { Repair } from './repair.ts';
import type { Repairs } from './repairs.ts';
import type { Found, Stack } from './stack.ts';
import { scanAll } from './stack-scan.ts';
import { type Survey, type SurveyTask, survey } from './survey.ts';
import { type Alone, type WrittenThrough, writeThrough } from './write-through.ts';

export interface TieredStackDeps extends OverflowDeps {
  /** From the nearest to the farthest, in the order in which reads ask them. The stack closes them. */
  readonly tiers: readonly Tier[];
  readonly repairs: Repairs;
  /** Every entry is seen through them; without them nothing is fenced. */
  readonly fences?: Fences;
  /** Whether memory may be trusted; without it, always. */
  readonly busHealth?: Pick<BusHealth, 'isStale'>;
  /** Counts the reads of values; without one they are not counted. */
  readonly reads?: ReadCounter;
}

/**
 * The stack over any number of tiers. Backing tiers are those that other processes see too; a key is warm when these have it,
 * and their verdicts on writes count. In-process tiers, the memory of this process, only follow.
 */
export class TieredStack implements Stack {
  readonly name = 'stack';
  readonly traits: TierTraits;
  readonly tiers: readonly Tier[];
  readonly fences: Fences;
  /** Those of the widest reach first. Where only this process has any tier, these are all of them. */
  readonly #backing: readonly Tier[];
  readonly #inProcess: readonly Tier[];
  readonly #clock: Clock;
  readonly #repairs: Repairs;
  readonly #repair: Repair;
  readonly #busHealth: Pick<BusHealth, 'isStale'>;
  readonly #promotion: Promotion;
  readonly #overflow: Overflow;
  readonly #reads: ReadCounter | undefined;
  #closed = false;

  constructor(deps: TieredStackDeps) {
    this.tiers = deps.tiers;
    this.#clock = deps.clock;
    this.#repairs = deps.repairs;
    this.#repair = new Repair(deps);
    this.fences = deps.fences ?? NO_FENCES;
    this.#busHealth = deps.busHealth ?? ALWAYS_CURRENT;
    this.#promotion = new Promotion(deps);
    this.#overflow = new Overflow(deps);
    this.#reads = deps.reads;
    const backing = this.tiers.filter(({ traits }) => traits.reach !== 'process');
    this.#backing = (backing.length > 0 ? backing : [...this.tiers]).sort(
      (a, b) => REACH[b.traits.reach] - REACH[a.traits.reach],
    );
    this.#inProcess = this.tiers.filter((tier) => !this.#backing.includes(tier));
    this.traits = {
      durable: this.#backing.some(({ traits }) => traits.durable),
      reach: this.#backing[0]?.traits.reach ?? 'process',
      writes: this.#backing.some(({ traits }) => traits.writes === 'long') ? 'long' : 'brief',
      maxBodyBytes: Math.max(0, ...this.#backing.map(({ traits }) => traits.maxBodyBytes)),
      keeps: KEEPS_ALL,
    };
  }

  async getMany(keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]> {
    return (await this.find(keys, want, signal)).entries;
  }

  async find(keys: readonly string[], want: Want, signal: AbortSignal): Promise<Found> {
    const read = await this.#read(keys, want, signal);
    if (want === 'entry') this.#reads?.count({ keys, found: read.entries, ...read });
    return foundOf(read);
  }

  async readAgain(keys: readonly string[], signal: AbortSignal): Promise<Found> {
    return foundOf(await this.#read(keys, 'entry', signal));
  }

  /** Without a round trip for the fences: those that are known here have to do. Memory that may not be trusted has nothing. */
  async look(
    tier: Tier,
    keys: readonly string[],
    want: Want,
    signal: AbortSignal,
  ): Promise<(Entry | undefined)[]> {
    const entries = await tier.getMany(keys, want, signal);
    const isStale = this.#busHealth.isStale && this.#inProcess.includes(tier);
    return entries.map((entry) => {
      if (entry === undefined || isStale) return undefined;
      const head = this.fences.see(entry.head);
      if (head === entry.head) return entry;
      return { head, body: head.kind === 'dropped' ? NO_BODY : entry.body };
    });
  }

  async putMany(writes: readonly Write[], signal: AbortSignal): Promise<Written[]> {
    return (await this.writeThrough(writes, signal)).verdicts;
  }

  async writeThrough(
    writes: readonly Write[],
    signal: AbortSignal,
    alone: Alone = 'kept',
  ): Promise<WrittenThrough> {
    this.#check(signal);
    return writeThrough(
      {
        backing: this.#backing,
        inProcess: this.#inProcess,
        alone,
        repairs: this.#repairs,
        overflow: this.#overflow,
        now: () => this.#clock.now(),
        signal,
      },
      writes,
    );
  }

  async survey(keys: readonly string[], signal: AbortSignal): Promise<Survey[]> {
    this.#check(signal);
    const surveys = await survey(this.#surveyTask(signal), keys);
    for (const { name } of this.tiers)
      this.#overflow.saw(
        name,
        surveys.filter(({ newest, lacking }) => newest !== undefined && !lacking.includes(name)),
      );
    return surveys;
  }

  async fill(keys: readonly string[], signal: AbortSignal): Promise<number> {
    this.#check(signal);
    return fill({ ...this.#surveyTask(signal), repairs: this.#repairs, overflow: this.#overflow }, keys);
  }

  overflows(tier: string): boolean {
    return this.#overflow.has(tier);
  }

  async repair(signal: AbortSignal): Promise<number> {
    this.#check(signal);
    return this.#repair.repairAll(signal);
  }

  /** Each key once, as the tier of the widest reach has it, seen through the fences. See `scanAll` for tiers that fail. */
  async *scan(prefix: string, signal: AbortSignal): AsyncGenerator<Head[]> {
    this.#check(signal);
    for await (const page of scanAll([...this.#backing, ...this.#inProcess], prefix, signal)) {
      await this.fences.sync();
      yield page.map((head) => this.fences.see(head));
      this.#check(signal);
    }
  }

  /** Sums over the tiers that do not fail; `limit` holds for each. */
  async sweep(now: number, limit: number, signal: AbortSignal): Promise<{ removed: number; bytes: number }> {
    const sums = await this.#sum(signal, 'swept', (tier) => tier.sweep(now, limit, signal));
    return sums.reduce((a, b) => ({ removed: a.removed + b.removed, bytes: a.bytes + b.bytes }));
  }

  /** Sums over the tiers that do not fail: an entry counts in each tier that holds it. */
  async usage(signal: AbortSignal): Promise<TierUsage> {
    const sums = await this.#sum(signal, 'reported its usage', (tier) => tier.usage(signal));
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

  #surveyTask(signal: AbortSignal): SurveyTask {
    const { fences } = this;
    return { backing: this.#backing, inProcess: this.#inProcess, fences, now: this.#clock.now(), signal };
  }

  #read(keys: readonly string[], want: Want, signal: AbortSignal) {
    this.#check(signal);
    const path = {
      ...{ tiers: this.tiers, inProcess: this.#inProcess, clock: this.#clock, promotion: this.#promotion },
      ...{ fences: this.fences, busHealth: this.#busHealth },
      ask: (tier: Tier, asked: readonly string[]) => this.#ask(tier, asked, want, signal),
    };
    return readDown(path, keys, want);
  }

  /** A tier that fails is skipped; its guard has reported it already. */
  async #ask(tier: Tier, keys: readonly string[], want: Want, signal: AbortSignal): Promise<TierAnswer> {
    try {
      return { stored: await tier.getMany(keys, want, signal) };
    } catch (error) {
      this.#check(signal);
      return { stored: undefined, reason: messageOf(error) };
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

function foundOf({ entries, tiers, asked }: ReadDown): Found {
  const silent = asked.flatMap((each) => (each.entries === undefined ? [each] : []));
  return { entries, tiers, silent };
}

const REACH = { process: 0, host: 1, shared: 2 } as const;
