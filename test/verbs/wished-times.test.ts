import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nominalTimes } from '../../src/policy/nominal-times.ts';
import { preview } from '../../src/policy/preview.ts';
import { firingOf, NO_WISHES, timingOf } from '../../src/policy/tick-rules.ts';
import { withWishes } from '../../src/verbs/schedules/wished-times.ts';
import { PLAIN_RULES } from '../support/schedules.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2027, 0, 1);
const rule = { cron: '0 * * * *', timezone: 'UTC' };
const schedule = { name: 'hourly', rule, rules: { ...PLAIN_RULES, jitter: HOUR / 2 }, windows: [] };
const ANN = { by: 'ann', why: 'moving' };

test('a preview says that a time is skipped exactly where it is, by when it would begin', () => {
  const around = fc.integer({ min: -2 * HOUR, max: 8 * HOUR }).map((ms) => START + ms);
  const asked = fc.subarray(Array.from({ length: 6 }, (_, i) => START + i * HOUR));
  fc.assert(
    fc.property(around, fc.option(around), asked, (since, until, times) => {
      const pause = { since, until: until ?? undefined };
      const wishes = { asked: new Set(times), pause };
      const { leftOut } = timingOf(schedule, nominalTimes(rule), wishes);
      const firing = firingOf(schedule, NO_WISHES);
      const view = {
        paused: { ...ANN, since, until },
        asked: times.map((nominal) => ({ ...ANN, nominal })),
      };
      const shown = withWishes(preview(rule, START - 1, 6, firing), view, firing.beginsAt);
      const said = shown.map(({ note }) => {
        if (note?.startsWith('left out, by ann: moving')) return 'asked';
        return note?.startsWith('skipped: paused until') ? 'paused' : undefined;
      });
      const nominals = shown.map(({ at }) => Date.parse(at));
      expect(said).toEqual(nominals.map((nominal) => leftOut(nominal, firing.beginsAt(nominal))));
    }),
    { numRuns: 300 },
  );
});
