import type { Command } from 'commander';
import { whoAsks } from '../../app/who.ts';
import { ForewarmError } from '../../core/errors.ts';
import { shellWord } from '../../core/shell-word.ts';
import { CHANGES_SHOWN, type ScheduleView } from '../../verbs/schedules/schedule-shapes.ts';
import { configuredClockChanges, previewConfigured } from '../../verbs/schedules/schedules.ts';
import {
  type Act,
  type Define,
  explain,
  OF_SCHEDULE,
  type WhyFlag,
  whole,
  whyOption,
  writtenTime,
} from '../command.ts';
import { type Context, invocation, readSettings, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { refuseOverrides } from '../overrides.ts';
import { showClockChanges } from '../reports/clock-changes.ts';
import { lossText, pauseEnd, silenceText } from '../reports/pause-text.ts';
import { showSchedule } from '../reports/schedule-report.ts';
import { ago, clockTime, until, zonedHead } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';
import { defineByHand } from './schedules-by-hand.ts';
import { definePause } from './schedules-pause.ts';
import { defineResults } from './schedules-results.ts';

export const schedulesCommand: Define = (parent, act) => {
  const schedules = parent
    .command('schedules')
    .description(
      'list schedules with their next times; preview, look at, pause, skip, back-fill or trigger one',
    );
  const list = schedules
    .command('list', { isDefault: true })
    .description('list schedules with their next times')
    .action(() => act(listSchedules));
  explain(list, { examples: [['forewarm schedules list', 'all of them']], exits: [EXIT.unavailable] });
  const trigger = schedules
    .command('trigger')
    .description('make a schedule fire now')
    .argument('<name>', 'of the schedule')
    .action((name: string, { why }: WhyFlag) => act((context) => triggerOne(context, name, why)));
  explain(whyOption(trigger), {
    examples: [['forewarm schedules trigger hot', 'refresh what is due among the hot sources']],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
  definePreview(schedules, act);
  definePause(schedules, act);
  defineByHand(schedules, act);
  defineShow(schedules, act);
  defineResults(schedules, act);
  explain(schedules, {
    examples: [
      ['forewarm schedules', 'all of them'],
      ['forewarm schedules trigger nightly', 'do not wait for the night'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

function definePreview(schedules: Command, act: Act): void {
  const command = schedules
    .command('preview')
    .description('show the coming times of a schedule, and what clock changes do to them')
    .argument('[name]', 'of the schedule')
    .option(
      '--changes',
      'of this schedule, or of all: what the next change of the clocks in their zones does to them',
    )
    .option(
      '--from <time>',
      `after this time, such as 2027-03-13T12:00:00Z${OF_SCHEDULE}; now, unless given`,
      writtenTime,
    )
    .option(
      '--count <number>',
      'how many times, at most 1000; absent: 10, or with --changes 3 of each schedule',
      whole(1),
    )
    .action((name: string | undefined, options: PreviewFlags) =>
      act((context) => previewNamed(context, name, options)),
    );
  explain(command, {
    examples: [
      ['forewarm schedules preview nightly', 'its next ten times'],
      ['forewarm schedules preview --changes', 'what happens at the next clock change?'],
      [
        'forewarm schedules preview nightly --from 2027-03-13T12:00:00Z --count 5 --json',
        'around a clock change',
      ],
    ],
    exits: [EXIT.nothing],
  });
}

function defineShow(schedules: Command, act: Act): void {
  const command = schedules
    .command('show')
    .description('show how the last times of a schedule ended, what people did to it, and its next times')
    .argument('<name>', 'of the schedule')
    .option(
      '--limit <number>',
      'how many of its last times, and of what people did, at most 1000',
      whole(1),
      20,
    )
    .action((name: string, { limit }: { limit: number }) => act((context) => showOne(context, name, limit)));
  explain(command, {
    examples: [['forewarm schedules show nightly', 'did it run last night?']],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
}

interface PreviewFlags {
  readonly changes?: boolean;
  readonly from?: string;
  readonly count?: number;
}

/** Unless it is said how many. */
const TIMES_SHOWN = 10;

async function previewNamed(
  context: Context,
  name: string | undefined,
  flags: PreviewFlags,
): Promise<ExitCode> {
  if (flags.changes === true) return previewChanges(context, name ?? null, flags);
  if (name !== undefined) return previewOne(context, name, flags);
  const message = 'name a schedule, or give --changes for the next clock change of all of them';
  throw new ForewarmError('E_REQUEST_INVALID', message);
}

async function previewChanges(
  context: Context,
  schedule: string | null,
  { from, count = CHANGES_SHOWN }: PreviewFlags,
): Promise<ExitCode> {
  const settings = await readSettings(context);
  const query = { from: from ?? context.time.now(), schedule, count };
  const changes = await configuredClockChanges(settings, query, context.io.clock);
  context.out.document({ changes });
  showClockChanges(context.out, changes, schedule);
  return EXIT.ok;
}

/** From the configuration alone: it works without Redis. */
async function previewOne(
  context: Context,
  name: string,
  { from, count = TIMES_SHOWN }: PreviewFlags,
): Promise<ExitCode> {
  const { out } = context;
  const settings = await readSettings(context);
  const times = await previewConfigured(settings, name, from ?? context.time.now(), count);
  out.document(times);
  if (times.length === 0) out.line(`schedule ${name} names no time after that`);
  else {
    out.table(
      [
        { head: 'local', cell: ({ local }) => local },
        { head: 'UTC', cell: ({ at }) => at.replace('.000Z', 'Z') },
        { head: 'note', cell: ({ note }) => note ?? '', flexible: true },
      ],
      times,
    );
    out.line();
    out.line(
      out.paint(
        'gray',
        `by the configuration alone: pauses are shown by ${invocation(context)} schedules show ${shellWord(name)}`,
      ),
    );
  }
  return EXIT.ok;
}

async function showOne(context: Context, name: string, limit: number): Promise<ExitCode> {
  const { out } = context;
  const now = context.time.now();
  const report = await withApp(context, {}, ({ verbs }) => verbs.schedule(name, limit));
  out.document(report);
  showSchedule(out, report, now);
  return EXIT.ok;
}

const DOES: Readonly<Record<ScheduleView['kind'], (schedule: ScheduleView) => string>> = {
  refresh: () => 'refreshes what is due',
  recover: () => 'refreshes what cannot wait',
  run: ({ selector }) => `warms ${selector || 'everything'}`,
  probe: ({ selector }) => `asks whether the version of ${selector} has moved`,
  gc: () => 'removes what is past everything',
};

/** The banner shows these columns, too. */
export function scheduleColumns(now: number): Column<ScheduleView>[] {
  return [
    { head: 'schedule', cell: (schedule) => schedule.name },
    {
      head: 'times',
      // Of other rules the words say it themselves.
      cell: ({ times, cron, timezone }) =>
        cron === null || timezone === null ? times : `${times} (${timezone})`,
      flexible: true,
    },
    {
      head: zonedHead('next'),
      cell: ({ nextAt, paused }) =>
        paused !== null
          ? pauseEnd(paused, now)
          : nextAt === null
            ? '-'
            : `${clockTime(nextAt, now)}, ${until(nextAt, now)}`,
      flexible: true,
    },
    {
      head: 'does',
      cell: (schedule) => DOES[schedule.kind](schedule),
      flexible: true,
    },
  ];
}

async function listSchedules(context: Context): Promise<ExitCode> {
  const { out } = context;
  const schedules = await withApp(context, {}, (app) => app.verbs.schedules());
  const now = context.time.now();
  out.document({ schedules });
  if (schedules.length === 0) {
    out.line('no schedule is configured');
    return EXIT.ok;
  }
  const [name, cron, next, does] = scheduleColumns(now);
  const last: Column<ScheduleView> = { head: 'last', cell: ({ lastAt }) => ago(lastAt, now) };
  out.table(
    [name, cron, next, last, does].filter((column) => column !== undefined),
    schedules,
  );
  const [first] = schedules;
  for (const line of [silenceText(schedules, now), first && lossText(first, now)])
    if (line !== undefined) out.line(line);
  return EXIT.ok;
}

async function triggerOne(context: Context, name: string, why: string | undefined): Promise<ExitCode> {
  const { out, io } = context;
  refuseOverrides(context.flags);
  const by = whoAsks(io.env);
  const triggered = await withApp(context, {}, (app) => app.verbs.trigger(name, { why }, by));
  out.document(triggered);
  const me = invocation(context);
  if (triggered.run === null) {
    out.line(`schedule ${name} fired; it makes no run`);
    out.next([[`${me} stats`, 'outcomes per source']]);
  } else {
    out.line(`schedule ${name} fired: run ${triggered.run}`);
    out.next([[`${me} runs watch ${triggered.run}`, 'follow it to its end']]);
  }
  return EXIT.ok;
}
