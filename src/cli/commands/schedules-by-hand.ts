/** What people want otherwise than a schedule says: one time left out, or times made up for. */

import type { Command } from 'commander';
import { whoAsks } from '../../app/who.ts';
import { counted } from '../../core/counted.ts';
import { type BackfillView, backfillRequest, skipRequest } from '../../verbs/schedules/schedule-shapes.ts';
import {
  type Act,
  explain,
  OF_SCHEDULE,
  requested,
  type WhyFlag,
  whyOption,
  writtenTime,
} from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { clockTime, zonedHead, zonedTime } from '../terminal/figures.ts';

interface SkipFlags extends WhyFlag {
  readonly at?: string;
  readonly undo?: true;
}

interface BackfillFlags extends WhyFlag {
  readonly from: string;
  readonly to?: string;
  readonly again?: true;
  readonly dryRun?: true;
}

export function defineByHand(schedules: Command, act: Act): void {
  const skip = schedules
    .command('skip')
    .description('leave out one coming time of a schedule')
    .argument('<name>', 'of the schedule')
    .option(
      '--at <time>',
      `which one, as \`schedules preview\` shows it${OF_SCHEDULE}; the next one, unless given`,
      writtenTime,
    )
    .option('--undo', 'let it fire after all')
    .action((name: string, flags: SkipFlags) => act((context) => skipOne(context, name, flags)));
  explain(whyOption(skip), {
    examples: [
      ['forewarm schedules skip nightly --why "the origin moves"', 'not tonight'],
      ['forewarm schedules skip nightly --undo', 'tonight after all'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
  const backfill = schedules
    .command('backfill')
    .description('make the runs of times that have passed and did not run')
    .argument('<name>', 'of the schedule')
    .requiredOption('--from <time>', `the first time that is looked at${OF_SCHEDULE}`, writtenTime)
    .option('--to <time>', 'the last time that is looked at, or the last day; now, unless given', writtenTime)
    .option('--again', 'also times that ran')
    .option('--dry-run', 'only say what would be done')
    .action((name: string, flags: BackfillFlags) => act((context) => backfillOne(context, name, flags)));
  explain(whyOption(backfill), {
    examples: [['forewarm schedules backfill nightly --from 2026-11-01T00:00Z --dry-run', 'what is lacking']],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
}

async function skipOne(context: Context, name: string, flags: SkipFlags): Promise<ExitCode> {
  const { out, io } = context;
  const by = whoAsks(io.env);
  const request = requested(skipRequest, flags);
  const schedule = await withApp(context, {}, ({ verbs }) => verbs.skipTick(name, request, by));
  out.document(schedule);
  const now = context.time.now();
  const left = schedule.asked.map(({ nominal }) => zonedTime(nominal, now)).join(', ');
  const never = schedule.paused === null ? 'never again' : 'when it is resumed';
  const next = schedule.nextAt === null ? never : `at ${zonedTime(schedule.nextAt, now)}`;
  out.line(
    `schedule ${name} ${left === '' ? 'leaves nothing out' : `leaves out ${left}`}; it fires next ${next}`,
  );
  return EXIT.ok;
}

async function backfillOne(context: Context, name: string, flags: BackfillFlags): Promise<ExitCode> {
  const { out, io } = context;
  const now = context.time.now();
  const by = whoAsks(io.env);
  const request = requested(backfillRequest, flags);
  const made = await withApp(context, {}, ({ verbs }) => verbs.backfill(name, request, by));
  out.document(made);
  for (const line of ruleLines(made, now)) out.line(line);
  if (made.times.length === 0) {
    out.line(`schedule ${name} names no time in that range`);
    return EXIT.ok;
  }
  out.table(
    [
      { head: zonedHead('time'), cell: ({ nominal }) => clockTime(nominal, now) },
      { head: 'end', cell: ({ state }) => STATES[state] },
      { head: 'run', cell: ({ run }) => run ?? '-', flexible: true },
    ],
    made.times,
  );
  const count = made.times.filter(({ state }) => state === 'made' || state === 'would-make').length;
  out.line(
    `${counted(count, 'run')} ${made.dryRun ? 'would be made' : count === 1 ? 'is made' : 'are made'}`,
  );
  if (!made.dryRun && count > 0) out.next([[`${invocation(context)} runs`, 'follow them']]);
  return EXIT.ok;
}

/** By which rules the times were named, where that was not always the one that holds now. */
function ruleLines({ rules }: BackfillView, now: number): string[] {
  return rules.flatMap(({ until, times, timezone }) => {
    const zone = timezone === null ? '' : ` (${timezone})`;
    return until === null ? [] : [`until ${zonedTime(until, now)} its rule was ${times}${zone}`];
  });
}

const STATES: Readonly<Record<BackfillView['times'][number]['state'], string>> = {
  made: 'made now',
  'would-make': 'would be made',
  ran: 'has run already',
  excepted: 'left out: excepted',
};
