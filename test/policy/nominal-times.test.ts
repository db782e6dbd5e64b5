import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localText, type OffsetAt } from '../../src/policy/local-time.ts';
import { cronNote, cronProblem, nominalTimes } from '../../src/policy/nominal-times.ts';
import { preview } from '../../src/policy/preview.ts';
import { CHANGES } from '../support/clock-changes.ts';
import { threadMs } from '../support/turns.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const change = fc.constantFrom(...CHANGES);

function timesBetween(cron: string, timezone: string, from: number, until: number): number[] {
  const { next } = nominalTimes({ cron, timezone });
  const times: number[] = [];
  for (let at = next(from); at !== undefined && at <= until; at = next(at)) times.push(at);
  return times;
}

const dayOf = (at: number, offsetAt: OffsetAt) => localText(at, offsetAt(at)).slice(0, 10);

describe('the times of a schedule', () => {
  it('has zones to look at whose clocks go forward, back, and by half an hour', () => {
    expect(CHANGES.length).toBeGreaterThan(300);
    expect(CHANGES.some(({ shift }) => shift === -HOUR)).toBe(true);
    expect(CHANGES.some(({ shift }) => shift === HOUR)).toBe(true);
    expect(CHANGES.some(({ shift }) => shift === 30 * 60_000)).toBe(true);
  });

  it('are the same in whichever order they are asked for', () => {
    const rules = ['*/7 3 * * *', '0 2,14 * * 1', '30 4 29 2 *'].map((cron) => ({
      cron,
      timezone: 'Europe/Berlin',
    }));
    const rule = fc.constantFrom(...rules, { every: 90_000 }, { at: [5 * HOUR, 9 * HOUR] });
    const instants = fc.array(fc.integer({ min: 0, max: 3 * DAY }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(rule, instants, (asked, all) => {
        const { next } = nominalTimes(asked);
        for (const after of [...all, ...all.flatMap((at) => next(at) ?? [])])
          expect(next(after)).toBe(nominalTimes({ ...asked }).next(after));
      }),
      { numRuns: 60 },
    );
  });

  it('names a fixed time exactly once on each local day around every change of clocks', () => {
    fc.assert(
      fc.property(change, fc.integer({ min: -240, max: 240 }), ({ zone, offsetAt, at, shift }, minutes) => {
        // Times of day near the change: those of the gap or of the repeated hour are among them.
        const wall = new Date(
          at + offsetAt(at - 1_000) + Math.round((minutes / 240) * 2 * (Math.abs(shift) / 60_000)) * 60_000,
        );
        const cron = `${wall.getUTCMinutes()} ${wall.getUTCHours()} * * *`;
        const times = timesBetween(cron, zone, at - 3 * DAY, at + 3 * DAY);
        const days = times.map((time) => dayOf(time, offsetAt));
        expect(new Set(days).size, `${cron} ${zone}`).toBe(days.length);
        expect(days.length).toBeGreaterThanOrEqual(5);
      }),
      { numRuns: 600 },
    );
  });

  it('names each time of a list as if it stood alone', () => {
    const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 3 });
    const hours = fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(change, minutes, hours, ({ zone, at, offsetAt }, some, others) => {
        // The hour of the change is among them.
        const near = [...new Set([new Date(at + offsetAt(at - 1_000)).getUTCHours(), ...others])];
        const [from, until] = [at - 2 * DAY, at + 2 * DAY];
        const alone = near.flatMap((hour) =>
          some.flatMap((minute) => timesBetween(`${minute} ${hour} * * *`, zone, from, until)),
        );
        const cron = `${some.join(',')} ${near.join(',')} * * *`;
        const wanted = [...new Set(alone)].sort((a, b) => a - b);
        expect(timesBetween(cron, zone, from, until), `${cron} ${zone}`).toEqual(wanted);
      }),
      { numRuns: 200 },
    );
  });

  it('says in a preview which time of a list is moved', () => {
    const rule = { cron: '0,30 2,14 * * *', timezone: 'America/Denver' };
    expect(preview(rule, Date.UTC(2027, 2, 14), 2)).toEqual([
      {
        at: '2027-03-14T09:00:00.000Z',
        local: expect.stringContaining('03:00:00'),
        notes: [{ kind: 'moved', text: expect.stringMatching(/^02:00:00 and 02:30:00 do not exist/) }],
        note: 'moved: 02:00:00 and 02:30:00 do not exist on this day, since clocks go forward by 60 min',
      },
      { at: '2027-03-14T20:00:00.000Z', local: expect.stringContaining('14:00:00'), notes: [], note: null },
    ]);
  });

  it('moves a fixed time of a gap to the first instant after it', () => {
    for (const { zone, at, shift, offsetAt } of CHANGES.filter((each) => each.shift > 0)) {
      const inside = new Date(at + offsetAt(at - 1_000) + shift / 2);
      const cron = `${inside.getUTCMinutes()} ${inside.getUTCHours()} * * *`;
      expect(nominalTimes({ cron, timezone: zone }).next(at - HOUR), `${zone} ${cron}`).toBe(at);
    }
  });

  it('takes the first of two for a fixed time that exists twice', () => {
    for (const { zone, at, shift, offsetAt } of CHANGES.filter((each) => each.shift < 0)) {
      const inside = new Date(at + offsetAt(at) - shift / 2);
      const cron = `${inside.getUTCMinutes()} ${inside.getUTCHours()} * * *`;
      const first = at + shift / 2;
      const times = timesBetween(cron, zone, at - 4 * HOUR, at + 4 * HOUR);
      expect(times, `${zone} ${cron}`).toEqual([first]);
    }
  });

  it('spaces wildcards and steps of minutes evenly, through gaps and repeated hours', () => {
    fc.assert(
      fc.property(change, fc.constantFrom(1, 2, 5, 10, 15, 30), ({ zone, at }, step) => {
        const times = timesBetween(
          step === 1 ? '* * * * *' : `*/${step} * * * *`,
          zone,
          at - 3 * HOUR,
          at + 3 * HOUR,
        );
        const steps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
        expect(new Set(steps), zone).toEqual(new Set([step * 60_000]));
      }),
      { numRuns: 500 },
    );
  });

  it('rises strictly, from whatever ms it is asked', () => {
    const expression = fc.constantFrom(
      '* * * * * *',
      '*/7 * * * *',
      '30 2 * * *',
      '0 1-3 * * *',
      '15,45 1,2 * * 0',
      '@daily',
    );
    fc.assert(
      fc.property(change, expression, fc.integer({ min: -DAY, max: DAY }), ({ zone, at }, cron, around) => {
        const { next } = nominalTimes({ cron, timezone: zone });
        let last = at + around;
        for (let i = 0; i < 5; i += 1) {
          const time = next(last) ?? Number.NaN;
          expect(time, `${cron} ${zone} after ${last}`).toBeGreaterThan(last);
          expect(time % 1_000).toBe(0);
          last = time;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('runs on either day where both day fields are set', () => {
    const times = timesBetween('0 2 1,15 * 1', 'UTC', Date.UTC(2026, 10, 27), Date.UTC(2026, 11, 16));
    expect(times.map((at) => new Date(at).toISOString().slice(0, 10))).toEqual([
      '2026-11-30',
      '2026-12-01',
      '2026-12-07',
      '2026-12-14',
      '2026-12-15',
    ]);
  });

  it('counts intervals from the epoch, and lists times once', () => {
    expect(nominalTimes({ every: 300_000 }).next(0)).toBe(300_000);
    expect(nominalTimes({ every: 300_000 }).next(299_999)).toBe(300_000);
    const listed = nominalTimes({ at: [20, 10] });
    expect([listed.next(0), listed.next(10), listed.next(20)]).toEqual([10, 20, undefined]);
    expect(() => nominalTimes({ every: 10 })).toThrow('more often than once a second');
  });
});

describe('a cron expression', () => {
  it.each([
    ['0-99999999 * * * *', 'invalid value for minute'],
    ['0 0 31 2 *', 'never fires'],
    ['0 0 30 2 *', 'never fires'],
    ['* * * *', 'it has 4 fields'],
    ['', 'it has 0 fields'],
    ['* * * * * * 2027', 'it has 7 fields'],
    ['@reboot', 'is none of'],
    ['@fortnightly', 'is none of'],
    ['61 * * * *', 'invalid value'],
    ['*/90 * * * *', 'steps cannot be greater'],
    [`${'1,'.repeat(5_000)}1 * * * *`, 'characters, and 200 are allowed'],
  ])('such as %j is refused: %s', (expression, says) => {
    expect(cronProblem(expression.slice(0, 12_000))).toContain(says);
  });

  it.each([
    '* * * * *',
    '0 3 * * *',
    '*/10 * * * * *',
    '@daily',
    '@hourly',
    '0 0 29 2 *',
    '0 0 L * *',
    '0 9 * * MON-FRI',
  ])('such as %j is taken', (expression) => {
    expect(cronProblem(expression)).toBeUndefined();
  });

  it('with both day fields is noted, and with one is not', () => {
    expect(cronNote('0 2 1,15 * 1')).toContain('either, as in crontab');
    expect(cronNote('0 2 1 * *')).toBeUndefined();
    expect(cronNote('0 0 2 * * 1')).toBeUndefined();
  });

  it('of any text is refused or names times within 50 ms, and throws nothing', () => {
    const token = fc.constantFrom(
      '*',
      '/',
      '-',
      ',',
      '0',
      '5',
      '59',
      '99999999999',
      'L',
      'W',
      '#',
      '?',
      '@',
      'MON',
      ' ',
      '+',
      'é',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), (tokens) => {
        const began = threadMs();
        cronProblem(tokens.join(''));
        expect(threadMs() - began).toBeLessThan(500);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a preview', () => {
  it('marks a time that is moved by a change of clocks', () => {
    const rule = { cron: '0 2 * * *', timezone: 'America/Denver' };
    expect(preview(rule, Date.parse('2027-03-13T12:00:00Z'), 2)).toEqual([
      {
        at: '2027-03-14T09:00:00.000Z',
        local: '2027-03-14T03:00:00-06:00',
        notes: [{ kind: 'moved', text: expect.stringMatching(/^02:00:00 does not exist/) }],
        note: 'moved: 02:00:00 does not exist on this day, since clocks go forward by 60 min',
      },
      { at: '2027-03-15T08:00:00.000Z', local: '2027-03-15T02:00:00-06:00', notes: [], note: null },
    ]);
  });

  it.each([
    ['listed', { at: [Date.parse('2027-11-07T07:30:00Z')] }, ['the first time only']],
    ['listed as the second', { at: [Date.parse('2027-11-07T08:30:00Z')] }, ['the second time only']],
    ['every day', { every: 86_400_000, start: Date.parse('2027-11-01T07:30:00Z') }, ['the first time only']],
    [
      'every two hours',
      { every: 7_200_000, start: Date.parse('2027-11-01T08:30:00Z') },
      ['the second time only'],
    ],
    ['every hour', { every: 3_600_000, start: Date.parse('2027-11-01T07:30:00Z') }, ['both times', 'again']],
    [
      'up to the first',
      { cron: '30 * * * *', end: Date.parse('2027-11-07T08:00:00Z') },
      ['the first time only'],
    ],
  ])('says at which of two instants it fires: %s', (_, rule, ends) => {
    const times = preview({ ...rule, timezone: 'America/Denver' }, Date.parse('2027-11-07T07:00:00Z'), 4);
    const doubled = times.filter(({ local }) => local.startsWith('2027-11-07T01:30'));
    expect(doubled.map(({ note }) => note)).toEqual(ends.map((end) => expect.stringMatching(`${end}$`)));
  });

  it('marks times that come twice: a fixed one fires once, others both times', () => {
    const from = Date.parse('2026-10-24T22:00:00Z');
    const fixed = preview({ cron: '30 2 * * *', timezone: 'Europe/Berlin' }, from, 1);
    expect(fixed[0]?.note).toBe(
      'doubled: clocks go back by 60 min and show this time twice; it fires the first time only',
    );
    const hourly = preview({ cron: '30 * * * *', timezone: 'Europe/Berlin' }, from, 5);
    expect(hourly.map(({ local }) => local.slice(11))).toEqual([
      '00:30:00+02:00',
      '01:30:00+02:00',
      '02:30:00+02:00',
      '02:30:00+01:00',
      '03:30:00+01:00',
    ]);
    expect(hourly.map(({ note }) => note?.slice(0, 8) ?? null)).toEqual([
      null,
      null,
      'doubled:',
      'repeated',
      null,
    ]);
  });

  it('is what fires', () => {
    fc.assert(
      fc.property(
        change,
        fc.constantFrom('*/20 * * * *', '30 2 * * *', '0 0 * * *'),
        ({ zone, at }, cron) => {
          const shown = preview({ cron, timezone: zone }, at - DAY, 6).map(({ at: text }) =>
            Date.parse(text),
          );
          expect(shown).toEqual(timesBetween(cron, zone, at - DAY, shown.at(-1) ?? 0));
        },
      ),
      { numRuns: 100 },
    );
  });
});
