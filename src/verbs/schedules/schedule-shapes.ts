/** What the verbs of schedules take and return. */
import { z } from 'zod';
import { SKIP_REASONS } from '../../core/skip-reason.ts';
import { DAY_MS } from '../../core/units.ts';
import { TIME_NOTES } from '../../policy/preview.ts';
import { INTERVENTIONS } from '../../schedules/schedule-requests.ts';
import { askedTime, time, why } from '../shapes.ts';

/** A year: a schedule that is not wanted for longer goes from the configuration. */
export const LONGEST_PAUSE_MS = 366 * DAY_MS;
export const FOR_GOOD = 'leave it out, or take the schedule out of the configuration';
/** How times are given. */
const OF_SCHEDULE =
  'Milliseconds since the epoch, or ISO 8601; without Z or +01:00 it is of the time zone of the schedule';
/** A preview shows no more times. */
export const MOST_PREVIEWED = 1_000;
/** So many times are made up for at once. */
export const MOST_BACKFILLED = 200;

export const SCHEDULE_KINDS = ['refresh', 'recover', 'run', 'probe', 'gc'] as const;

export const scheduleView = z.object({
  name: z.string(),
  kind: z.enum(SCHEDULE_KINDS).describe('What it does when it fires.'),
  cron: z.string().nullable().describe('Null where its times are named by an interval, or one by one.'),
  times: z.string().describe('Which times it names, for people: `0 2 * * *`, `every 5m`.'),
  timezone: z.string().nullable(),
  selector: z.string(),
  nextAt: time()
    .nullable()
    .describe(
      'The next time at which it fires: those that are left out are passed over, and those of a pause. Null: there is none, such as in a pause without an end.',
    ),
  lastAt: time().nullable().describe('The nominal time of the last tick.'),
  lastRun: z.string().nullable(),
  waitingAt: time().nullable().describe('A time that waits until the run of an earlier one has ended.'),
  asked: z
    .array(z.object({ nominal: time(), by: z.string(), why: z.string() }))
    .describe('Times that are to be left out, since somebody asked.'),
  heardAt: time()
    .nullable()
    .describe(
      'When a scheduler that fires it last said that it is there, as each does every few seconds; null: never.',
    ),
  leading: z
    .object({ times: z.string(), timezone: z.string().nullable() })
    .nullable()
    .describe(
      'The rule that schedulers go by, where it is another one than is configured here: until one starts with this configuration. Else null.',
    ),
  paused: z
    .object({
      by: z.string(),
      why: z.string(),
      since: time(),
      until: time().nullable().describe('Null: until it is resumed.'),
    })
    .nullable(),
  lostAt: time()
    .nullable()
    .describe(
      'When, within a day, the jobs Redis was seen to have lost its data: a pause, or a time to leave out, that no scheduler knew is gone, and so is what has passed. Else null.',
    ),
});
export type ScheduleView = z.infer<typeof scheduleView>;

export const timePreview = z.object({
  at: z.string().describe('ISO 8601, in UTC.'),
  local: z.string().describe("What a clock in the schedule's zone shows, with its distance from UTC."),
  notes: z
    .array(
      z.object({
        kind: z
          .enum(TIME_NOTES)
          .describe(
            '`moved`: what the clocks leave out was to be then. `clocks`: they are set at this instant. `doubled`: they show this time twice. `repeated`: it fires again at such a time. `gap`: times before it fall into what the clocks leave out. `jitter`: it begins later. `deadline`: the clocks change its deadline. `paused`, `asked`: it will be skipped.',
          ),
        text: z.string().describe('For people, without the word for its kind.'),
      }),
    )
    .describe('What is special about it.'),
  note: z
    .string()
    .nullable()
    .describe(
      'The same in words: what a clock change does to this time, or to those before it, or why it will be skipped (a pause, a request), with who and why; else null.',
    ),
});

export const tickView = z.object({
  nominal: time().describe('The time that the schedule named; of a range of skipped times, the last one.'),
  from: time().describe('The first time of a range; the same as `nominal` otherwise.'),
  count: z.number().nullable().describe('How many times it stands for; null: too many to count.'),
  end: z.enum(['ran', 'skipped']).describe('A time that was back-filled ran.'),
  reason: z
    .enum(SKIP_REASONS)
    .nullable()
    .describe('Why it was skipped; of a time that was back-filled, why it had been.'),
  note: z.string().describe('More about that: who, why, or the run that had not ended.'),
  at: time().describe('When it ended.'),
  late: z
    .number()
    .nullable()
    .describe(
      'How long it ran after it was to begin (at its time, or up to `jitter` later), in ms; of a back-fill, after its time; null for what was skipped.',
    ),
  run: z.string().nullable(),
  backfill: z
    .object({ by: z.string(), why: z.string() })
    .nullable()
    .describe('Who made up for a time that had been skipped, and why; else null.'),
});
export type TickView = z.infer<typeof tickView>;

export const interventionView = z.object({
  at: time(),
  kind: z
    .enum(INTERVENTIONS)
    .describe(
      '`restored`: the jobs Redis had lost what was asked of the schedule, and a scheduler gave it back.',
    ),
  by: z.string(),
  why: z.string(),
  nominal: time().nullable().describe('The time of the schedule that it concerns.'),
  until: time().nullable().describe('Of a pause; null: until it is resumed.'),
  run: z.string().nullable().describe('The run that it made.'),
});
export type InterventionView = z.infer<typeof interventionView>;

export const scheduleReport = scheduleView.extend({
  ticks: z.array(tickView).describe('How its last times ended, the newest first.'),
  byHand: z.array(interventionView).describe('What people did to it, the newest first.'),
  next: z.array(timePreview).describe('The next three times at which it fires.'),
});
export type ScheduleReport = z.infer<typeof scheduleReport>;

export const pauseRequest = z
  .strictObject({
    why: why(),
    for: z
      .number()
      .min(1, 'is no pause; leave it out to pause until it is resumed')
      .max(LONGEST_PAUSE_MS, `is longer than a year; ${FOR_GOOD}`)
      .nullable()
      .default(null)
      .describe('Milliseconds. Null, beside an `until` of null: until it is resumed.'),
    until: askedTime()
      .nullable()
      .default(null)
      .describe(`In place of \`for\`: until this time; of a day, until it begins. ${OF_SCHEDULE}.`),
  })
  .meta({ examples: [{ why: 'the API moves', for: 7_200_000 }] });
export type PauseRequest = z.input<typeof pauseRequest>;
export type CheckedPause = z.output<typeof pauseRequest>;

/** Which schedules: those whose name or kind is listed. */
export const scheduleFilter = z
  .strictObject({
    names: z.array(z.string().min(1)).max(1_000).default([]).describe('Names; `*` stands for any text.'),
    kinds: z.array(z.enum(SCHEDULE_KINDS)).default([]).describe('What they do.'),
    all: z.boolean().default(false).describe('Every schedule there is.'),
  })
  .refine(({ names, kinds, all }) => all || names.length > 0 || kinds.length > 0, {
    message: 'names no schedule: give names, kinds, or all',
  })
  .refine(({ names, kinds, all }) => !all || names.length + kinds.length === 0, {
    message: 'says all, and beside it names or kinds: give one',
  });
export type ScheduleFilter = z.output<typeof scheduleFilter>;

export const skipRequest = z
  .strictObject({
    at: askedTime()
      .nullable()
      .default(null)
      .describe(`One of its coming times; null: the next one. ${OF_SCHEDULE}.`),
    why: why(),
    undo: z.boolean().default(false).describe('Let it fire after all.'),
  })
  .meta({ examples: [{ why: 'the API moves' }] });
export type SkipRequest = z.input<typeof skipRequest>;
export type CheckedSkip = z.output<typeof skipRequest>;

export const backfillRequest = z
  .strictObject({
    from: askedTime().describe(`The first time that is looked at. ${OF_SCHEDULE}.`),
    to: askedTime()
      .nullable()
      .default(null)
      .describe('The last time that is looked at, or the last day, not in the future; null: now.'),
    again: z.boolean().default(false).describe('Also times that ran.'),
    dryRun: z.boolean().default(false).describe('Only say what would be done.'),
    why: why(),
  })
  .meta({ examples: [{ from: '2025-11-01', to: '2025-11-03', dryRun: true }] });
export type BackfillRequest = z.input<typeof backfillRequest>;
export type CheckedBackfill = z.output<typeof backfillRequest>;

export const backfillView = z.object({
  schedule: z.string(),
  dryRun: z.boolean(),
  rules: z
    .array(
      z.object({
        until: time().nullable().describe('The last instant at which it held; null: it still does.'),
        times: z.string().describe('Which times it names, for people.'),
        timezone: z.string().nullable(),
      }),
    )
    .describe(
      'The rules by which the schedule went in that range, the oldest first: each named its own times.',
    ),
  times: z.array(
    z.object({
      nominal: time(),
      run: z.string().nullable().describe('The run that it makes, or, of one that ran, made.'),
      state: z
        .enum(['made', 'would-make', 'ran', 'excepted'])
        .describe(
          '`ran`: it has run already, at its time or by a back-fill. `excepted`: it lies in a window of `except`.',
        ),
    }),
  ),
});
export type BackfillView = z.infer<typeof backfillView>;

/** The shapes that the API describes by name. */
export const scheduleShapes = {
  Schedule: scheduleView,
  ScheduleReport: scheduleReport,
  Intervention: interventionView,
  TimePreview: timePreview,
  Tick: tickView,
  Backfill: backfillView,
};

export const clockChange = z.object({
  timezone: z.string(),
  at: z.string().describe('When the clocks change: ISO 8601, in UTC.'),
  local: z.string().describe('What they show then.'),
  minutes: z.number().describe('By how much they are set forward; below 0: back.'),
  schedules: z.array(
    z.object({
      schedule: z.string(),
      times: z.string().describe('Which times it names, for people.'),
      affected: z
        .array(timePreview)
        .describe('Its first times to which the change does something, and what; none: it goes on as ever.'),
    }),
  ),
});
export type ClockChangeView = z.infer<typeof clockChange>;

/** Times of a schedule that are named: more of one that fires each minute tell nothing new. */
export const CHANGES_SHOWN = 3;
