/**
 * Many schedulers over ten minutes, step by step: what each of them would do when it wakes, with the account that it last saw. The
 * same with processes and a real clock is `npm run test:schedules`.
 */
import { describe, expect, it } from 'vitest';
import type { MissedPolicy } from '../../../src/policy/missed.ts';
import { nominalTimes } from '../../../src/policy/nominal-times.ts';
import type { TickRules } from '../../../src/policy/tick-rules.ts';
import { endsOf, moveOf, type Standing } from '../../../src/schedules/advance.ts';
import { RedisTickStore } from '../../../src/schedules/redis-tick-store.ts';
import { ruleText } from '../../../src/schedules/rule.ts';
import { tickId } from '../../../src/schedules/tick.ts';
import type { TickStore } from '../../../src/schedules/tick-store.ts';
import { liar } from '../../contract/liar.ts';
import { seeded } from '../../support/chaos-tier.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';
import { PLAIN_RULES } from '../../support/schedules.ts';
import { gapsIn, problemsOf } from './run.ts';

const START = Date.UTC(2026, 10, 28);
const NAME = 's00';
const RULE = { every: 1_000 };
const ERAS = [{ deploys: 0, from: START, by: START }];

/** A scheduler that may know an old account, and may die between two steps. */
class Actor {
  readonly #store: TickStore;
  readonly #rules: TickRules;
  readonly #fired: Set<string>;
  #standing: Standing | undefined;

  constructor(store: TickStore, rules: TickRules, fired: Set<string>) {
    this.#store = store;
    this.#rules = rules;
    this.#fired = fired;
  }

  async wake(now: number, diesAt: 'claim' | 'fire' | 'never'): Promise<void> {
    for (let tries = 0; tries < 3; tries += 1) {
      this.#standing ??= await this.#look();
      const move = moveOf(this.#standing, endsOf(this.#standing, now), now, undefined);
      if (move === undefined) return;
      if (await this.#store.advance(NAME, move)) {
        this.#standing = { ...this.#standing, state: { ...this.#standing.state, ...move.to } };
        return diesAt === 'claim' ? undefined : this.#fire(move.fire, diesAt);
      }
      this.#standing = undefined;
    }
  }

  async takeOver(): Promise<void> {
    const ticks = await this.#store.takeOver([NAME]);
    await this.#fire(
      ticks.map(({ nominal }) => nominal),
      'never',
    );
  }

  async #fire(nominals: readonly number[], diesAt: 'fire' | 'never'): Promise<void> {
    for (const nominal of nominals) this.#fired.add(tickId({ schedule: NAME, nominal }));
    if (diesAt === 'fire') return;
    for (const nominal of nominals) await this.#store.ran(NAME, nominal, { run: undefined, begins: nominal });
  }

  async #look(): Promise<Standing> {
    const [state] = (await this.#store.states([NAME])).states;
    if (state === undefined) throw new Error('no account');
    const schedule = { name: NAME, rule: RULE, rules: this.#rules, windows: [] };
    return { schedule, times: nominalTimes(RULE), rule: ruleText(RULE), state };
  }
}

/** Ten minutes, in which one of five schedulers wakes about each second, or none does for up to half a minute. */
async function tenMinutes(
  seed: number,
  missed: MissedPolicy,
  wrap: (store: TickStore) => TickStore = (store) => store,
) {
  const random = seeded(seed);
  const [redis, prefix] = [connectRedis(), uniquePrefix()];
  const fired = new Set<string>();
  // Leases end at once: whoever wakes next takes over what a dead one left.
  const store = wrap(new RedisTickStore({ redis, prefix, holder: 'one', leaseMs: -1, kept: 1_000 }));
  await store.open(NAME, { cursor: START, rule: ruleText(RULE), waiting: undefined });
  const actors = Array.from({ length: 5 }, () => new Actor(store, { ...PLAIN_RULES, missed }, fired));
  let now = START;
  while (now < START + 600_000) {
    now += random() < 0.05 ? Math.floor(random() * 30_000) : Math.floor(random() * 1_500);
    const i = Math.floor(random() * actors.length);
    const fate = random();
    const diesAt = fate < 0.1 ? 'claim' : fate < 0.2 ? 'fire' : 'never';
    await actors[i]?.wake(now, diesAt);
    if (diesAt !== 'never') actors[i] = new Actor(store, { ...PLAIN_RULES, missed }, fired);
    if (random() < 0.1) await actors[i]?.takeOver();
  }
  await actors[0]?.wake(now, 'never');
  await actors[0]?.takeOver();
  const records = (await store.history(NAME, 1_000)).toSorted((a, b) => a.nominal - b.nominal);
  return { records, problems: [...problemsOf(NAME, records, fired), ...gapsIn(NAME, records, ERAS)], now };
}

describe('five schedulers that come and go for ten minutes', () => {
  it.each(['once', 'skip', 'all'] as const)('end every time exactly once: missed is %s', async (missed) => {
    const { records, problems, now } = await tenMinutes(7, missed);
    expect(problems).toEqual([]);
    expect(records[0]?.nominal).toBe(START + 1_000);
    expect(records.at(-1)?.nominal).toBe(Math.floor(now / 1_000) * 1_000);
    if (missed === 'all') expect(records.every(({ end }) => end === 'ran')).toBe(true);
  });

  it('would be seen to lose times that a dead one had claimed', async () => {
    const { problems } = await tenMinutes(7, 'once', (store) => liar(store, { takeOver: async () => [] }));
    expect(problems.length).toBeGreaterThan(0);
  });
});
