import { expect, test } from 'vitest';
import { timesOfRule } from '../../src/schedules/rule.ts';

test.each([
  ['no JSON', 'every five minutes'],
  ['a form that is not known', '{"rrule":"FREQ=DAILY"}'],
  ['a cron expression that is none', '{"cron":"61 * * * *"}'],
  ['a zone that this host does not know', '{"cron":"0 2 * * *","timezone":"Mars/Olympus_Mons"}'],
  ['less than a second', '{"every":-5}'],
])('a stored rule that another version wrote names no times: %s', (_, text) => {
  expect(timesOfRule(text).next(1_790_000_000_000)).toBeUndefined();
});
