/** Pausing and resuming schedules: some, those of a kind, or all. */
import { type Command, InvalidArgumentError } from 'commander';
import { whoAsks } from '../../app/who.ts';
import { ForewarmError } from '../../core/errors.ts';
import {
  pauseRequest,
  SCHEDULE_KINDS,
  type ScheduleFilter,
  type ScheduleView,
} from '../../verbs/schedules/schedule-shapes.ts';
import type { ScheduleVerbs } from '../../verbs/schedules/schedules.ts';
import { reasonRequest } from '../../verbs/shapes.ts';
import {
  type Act,
  durationOption,
  explain,
  OF_SCHEDULE,
  requested,
  type WhyFlag,
  whyOption,
  writtenTime,
} from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { pauseText } from '../reports/pause-text.ts';
import { zonedTime } from '../terminal/figures.ts';

type Kind = (typeof SCHEDULE_KINDS)[number];

interface WhichFlags extends WhyFlag {
  readonly kind?: readonly Kind[];
  readonly all?: true;
}

interface PauseFlags extends WhichFlags {
  readonly for?: number;
  readonly until?: string;
}

export function definePause(schedules: Command, act: Act): void {
  const pause = which(schedules.command('pause'))
    .description('let schedules skip their times, for a while or until they are resumed')
    .option('--for <duration>', 'how long, such as 2h; until it is resumed, unless given', durationOption)
    .option('--until <time>', `until this time, such as 2027-01-04T06:00Z${OF_SCHEDULE}`, writtenTime)
    .action((names: string[], flags: PauseFlags) => act((context) => pauseThese(context, names, flags)));
  explain(pause, {
    examples: [
      ['forewarm schedules pause nightly --for 2d --why "the API moves"', 'not this weekend'],
      ['forewarm schedules pause --kind run --why freeze', 'all that make runs'],
      ['forewarm schedules pause "night*"', 'all whose name begins so'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
  const resume = which(schedules.command('resume'))
    .description('let paused schedules fire again; what they skipped is not made up for')
    .action((names: string[], flags: WhichFlags) => act((context) => resumeThese(context, names, flags)));
  explain(resume, {
    examples: [
      ['forewarm schedules resume nightly', 'from its next time on'],
      ['forewarm schedules resume --all', 'whatever is paused'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
}

/** Which schedules, and why. */
function which(command: Command): Command {
  return whyOption(command)
    .argument('[name...]', 'of the schedules; * stands for any text')
    .option('--kind <kind...>', `those that do this: ${SCHEDULE_KINDS.join(', ')}`, kind)
    .option('--all', 'every schedule');
}

function kind(text: string, before: readonly Kind[] = []): Kind[] {
  const found = SCHEDULE_KINDS.find((known) => known === text);
  if (found === undefined) throw new InvalidArgumentError(`It must be one of ${SCHEDULE_KINDS.join(', ')}.`);
  return [...before, found];
}

function filterOf(names: readonly string[], { kind: kinds = [], all: every }: WhichFlags): ScheduleFilter {
  const all = every === true;
  if (names.length === 0 && kinds.length === 0 && !all)
    throw new ForewarmError('E_REQUEST_INVALID', 'name schedules, or give --kind or --all');
  if (all && names.length + kinds.length > 0)
    throw new ForewarmError('E_REQUEST_INVALID', '--all is every schedule: give it without names and --kind');
  return { names: [...names], kinds: [...kinds], all };
}

async function pauseThese(context: Context, names: readonly string[], flags: PauseFlags): Promise<ExitCode> {
  if (flags.until !== undefined && flags.for !== undefined)
    throw new ForewarmError('E_REQUEST_INVALID', '--until and --for contradict each other; give one');
  if (flags.for === 0)
    throw new ForewarmError(
      'E_REQUEST_INVALID',
      '--for 0 is no pause; without --for it lasts until it is resumed',
    );
  const { why, for: length, until } = flags;
  const request = requested(pauseRequest, { why, for: length, until });
  const filter = filterOf(names, flags);
  return change(context, (verbs) => verbs.pauseSchedules(filter, request, whoAsks(context.io.env)));
}

async function resumeThese(context: Context, names: readonly string[], flags: WhichFlags): Promise<ExitCode> {
  const filter = filterOf(names, flags);
  const request = requested(reasonRequest, { why: flags.why });
  return change(context, (verbs) => verbs.resumeSchedules(filter, request, whoAsks(context.io.env)));
}

async function change(
  context: Context,
  what: (verbs: ScheduleVerbs) => Promise<ScheduleView[]>,
): Promise<ExitCode> {
  const { out } = context;
  const now = context.time.now();
  const changed = await withApp(context, {}, ({ verbs }) => what(verbs));
  out.document({ schedules: changed });
  if (changed.length === 0) out.line('there is no such schedule');
  for (const schedule of changed) out.line(`schedule ${schedule.name} ${stateText(schedule, now)}`);
  return EXIT.ok;
}

function stateText({ paused, nextAt }: ScheduleView, now: number): string {
  if (paused !== null) return `is ${pauseText(paused, now)}`;
  return nextAt === null ? 'is not paused, and never fires again' : `fires next at ${zonedTime(nextAt, now)}`;
}
