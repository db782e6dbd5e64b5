/**
 * What a scheduler knows of the accounts of its schedules: where each stands, whose rule leads, and what people want. It is read
 * again every few seconds, so that a server that lost pauses and times to leave out can be given them back.
 */
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { type NominalTimes, nominalTimes, type TimeRule } from '../policy/nominal-times.ts';
import type { TickRules } from '../policy/tick-rules.ts';
import { type Standing, standsAside } from './advance.ts';
import { ruleText } from './rule.ts';
import type { ScheduleAccount } from './schedule-account.ts';
import type { TickStore } from './tick-store.ts';

export interface ScheduledTimes {
  /** Letters, digits, `_`, `-` and `.`: it becomes part of a job's id. */
  readonly name: string;
  readonly rule: TimeRule;
  readonly rules: TickRules;
}

/** A schedule, and where it stood when this process last looked. */
export interface KnownAccount extends Omit<Standing, 'schedule' | 'state'> {
  readonly schedule: ScheduledTimes;
  readonly times: NominalTimes;
  state: ScheduleAccount;
  /** Of its rule; 0 until it has enlisted. */
  generation: number;
  /** Whether it was told that it stands aside. */
  isAside: boolean;
}

export interface KnownAccountsDeps {
  readonly schedules: readonly ScheduledTimes[];
  readonly store: TickStore;
  readonly clock: Clock;
  readonly events: Events;
}

const UNKNOWN = {
  ...{ waiting: undefined, leader: undefined, paused: undefined, lapsed: undefined, asked: [] },
  ...{ claimed: 0, opened: 0, requests: 0, heardAt: undefined, skipped: undefined },
} as const;

export class KnownAccounts {
  readonly #deps: KnownAccountsDeps;
  #accounts: readonly KnownAccount[] = [];
  /** The server's time, and the monotonic time at which it was asked. */
  #server = { now: 0, at: 0 };

  constructor(deps: KnownAccountsDeps) {
    this.#deps = deps;
  }

  get all(): readonly KnownAccount[] {
    return this.#accounts;
  }

  /** The server's time, in ms since the epoch. */
  now(): number {
    return Math.floor(this.#server.now + this.#deps.clock.elapsed() - this.#server.at);
  }

  /** Opens the accounts of schedules that have none, from now on. */
  async open(): Promise<void> {
    const { now } = await this.#read([]);
    this.#accounts = this.#deps.schedules.map((schedule) => {
      const rule = ruleText(schedule.rule);
      const state = { ...UNKNOWN, cursor: now, rule };
      return { schedule, rule, times: nominalTimes(schedule.rule), state, generation: 0, isAside: false };
    });
    await this.enlist();
  }

  /** Says that this process is there, and learns whose rule leads. An account that was lost is opened where it stood. */
  async enlist(accounts = this.#accounts): Promise<void> {
    const enlisted = accounts.map(async (account) => {
      const { schedule, rule, state, generation } = account;
      const begun = { cursor: state.cursor, rule, waiting: undefined };
      const found = await this.#deps.store.enlist(schedule.name, begun, generation);
      account.generation = found.generation;
      account.state = { ...account.state, ...found.state, leader: found.leader };
    });
    await Promise.all(enlisted);
  }

  /** Reads where schedules stand, once the server has back what it lost of them. */
  async learn(accounts = this.#accounts): Promise<void> {
    const found = await this.#read(accounts);
    const lost = accounts.filter((account, i) => {
      const state = found.states[i];
      if (state === undefined || state.requests < account.state.requests) return true;
      account.state = state;
      return false;
    });
    await this.#restore(lost);
  }

  async #restore(accounts: readonly KnownAccount[]): Promise<void> {
    if (accounts.length === 0) return;
    const restored = accounts.map(async ({ schedule: { name }, state }) => {
      if (state.requests === 0 || !(await this.#deps.store.restore(name, state))) return;
      const { paused, asked } = state;
      this.#deps.events.emit('schedule:restored', {
        ...{ schedule: name, paused: paused !== undefined, leftOut: asked.length },
      });
    });
    await Promise.all(restored);
    await this.enlist(accounts);
    const { states } = await this.#read(accounts);
    for (const [i, account] of accounts.entries()) account.state = states[i] ?? account.state;
  }

  /** Whether this process may move the schedule. It says once when it no longer may. */
  leads(account: KnownAccount): boolean {
    const isAside = standsAside(account);
    if (isAside && !account.isAside)
      this.#deps.events.emit('schedule:aside', { schedule: account.schedule.name });
    account.isAside = isAside;
    return !isAside;
  }

  async #read(accounts: readonly KnownAccount[]) {
    const { store, clock } = this.#deps;
    const began = clock.elapsed();
    const found = await store.states(accounts.map(({ schedule }) => schedule.name));
    // The server looked at its clock at some time in between.
    this.#server = { now: found.now, at: (began + clock.elapsed()) / 2 };
    return found;
  }
}
