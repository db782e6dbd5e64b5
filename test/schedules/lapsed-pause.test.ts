import { expect, test } from 'vitest';
import { nominalTimes } from '../../src/policy/nominal-times.ts';
import { endsOf, moveOf, type Standing } from '../../src/schedules/advance.ts';
import { ruleText } from '../../src/schedules/rule.ts';
import { PLAIN_RULES } from '../support/schedules.ts';

const RULE = { cron: '0 * * * *' };
const hour = (hours: number) => Date.UTC(2026, 10, 2, hours);
/** Of an account that nobody has moved since one o'clock; somebody paused the schedule from two until five. */
const LEFT: Standing = {
  schedule: {
    name: 's',
    rule: RULE,
    rules: { ...PLAIN_RULES, missed: 'once', catchUp: 86_400_000 },
    windows: [],
  },
  times: nominalTimes(RULE),
  rule: ruleText(RULE),
  state: {
    ...{ cursor: hour(1), rule: ruleText(RULE), waiting: undefined, leader: undefined, asked: [] },
    ...{ paused: undefined, claimed: 0, opened: 1, requests: 1, heardAt: undefined, skipped: undefined },
    lapsed: { by: 'ann', why: 'moving', since: hour(2) - 1, until: hour(5) },
  },
};

function endedAt(now: number) {
  const move = moveOf(LEFT, endsOf(LEFT, now), now, undefined);
  const skipped = move?.skipped.map(({ nominal, reason, note }) => [nominal, reason, note]);
  return { fire: move?.fire, skipped };
}

test('times of a pause that ended while no scheduler ran are not made up for', () => {
  const paused = [2, 3, 4].map((at) => [hour(at), 'paused', 'ann: moving']);
  expect(endedAt(hour(5) - 1)).toEqual({ fire: [], skipped: paused });
  expect(endedAt(hour(5) + 1)).toEqual({ fire: [hour(5)], skipped: paused });
  expect(endedAt(hour(6) + 1_800_000)).toEqual({
    fire: [hour(6)],
    skipped: [...paused, [hour(5), 'missed', '']],
  });
});
