/** What the policies of a schedule make of its times, and for each clause rules that make something else of them. All are pure functions. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { jitterOf } from '../../src/policy/jitter.ts';
import {
  isTooLate,
  MISSED_POLICIES,
  type MissedPolicy,
  passedTimes,
  type TickEnd,
} from '../../src/policy/missed.ts';
import { nominalTimes } from '../../src/policy/nominal-times.ts';
import { settleOverlap } from '../../src/policy/overlap.ts';
import { parseDeadline } from '../../src/policy/run-deadline.ts';
import { NO_WISHES, type TickRules, timingOf, type Wishes } from '../../src/policy/tick-rules.ts';
import { parseWindow } from '../../src/policy/window-text.ts';
import { PLAIN_RULES } from '../support/schedules.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

export interface PureRules {
  readonly passedTimes: typeof passedTimes;
  readonly settleOverlap: typeof settleOverlap;
  readonly jitterOf: typeof jitterOf;
  readonly isTooLate: typeof isTooLate;
  readonly timingOf: typeof timingOf;
}

export const PURE_RULES: PureRules = { passedTimes, settleOverlap, jitterOf, isTooLate, timingOf };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOURLY = { cron: '0 * * * *', timezone: 'UTC' };
const at = (hour: number) => Date.UTC(2026, 10, 2, hour);

/** What becomes of the hours after one o'clock, as `hour end`. */
function endsAt(
  rules: PureRules,
  now: number,
  change: Partial<TickRules> = {},
  wishes: Wishes = NO_WISHES,
): string[] {
  const times = nominalTimes(HOURLY);
  const all = { ...PLAIN_RULES, catchUp: 12 * HOUR, ...change };
  const timing = rules.timingOf({ name: 's', rule: HOURLY, rules: all, windows: [] }, times, wishes);
  return rules.passedTimes(times, at(1), now, all, timing).ticks.map(text);
}

function text(tick: TickEnd): string {
  return `${new Date(tick.nominal).getUTCHours()} ${tick.end === 'fire' ? 'fires' : tick.reason}`;
}

/** Rules of which every end of a time goes through `change`. */
const ending = (change: (tick: TickEnd) => TickEnd) => (honest: PureRules) => ({
  ...honest,
  passedTimes: (...of: Parameters<typeof passedTimes>) => {
    const ends = honest.passedTimes(...of);
    return { ...ends, ticks: ends.ticks.map(change) };
  },
});

const fires = ({ nominal }: TickEnd): TickEnd => ({ nominal, end: 'fire' });
const unless = (reason: string) => (tick: TickEnd) =>
  tick.end === 'skip' && tick.reason === reason ? fires(tick) : tick;

const clauses: ClausesWithLiars<PureRules> = {
  'each time ends once, in order, however often it is looked at': {
    async check(rules) {
      const steps = fc.array(fc.integer({ min: 1, max: 5 * HOUR }), { minLength: 1, maxLength: 8 });
      fc.assert(
        fc.property(steps, fc.constantFrom(...MISSED_POLICIES), (gaps, missed) => {
          const times = nominalTimes(HOURLY);
          let [cursor, now] = [at(0), at(0)];
          const seen: number[] = [];
          for (const gap of gaps) {
            now += gap;
            const ends = rules.passedTimes(times, cursor, now, { missed, catchUp: HOUR, latest: 0 });
            seen.push(...ends.ticks.map(({ nominal }) => nominal));
            cursor = ends.cursor;
          }
          const count = Math.floor((now - at(0)) / HOUR);
          expect(seen).toEqual(Array.from({ length: count }, (_, i) => at(i + 1)));
        }),
        { numRuns: 30 },
      );
    },
    lie: (honest) => ({
      ...honest,
      passedTimes: (times, cursor, now, rules, timing) => ({
        ...honest.passedTimes(times, cursor, now, rules, timing),
        cursor: now,
        ticks: honest.passedTimes(times, cursor, now, rules, timing).ticks.slice(-1),
      }),
    }),
  },

  'what is too many to list ends in ranges between times of the schedule, which say how many they are': {
    async check(rules) {
      const times = nominalTimes({ cron: '* * * * *' });
      const [cursor, now] = [at(0) + 1, at(0) + 4 * 24 * HOUR + 1];
      const { ticks, ranges } = rules.passedTimes(times, cursor, now, PLAIN_RULES);
      const [range] = ranges;
      expect(range).toMatchObject({ from: times.next(cursor), reason: 'missed' });
      expect(times.next(range?.to ?? 0)).toBe(ticks[0]?.nominal);
      expect(((range?.to ?? 0) - (range?.from ?? 0)) / MINUTE + 1).toBe(range?.count);
      expect((range?.count ?? 0) + ticks.length).toBe(4 * 24 * 60);
    },
    lie: (honest) => ({
      ...honest,
      passedTimes: (...of) => {
        const ends = honest.passedTimes(...of);
        return { ...ends, ranges: ends.ranges.map((range) => ({ ...range, to: range.to + 0.5 })) };
      },
    }),
  },

  'skip makes up for nothing': {
    async check(rules) {
      expect(endsAt(rules, at(4) + 30 * MINUTE, { missed: 'skip' })).toEqual([
        '2 missed',
        '3 missed',
        '4 missed',
      ]);
      expect(endsAt(rules, at(3), { missed: 'skip' })).toEqual(['2 missed', '3 fires']);
    },
    lie: ending(unless('missed')),
  },

  'once makes up with the newest, unless a newer one is on time': {
    async check(rules) {
      expect(endsAt(rules, at(4) + 30 * MINUTE)).toEqual(['2 missed', '3 missed', '4 fires']);
      expect(endsAt(rules, at(4))).toEqual(['2 missed', '3 missed', '4 fires']);
      expect(endsAt(rules, at(4) + 30 * MINUTE, { catchUp: 20 * MINUTE }).at(-1)).toBe('4 missed');
    },
    lie: (honest) => ({
      ...honest,
      passedTimes: (times, cursor, now, of, timing) =>
        honest.passedTimes(times, cursor, now, { ...of, missed: all(of.missed) }, timing),
    }),
  },

  'all makes up for each within the catch-up window, and for none before it': {
    async check(rules) {
      const change = { missed: 'all', catchUp: 2 * HOUR } as const;
      expect(endsAt(rules, at(5), change)).toEqual(['2 missed', '3 fires', '4 fires', '5 fires']);
    },
    lie: (honest) => ({
      ...honest,
      passedTimes: (times, cursor, now, of, timing) =>
        honest.passedTimes(times, cursor, now, { ...of, catchUp: Number.POSITIVE_INFINITY }, timing),
    }),
  },

  'what is excepted, asked or paused is skipped as that, whatever the policy': {
    async check(rules) {
      const wishes = { asked: new Set([at(3)]), pause: { since: at(4), until: at(5) } };
      for (const missed of MISSED_POLICIES) {
        const change = { missed, except: [parseWindow('02:00-02:30')] };
        expect(endsAt(rules, at(5), change, wishes)).toEqual([
          '2 excepted',
          '3 asked',
          '4 paused',
          '5 fires',
        ]);
      }
    },
    lie: (honest) => ({
      ...honest,
      timingOf: (...of) => ({ ...honest.timingOf(...of), leftOut: () => undefined }),
    }),
  },

  'nothing is made up for inside a window': {
    async check(rules) {
      const change = { except: [parseWindow('04:15-05:00')] };
      expect(endsAt(rules, at(4) + 30 * MINUTE, change)).toEqual(['2 missed', '3 missed', '4 excepted']);
    },
    lie: ending(unless('excepted')),
  },

  'a time that clocks leave out is excepted by a window around what was written': {
    async check(rules) {
      const rule = { cron: '30 2 * * *', timezone: 'America/Denver' };
      const schedule = {
        name: 's',
        rule,
        rules: { ...PLAIN_RULES, except: [parseWindow('02:00-03:00')] },
        windows: [],
      };
      const { leftOut } = rules.timingOf(schedule, nominalTimes(rule), NO_WISHES);
      const moved = Date.parse('2027-03-14T09:00:00Z');
      expect(leftOut(moved, moved)).toBe('excepted');
    },
    lie: (honest) => ({
      ...honest,
      timingOf: (schedule, ...rest) =>
        honest.timingOf({ ...schedule, rule: { every: HOUR, timezone: schedule.rule.timezone } }, ...rest),
    }),
  },

  'what could not begin within latest, or before its deadline, is too late': {
    async check(rules) {
      const now = at(4) + 30 * MINUTE;
      expect(endsAt(rules, now, { latest: 20 * MINUTE }).at(-1)).toBe('4 too-late');
      expect(endsAt(rules, now, { latest: 30 * MINUTE }).at(-1)).toBe('4 fires');
      for (const deadline of ['30m', '04:30'])
        expect(endsAt(rules, now, { deadline: parseDeadline(deadline) }).at(-1)).toBe('4 too-late');
      expect(endsAt(rules, now, { deadline: parseDeadline('04:31') }).at(-1)).toBe('4 fires');
      expect(rules.isTooLate(at(4), at(4) + 2, 1, () => undefined)).toBe(true);
      expect(rules.isTooLate(at(4), at(4) + 1, 1, () => undefined)).toBe(false);
    },
    lie: (honest) => ({ ...honest, isTooLate: () => false }),
  },

  'jitter is the same for one schedule and time, another for others, and never reaches the next time': {
    async check(rules) {
      const times = nominalTimes(HOURLY);
      const hours = Array.from({ length: 50 }, (_, i) => at(i));
      const of = (name: string, jitter: number) =>
        hours.map((hour) => rules.jitterOf(name, hour, jitter, times));
      expect(of('a', 5 * MINUTE)).toEqual(of('a', 5 * MINUTE));
      expect(of('a', 5 * MINUTE)).not.toEqual(of('b', 5 * MINUTE));
      expect(new Set(of('a', 5 * MINUTE)).size).toBeGreaterThan(25);
      expect(Math.max(...of('a', 5 * MINUTE))).toBeLessThanOrEqual(5 * MINUTE);
      expect(Math.max(...of('a', 9 * HOUR))).toBeLessThan(HOUR);
      expect(of('a', 0)).toEqual(hours.map(() => 0));
    },
    lie: (honest) => ({
      ...honest,
      jitterOf: (name, nominal, jitter) => honest.jitterOf(name, nominal, jitter, { next: () => undefined }),
    }),
  },

  'a tick meets the run of an earlier one as its overlap says, and none is forgotten': {
    async check(rules) {
      const settled = (policy: 'skip' | 'queue' | 'cancel' | 'allow', waiting?: number) =>
        rules.settleOverlap({ policy, busy: true, fire: [2], waiting });
      expect(settled('skip')).toEqual({ fire: [], skipped: [2], waiting: undefined });
      expect(settled('queue')).toEqual({ fire: [], skipped: [], waiting: 2 });
      expect(settled('queue', 1)).toEqual({ fire: [], skipped: [1], waiting: 2 });
      for (const policy of ['cancel', 'allow'] as const)
        expect(settled(policy)).toEqual({ fire: [2], skipped: [], waiting: undefined });
    },
    lie: (honest) => ({ ...honest, settleOverlap: (of) => ({ ...honest.settleOverlap(of), skipped: [] }) }),
  },
};

const all = (policy: MissedPolicy): MissedPolicy => (policy === 'once' ? 'all' : policy);

export const { clauses: TICK_TIMING_CLAUSES, liars: TICK_TIMING_LIARS } = apart(clauses);
