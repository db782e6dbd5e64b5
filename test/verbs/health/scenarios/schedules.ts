import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Schedule } from '../../../../src/schedules/fire.ts';
import type { Examination } from '../../../../src/verbs/health/examination.ts';
import type { ScheduleView } from '../../../../src/verbs/schedules/schedule-shapes.ts';
import type { GivenScenario, PlayedScenario } from '../../../support/doctor-scenarios.ts';

const NIGHTLY = { cron: '0 2 * * *', timezone: 'UTC', warm: { entities: 'markets' } };
const DAY_MS = 86_400_000;
const NAMED = { names: ['nightly'], kinds: [], all: false };

const seen = (more: Partial<ScheduleView>): Partial<Examination> => ({
  scheduleViews: async () => [
    {
      name: 'nightly',
      times: '0 2 * * *',
      nextAt: 1,
      paused: null,
      lastAt: null,
      leading: null,
      ...more,
    } as ScheduleView,
  ],
});
const nightly = (rule: object) => [{ name: 'nightly', rule, rules: {} } as unknown as Schedule];

/** Known for this long, and last fired then. */
const known = (ms: number, lastAt: number | null) =>
  ({
    ...seen({ lastAt }),
    schedules: nightly({ cron: '0 2 * * *', timezone: 'UTC' }),
    ticks: { states: async () => ({ states: [{ opened: 10 * DAY_MS }], now: 10 * DAY_MS + ms }) },
  }) as unknown as Partial<Examination>;

const host = { zoneData: '2026a' } as Examination['host'];
const calendarAt = ({ folder }: { readonly folder: string }) => join(folder, 'holidays.txt');

export const SCHEDULE_SCENARIOS: readonly (PlayedScenario | GivenScenario)[] = [
  {
    ...{
      check: 'schedule-times',
      wrong: 'its last time has passed',
      level: 'warning',
      says: /still to come/,
    },
    config: () => ({ schedules: { nightly: NIGHTLY } }),
    badConfig: () => ({ schedules: { nightly: { ...NIGHTLY, end: '2024-01-01' } } }),
  },
  {
    ...{
      check: 'schedule-paused',
      wrong: 'it has no end',
      level: 'note',
      says: /without an end.*somebody: moving/,
    },
    config: () => ({ schedules: { nightly: NIGHTLY } }),
    spoil: (_, { verbs }) => verbs.pauseSchedules(NAMED, { why: 'moving' }, 'somebody'),
    mend: (_, { verbs }) => verbs.resumeSchedules(NAMED, {}, 'somebody'),
  },
  {
    ...{ check: 'schedule-ran', wrong: 'it never fired', level: 'warning', says: /has never fired/ },
    bad: known(3 * DAY_MS, null),
    good: known(3 * DAY_MS, 12 * DAY_MS),
  },
  {
    ...{
      check: 'schedule-rules',
      wrong: 'a newer one leads',
      level: 'warning',
      says: /go by "0 2 \* \* \*", and "0 5/,
    },
    roles: ['scheduler'],
    config: () => ({ schedules: { nightly: NIGHTLY } }),
    badConfig: () => ({ schedules: { nightly: { ...NIGHTLY, cron: '0 5 * * *' } } }),
  },
  {
    ...{
      check: 'schedule-calendars',
      wrong: 'its file is gone',
      level: 'problem',
      says: /calendar .*holidays/,
    },
    before: (place) => writeFile(calendarAt(place), '2027-01-01\n'),
    config: (place) => ({ schedules: { nightly: { ...NIGHTLY, calendar: calendarAt(place) } } }),
    spoil: (place) => rm(calendarAt(place)),
    mend: (place) => writeFile(calendarAt(place), '2027-01-01\n'),
  },
  {
    ...{ check: 'schedule-zones', wrong: 'it is not known here', level: 'problem', says: /Mars\/Olympus/ },
    bad: { host, schedules: nightly({ cron: '0 2 * * *', timezone: 'Mars/Olympus' }) },
    good: { host, schedules: nightly({ cron: '0 2 * * *', timezone: 'America/Denver' }) },
  },
];
