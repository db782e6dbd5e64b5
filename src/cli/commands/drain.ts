import { InvalidArgumentError, Option } from 'commander';
import type { Backlog, DrainEnd, DrainOptions, DrainReport } from '../../app/app.ts';
import { isLaneName } from '../../core/lane-name.ts';
import { addedUp } from '../../core/outcome.ts';
import { formatDuration } from '../../core/units.ts';
import { BACKLOG, DRAINED, leftText } from '../../telemetry/lines/role-lines.ts';
import { type Define, durationOption, explain } from '../command.ts';
import { invocation } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { showBanner } from '../reports/banner.ts';
import { type Ended, type Serving, serve } from '../serve.ts';

interface Flags {
  readonly wait: number;
  readonly maxTime?: number;
  readonly lane?: readonly string[];
}

const TITLE = 'Forewarm is up: worker, until the queue is empty';
/** Between two lines of progress, in ms. */
const TELL_EVERY_MS = 5_000;
const WAIT_MS = 60_000;

export const drainCommand: Define = (parent, act) => {
  const command = parent
    .command('drain')
    .description('be a worker until the queue is empty, then exit: for containers that scale to zero')
    .addOption(
      new Option(
        '--wait <duration>',
        'leave what cannot be done for this long while nothing else is done, such as the jobs of a paused origin',
      )
        .argParser(durationOption)
        .default(WAIT_MS, formatDuration(WAIT_MS)),
    )
    .option('--max-time <duration>', 'stop after this long, such as 30m', durationOption)
    .option(
      '--lane <name...>',
      'take jobs of these lanes, too, whose origin is not configured any more',
      laneNames,
    )
    .action(({ wait, maxTime, lane: lanes = [] }: Flags) =>
      act((context) =>
        serve(context, {
          ...{ command: 'drain', roles: ['worker'], port: undefined, lanes },
          greet: (serving) => showBanner(serving, { title: TITLE, schedules: false }),
          work: (serving) => drain(serving, { wait, maxTime }, lanes),
        }),
      ),
    );
  explain(command, {
    examples: [
      ['forewarm warm --background && forewarm drain', 'warm everything in a container that then ends'],
      ['forewarm drain --max-time 30m', 'no longer than the container may run'],
      ['forewarm drain --lane old', 'also what is left of the origin old, which was renamed'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.stopped, EXIT.unavailable, EXIT.left],
  });
};

async function drain(serving: Serving, options: DrainOptions, lanes: readonly string[]): Promise<Ended> {
  const { context, app, signal } = serving;
  const report = await app.drain(options, signal, teller(serving));
  const keys = addedUp(app.statistics().outcomes);
  const hasFailed = keys.failed + keys.refused > 0;
  const code = hasFailed && report.end === 'drained' ? EXIT.partial : codeOf(report.end, signal);
  const next =
    report.end === 'drained' ? undefined : nextOf(report.left, `${invocation(context)} drain`, lanes);
  if (context.out.json) serving.log.tell(DRAINED, { end: report.end, ...report.left });
  return { code, words: wordsOf(report, serving, options), next };
}

/** Nobody reads the output any more: that is what ended it. */
function codeOf(end: DrainEnd, signal: AbortSignal): ExitCode {
  return end === 'stopped' && signal.reason === 'SIGPIPE' ? EXIT.unread : CODES[end];
}

function nextOf({ orphans }: Backlog, me: string, taken: readonly string[]): string {
  const lanes = [...taken, ...orphans.map(({ lane }) => lane)].map((lane) => ` --lane ${lane}`).join('');
  return `what is left stays in the queue; go on with: ${me}${lanes}`;
}

function laneNames(text: string, before: readonly string[] = []): string[] {
  if (isLaneName(text)) return [...before, text];
  throw new InvalidArgumentError('Write the name of a lane, as `forewarm doctor` shows it.');
}

const CODES: Readonly<Record<DrainEnd, ExitCode>> = {
  drained: EXIT.ok,
  left: EXIT.left,
  late: EXIT.stopped,
  stopped: EXIT.stopped,
};

function wordsOf({ end, left }: DrainReport, { signal }: Serving, { maxTime = 0 }: DrainOptions): string {
  if (end === 'drained') return 'drained: nothing is left in the queue';
  const what = leftText(left);
  if (end === 'stopped') return `${signal.reason}: stopping; ${what}`;
  if (end === 'late') return `stopped after ${formatDuration(maxTime)}; ${what}`;
  return `what is left cannot be done now; ${what}`;
}

/** Tells what is left when it changed: every time to programs, now and then to people. */
function teller({ context, log }: Serving): (left: Backlog) => void {
  const { out, io } = context;
  let said = '';
  let toldAt = Number.NEGATIVE_INFINITY;
  return (left) => {
    const text = leftText(left);
    const now = io.clock.elapsed();
    if (text === said || (!out.json && now - toldAt < TELL_EVERY_MS)) return;
    [said, toldAt] = [text, now];
    if (out.json) log.tell(BACKLOG, left);
    else out.line(text);
  };
}
