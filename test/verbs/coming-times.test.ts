import { expect, test } from 'vitest';
import { parseWindow } from '../../src/policy/window-text.ts';
import { ruleText } from '../../src/schedules/rule.ts';
import type { ScheduleAccount } from '../../src/schedules/schedule-account.ts';
import { comingTimes } from '../../src/verbs/schedules/coming-times.ts';
import { PLAIN_RULES } from '../support/schedules.ts';

const RULE = { cron: '0 2 * * *', timezone: 'UTC' };
const at = (day: number, hour = 2) => Date.UTC(2026, 10, day, hour);
const NOW = at(10, 12);
const ACCOUNT: ScheduleAccount = {
  ...{ cursor: at(10), rule: ruleText(RULE), waiting: undefined, asked: [], claimed: 0 },
  ...{ leader: { rule: ruleText(RULE), since: at(1) }, paused: undefined, lapsed: undefined },
  ...{ opened: at(1), requests: 0, heardAt: at(10), skipped: undefined },
};
const BY = { by: 'ann', why: '' };

function nextThree(change: Partial<ScheduleAccount> = {}, except: readonly string[] = []): number[] {
  const rules = { ...PLAIN_RULES, except: except.map(parseWindow) };
  const schedule = { name: 'nightly', rule: RULE, rules, windows: [] };
  const { firing, after } = comingTimes(schedule, { ...ACCOUNT, ...change }, NOW);
  const found: number[] = [];
  for (let next = firing.next(after); next !== undefined && found.length < 3; next = firing.next(next))
    found.push(new Date(next).getUTCDate());
  return found;
}

test('the next times are those at which a schedule fires, without what is left out, excepted or paused', () => {
  expect(nextThree()).toEqual([11, 12, 13]);
  expect(nextThree({ asked: [{ nominal: at(11), ...BY }] })).toEqual([12, 13, 14]);
  expect(nextThree({}, ['2026-11-12..2026-11-20'])).toEqual([11, 21, 22]);
  expect(nextThree({ paused: { ...BY, since: NOW, until: at(15) } })).toEqual([15, 16, 17]);
  expect(nextThree({ paused: { ...BY, since: NOW, until: undefined } })).toEqual([]);
  expect(nextThree({ lapsed: { ...BY, since: at(1), until: at(10, 1) } })).toEqual([11, 12, 13]);
});

test('a time that has ended is no next one, whatever the clock of the host that asks', () => {
  expect(nextThree({ cursor: at(11) })).toEqual([12, 13, 14]);
  // Nobody has looked for days: what passed is made up for or skipped, and does not come.
  expect(nextThree({ cursor: at(5) })).toEqual([11, 12, 13]);
});

test('the next times go by the rule that schedulers go by, until one starts with the configured one', () => {
  const leader = { rule: ruleText({ cron: '0 2 13 * *', timezone: 'UTC' }), since: at(1) };
  expect(nextThree({ leader })).toEqual([13, 13, 13]);
});
