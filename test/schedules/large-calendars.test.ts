/** A calendar of any content that its size allows is read while others have their turn, and then asked in no time. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { messageOf } from '../../src/core/errors.ts';
import { MOST_WINDOWS } from '../../src/policy/calendar-text.ts';
import { Calendars } from '../../src/schedules/calendars.ts';
import { neverFires } from '../../src/settings/checks/check-schedules.ts';
import { PLAIN_RULES } from '../support/schedules.ts';
import { temporaryFolder } from '../support/settings.ts';
import { longestTurn } from '../support/turns.ts';

const LENGTH = 600_000;
const DAY_MS = 86_400_000;

const repeated = (text: string) => text.repeat(LENGTH / text.length);
const ics = (...lines: string[]) => ['BEGIN:VCALENDAR', ...lines, 'END:VCALENDAR', ''].join('\n');
const each = (count: number, line: (day: string) => string) =>
  Array.from({ length: count }, (_, i) => line(new Date(i * DAY_MS).toISOString().slice(0, 10))).join('\n');
const event = (...lines: string[]) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'].join('\n');

const CALENDARS: readonly (readonly [what: string, text: string, says: string])[] = [
  ['comments', repeated('#\n'), '0 windows'],
  ['lines that are empty', `sat${repeated('\n')}`, '1 windows'],
  ['as many days as may be', each(MOST_WINDOWS, (day) => day), '10000 windows'],
  ['more windows than may be', repeated('sat\n'), 'has more than 10000 windows'],
  ['one long line', repeated('sat,'), 'line 1: the line has more than 4096 characters'],
  ['a long comment', `sat # ${repeated('a')}`, '1 windows'],
  [
    'events in a time zone',
    ics(
      each(MOST_WINDOWS - 1, (day) =>
        event(`DTSTART;TZID=Europe/Berlin:${day.replaceAll('-', '')}T080000`, 'DURATION:PT1H'),
      ),
    ),
    '9999 windows',
  ],
  ['one event of many titles', ics(event(`DTSTART:20261224\n${repeated('UID:1\n')}`)), '1 windows'],
  ['a title that goes on and on', ics(event(`DTSTART:20261224\nSUMMARY:a${repeated('\n b')}`)), '1 windows'],
  ['a picture', ics(event(`DTSTART:20261224\nATTACH:${repeated('a;"')}`)), '1 windows'],
  ['a time of many params', ics(event(`DTSTART${repeated(';a')}:20261224`)), 'DTSTART has more than 4096'],
  ['events that do not end', ics(repeated('BEGIN:VEVENT\n')), 'line 3: the event before does not end'],
];

test.each(CALENDARS)('a calendar with %s holds up nobody', async (_, text, says) => {
  const path = join(await temporaryFolder(), `freeze.${text.startsWith('BEGIN:VCAL') ? 'ics' : 'txt'}`);
  let said = '';
  const ms = await longestTurn(async () => {
    await rm(path, { force: true });
    await writeFile(path, text);
    said = await new Calendars().windows(path).then(({ length }) => `${length} windows`, messageOf);
  });
  expect(said).toContain(says);
  expect(ms).toBeLessThan(50);
});

test('thousands of windows, one behind the other, are passed at once', async () => {
  const path = join(await temporaryFolder(), 'freeze.txt');
  await writeFile(
    path,
    each(MOST_WINDOWS, (day) => day),
  );
  const windows = await new Calendars().windows(path);
  const rule = { cron: '0 2 * * *', timezone: 'Europe/Berlin' };
  const ms = await longestTurn(async () => {
    expect(neverFires({ name: 's', rule, ...PLAIN_RULES }, windows)).toBeUndefined();
  });
  expect(ms).toBeLessThan(50);
});
