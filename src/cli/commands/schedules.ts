import { type Command, InvalidArgumentError } from 'commander';
import {
  pauseRequest,
  previewConfigured,
  type ScheduleVerbs,
  type ScheduleView,
  type TickView,
} from '../../verbs/schedules.ts';
import { type Act, type Define, durationOption, explain, whole } from '../command.ts';
import { type Context, invocation, readSettings, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { ago, clockTime, until } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';

export const schedulesCommand: Define = (parent, act) => {
  const schedules = parent
    .command('schedules')
    .description('list schedules with their next times; preview, look at, pause, or trigger one');
  const list = schedules
    .command('list', { isDefault: true })
    .description('list schedules with their next times')
    .action(() => act(listSchedules));
  explain(list, { examples: [['forewarm schedules list', 'all of them']], exits: [EXIT.unavailable] });
  const trigger = schedules
    .command('trigger')
    .description('make a schedule fire now')
    .argument('<name>', 'of the schedule')
    .action((name: string) => act((context) => triggerOne(context, name)));
  explain(trigger, {
    examples: [['forewarm schedules trigger hot', 'refresh what is due among the hot sources']],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
  definePreview(schedules, act);
  definePause(schedules, act);
  defineShow(schedules, act);
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
    .argument('<name>', 'of the schedule')
    .option('--from <time>', 'after this time, such as 2027-03-13T12:00:00Z; now, unless given', instant)
    .option('--count <number>', 'how many times, at most 1000', whole(1), 10)
    .action((name: string, options: PreviewFlags) => act((context) => previewOne(context, name, options)));
  explain(command, {
    examples: [
      ['forewarm schedules preview nightly', 'its next ten times'],
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
    .description('show how the last times of a schedule ended, and its next ones')
    .argument('<name>', 'of the schedule')
    .option('--limit <number>', 'how many of its last times, at most 1000', whole(1), 20)
    .action((name: string, { limit }: { limit: number }) => act((context) => showOne(context, name, limit)));
  explain(command, {
    examples: [['forewarm schedules show nightly', 'did it run last night?']],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
}

function definePause(schedules: Command, act: Act): void {
  const pause = schedules
    .command('pause')
    .description('let schedules skip their times, for a while or until they are resumed')
    .argument('<name...>', 'of the schedules')
    .option('--why <text>', 'for people', '')
    .option('--for <duration>', 'how long, such as 2h; until it is resumed, unless given', durationOption)
    .action((names: string[], flags: PauseFlags) => act((context) => pauseThese(context, names, flags)));
  explain(pause, {
    examples: [['forewarm schedules pause nightly --for 2d --why "the API moves"', 'not this weekend']],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
  const resume = schedules
    .command('resume')
    .description('let paused schedules fire again; what they skipped is not made up for')
    .argument('<name...>', 'of the schedules')
    .action((names: string[]) => act((context) => resumeThese(context, names)));
  explain(resume, {
    examples: [['forewarm schedules resume nightly', 'from its next time on']],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
}

interface PauseFlags {
  readonly why: string;
  readonly for?: number;
}

async function pauseThese(context: Context, names: readonly string[], flags: PauseFlags): Promise<ExitCode> {
  const by = context.io.env.USER ?? 'cli';
  const request = pauseRequest.parse({ why: flags.why, for: flags.for ?? 0 });
  return changeEach(context, names, (verbs, name) => verbs.pauseSchedule(name, request, by));
}

async function resumeThese(context: Context, names: readonly string[]): Promise<ExitCode> {
  return changeEach(context, names, (verbs, name) => verbs.resumeSchedule(name));
}

async function changeEach(
  context: Context,
  names: readonly string[],
  change: (verbs: ScheduleVerbs, name: string) => Promise<ScheduleView>,
): Promise<ExitCode> {
  const { out, io } = context;
  const now = io.clock.now();
  const changed = await withApp(context, {}, async ({ verbs }) => {
    const views: ScheduleView[] = [];
    for (const name of names) views.push(await change(verbs, name));
    return views;
  });
  out.document({ schedules: changed });
  for (const schedule of changed) out.line(`schedule ${schedule.name} ${pauseText(schedule, now)}`);
  return EXIT.ok;
}

function pauseText({ paused, nextAt }: ScheduleView, now: number): string {
  if (paused === null) return nextAt === null ? 'is not paused' : `fires next at ${clockTime(nextAt, now)}`;
  const end = paused.until === null ? 'until it is resumed' : `until ${clockTime(paused.until, now)}`;
  return `is paused ${end}, by ${paused.by}${paused.why === '' ? '' : `: ${paused.why}`}`;
}

interface PreviewFlags {
  readonly from?: number;
  readonly count: number;
}

/** Ms since the epoch, for an option. */
function instant(text: string): number {
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new InvalidArgumentError('Write a time in ISO 8601, such as 2027-03-13T12:00:00Z.');
}

/** From the configuration alone: it works without Redis. */
async function previewOne(context: Context, name: string, { from, count }: PreviewFlags): Promise<ExitCode> {
  const { out, io } = context;
  const settings = await readSettings(context);
  const times = previewConfigured(settings, name, from ?? io.clock.now(), count);
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
  }
  return EXIT.ok;
}

async function showOne(context: Context, name: string, limit: number): Promise<ExitCode> {
  const { out, io } = context;
  const now = io.clock.now();
  const { ticks, times } = await withApp(context, {}, async ({ verbs }) => ({
    ticks: await verbs.ticks(name, limit),
    times: await verbs.previewSchedule(name, now, 3),
  }));
  out.document({ schedule: name, ticks, next: times });
  if (ticks.length === 0) out.line(`no time of schedule ${name} has passed since a scheduler first ran`);
  else out.table(tickColumns(now), ticks);
  for (const { local, note } of times) out.line(`next  ${local}${note === null ? '' : `  (${note})`}`);
  return EXIT.ok;
}

function tickColumns(now: number): Column<TickView>[] {
  const late = ({ nominal, at }: TickView) => `${Math.max(0, Math.round((at - nominal) / 1_000))}s`;
  return [
    {
      head: 'time',
      cell: ({ nominal, from }) =>
        from === nominal ? clockTime(nominal, now) : `${clockTime(from, now)} to ${clockTime(nominal, now)}`,
    },
    { head: 'end', cell: ({ end, reason }) => (reason === null ? end : `${end}: ${reason}`) },
    { head: 'after', cell: late, align: 'right' },
    { head: 'run', cell: ({ run }) => run ?? '-', flexible: true },
  ];
}

const DOES: Readonly<Record<ScheduleView['kind'], (schedule: ScheduleView) => string>> = {
  refresh: () => 'refreshes what is due',
  run: ({ selector }) => `warms ${selector || 'everything'}`,
  probe: ({ selector }) => `asks whether the version of ${selector} has moved`,
  gc: () => 'removes what is past everything',
};

/** The banner shows these columns, too. */
export function scheduleColumns(now: number): Column<ScheduleView>[] {
  return [
    { head: 'schedule', cell: (schedule) => schedule.name },
    { head: 'cron', cell: ({ cron, timezone }) => (timezone === null ? cron : `${cron} (${timezone})`) },
    {
      head: 'next',
      cell: ({ nextAt, paused }) =>
        paused !== null
          ? 'paused'
          : nextAt === null
            ? '-'
            : `${clockTime(nextAt, now)}, ${until(nextAt, now)}`,
    },
    {
      head: 'does',
      cell: (schedule) => DOES[schedule.kind](schedule),
      flexible: true,
    },
  ];
}

async function listSchedules(context: Context): Promise<ExitCode> {
  const { out, io } = context;
  const schedules = await withApp(context, {}, (app) => app.verbs.schedules());
  const now = io.clock.now();
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
  return EXIT.ok;
}

async function triggerOne(context: Context, name: string): Promise<ExitCode> {
  const { out } = context;
  const triggered = await withApp(context, {}, (app) => app.verbs.trigger(name));
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
