/** Processes that share a budget, on a clock that tests move: which calls they began, and when each ended. */
import { RedisLedger } from '../../../src/budget/redis-ledger.ts';
import type { Budget, BudgetUser } from '../../../src/core/budget.ts';
import { sleep } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import { seeded } from '../../support/chaos-tier.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';
import { TimedRedis } from '../../support/timed-redis.ts';
import type { CountedCall } from './counts.ts';

export interface SimulationPlan {
  readonly budget: Budget;
  readonly seed: number;
  readonly seconds: number;
  readonly processes: number;
  readonly leaseMs: number;
  /** Reads of each process come so far apart at the most, in ms. */
  readonly readsApartMs: number;
  /** When the first read comes. */
  readonly readsAfterMs: number;
  /** How long a call takes at the most, in ms. */
  readonly longestMs: number;
  /** How late a reply of the ledger may come, in ms. */
  readonly lateMs: number;
  /** Changes the ledger's scripts, to plant a fault. */
  readonly plant?: (lua: string) => string;
}

/** A call of a simulation, and how long its caller waited for it. */
export interface SimulatedCall extends CountedCall {
  readonly user: BudgetUser;
  readonly waited: number;
}

/** Between two deaths, in ms. */
const LIFE_MS = 1_500;
const NEVER = new AbortController().signal;

export class Simulation {
  readonly #plan: SimulationPlan;
  readonly #random: () => number;
  readonly #clock = new FakeClock();
  readonly #redis: TimedRedis;
  readonly #prefix = uniquePrefix();
  readonly #alive: { isDead: boolean }[] = [];
  readonly calls: SimulatedCall[] = [];
  #started = 0;

  constructor(plan: SimulationPlan) {
    this.#plan = plan;
    this.#random = seeded(plan.seed);
    const { plant = (lua: string) => lua } = plan;
    const lateMs = () => Math.round(this.#random() ** 3 * plan.lateMs);
    this.#redis = new TimedRedis(connectRedis(), { clock: this.#clock, lateMs, plant });
  }

  async run(): Promise<readonly SimulatedCall[]> {
    const { processes, seconds, longestMs } = this.#plan;
    for (let n = 0; n < processes; n += 1) this.#start();
    for (let ms = 0; ms < seconds * 1_000; ms += LIFE_MS) {
      await this.#redis.pass(LIFE_MS);
      const victim = this.#alive.splice(Math.floor(this.#random() * this.#alive.length), 1);
      for (const process of victim) process.isDead = true;
      this.#start();
    }
    for (const process of this.#alive) process.isDead = true;
    await this.#redis.pass(longestMs + 100);
    return this.calls;
  }

  #start(): void {
    const process = { isDead: false };
    this.#alive.push(process);
    this.#started += 1;
    const ledger = new RedisLedger({
      redis: this.#redis.connection(() => process.isDead),
      ...{ prefix: this.#prefix, holder: `p${this.#started}`, clock: this.#clock, events: new Events() },
      ...{ budgets: new Map([['o', this.#plan.budget]]), leaseMs: this.#plan.leaseMs, patienceMs: 2_000 },
    });
    for (let n = 0; n < 4; n += 1) void this.#lane(ledger, process, 'run');
    void this.#lane(ledger, process, 'hot');
    void this.#lane(ledger, process, 'live');
  }

  async #lane(ledger: RedisLedger, process: { readonly isDead: boolean }, user: BudgetUser): Promise<void> {
    const clock = this.#clock;
    if (user === 'live') await sleep(clock, Math.max(0, this.#plan.readsAfterMs - clock.elapsed()));
    while (!process.isDead) {
      if (user === 'live') await sleep(clock, this.#random() * this.#plan.readsApartMs);
      const asked = clock.elapsed();
      const permit = await ledger.permit('o', NEVER, user).catch(() => undefined);
      if (permit === undefined) {
        await sleep(clock, 300);
        continue;
      }
      // The dead begin no call; one that is under way goes on at the origin.
      if (process.isDead) return;
      const from = clock.elapsed();
      const ms = Math.ceil(this.#random() ** 3 * this.#plan.longestMs);
      this.calls.push({ began: from, from, to: from + ms, user, waited: from - asked });
      await sleep(clock, ms);
      if (!process.isDead) permit.release({ outcome: 'ok', ms });
    }
  }
}
