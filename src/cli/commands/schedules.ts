import type { ScheduleView } from '../../verbs/schedules.ts';
import { type Define, explain } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { ago, clockTime, until } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';

export const schedulesCommand: Define = (parent, act) => {
  const schedules = parent
    .command('schedules')
    .description('list schedules with their next times; trigger one');
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
  explain(schedules, {
    examples: [
      ['forewarm schedules', 'all of them'],
      ['forewarm schedules trigger nightly', 'do not wait for the night'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

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
      cell: ({ nextAt }) => (nextAt === null ? '-' : `${clockTime(nextAt, now)}, ${until(nextAt, now)}`),
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
