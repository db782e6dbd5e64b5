import { basename } from 'node:path';
import { Option } from 'commander';
import type { App } from '../../app/app.ts';
import { count, counted } from '../../core/counted.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { Settings } from '../../settings/settings.ts';
import type { RunView } from '../../verbs/runs/runs.ts';
import { ROW_FORMATS, type RowFormat, readWarmInput, type WarmInput } from '../../verbs/runs/warm-input.ts';
import type { WarmRequest } from '../../verbs/runs/warm-request.ts';
import type { StatsView } from '../../verbs/statistics-view.ts';
import { type Define, durationOption, explain, SELECTOR_HELP, selectorText, whole } from '../command.ts';
import { type Context, invocation, readSettings, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { conclude, follow } from '../follow.ts';
import { refuseOverrides } from '../overrides.ts';
import { selectorWords } from '../reports/run-report.ts';
import { readInput } from '../terminal/files.ts';

interface Flags {
  readonly background?: boolean;
  readonly limit?: number;
  readonly missing?: boolean;
  readonly deadline?: number;
  readonly force?: boolean;
  readonly acceptAbsent?: boolean;
  readonly id?: string;
  readonly source?: string;
  readonly from?: string;
  readonly format?: RowFormat;
  readonly keep?: number;
}

export const warmCommand: Define = (parent, act) => {
  const command = parent
    .command('warm')
    .description('fetch the selected keys and write them through every tier')
    .argument('[selector...]', SELECTOR_HELP)
    .option('--background', 'print the run id and return; a worker does the work')
    .option('--limit <n>', 'warm at most this many keys', whole(1))
    .option('--missing', 'leave alone what has a servable value, stale or not')
    .option('--deadline <duration>', 'begin no key after this long, such as 10m', durationOption)
    .option('--force', 'fetch also what is still fresh')
    .option('--accept-absent', 'believe origins that have values no more, however many')
    .option('--source <name>', 'the source of the rows that --from reads')
    .option(
      '--from <file>',
      'warm the rows of a file, or of standard input (-): CSV, JSON lines, or one id a line',
    )
    .addOption(new Option('--format <format>', 'of --from; absent: as it looks').choices([...ROW_FORMATS]))
    .option('--keep <duration>', 'keep what is named warm for this long; absent: three ttls', durationOption)
    .option('--id <name>', 'names the run; the same name again follows the same run')
    .action((terms: string[], flags: Flags) => act((context) => warm(context, terms, flags)));
  explain(command, {
    examples: [
      ['forewarm warm', 'everything configured'],
      ['forewarm warm source=profile entities=markets --limit 100', 'a hundred profiles'],
      ['forewarm warm temperature=hot "age>1h" --background', 'what is older than an hour, later'],
      ['forewarm warm --source quote --from markets.csv', 'what a file names, in no entity set or in one'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.stopped, EXIT.unavailable],
  });
};

/** What is asked for, and how to say of an error where in the input it is. */
interface Asked {
  readonly request: WarmRequest;
  readonly located: WarmInput['located'];
}

async function askedFor(
  context: Context,
  settings: Settings,
  terms: readonly string[],
  flags: Flags,
): Promise<Asked> {
  const { id, force, missing, limit, deadline, keep, acceptAbsent } = flags;
  const options = { id, force, missing, limit, deadline, keep, acceptAbsent };
  const { from, source, format } = flags;
  if (from === undefined) {
    if (source !== undefined) throw usage(`--source goes with --from; without it, write source=${source}`);
    return { request: { ...options, selector: selectorText(terms) }, located: (error) => error };
  }
  if (terms.length > 0) throw usage('give a selector or --from, not both');
  const name = from === '-' ? 'standard input' : from;
  const of =
    source === undefined ? undefined : (settings.sources.get(source) ?? unknownSource(settings, source));
  const input = await readWarmInput(
    readInput(context.io, from),
    { name, source: of, format },
    context.io.clock,
  );
  return {
    request: { ...options, ...input.which, from: basename(name).slice(0, 200) },
    located: input.located,
  };
}

function usage(message: string): ForewarmError {
  return new ForewarmError('E_REQUEST_INVALID', message);
}

function unknownSource({ sources }: Settings, name: string): never {
  const known = [...sources.keys()].join(', ') || 'none';
  throw new ForewarmError('E_SOURCE_UNKNOWN', `source "${name}" is not configured; there is ${known}`);
}

/** What a worker of this process is to do: a run that nobody works on any more, or one that is still to be made. */
interface Left {
  readonly run: RunView | undefined;
}

/** Leaves the work to live workers; when there is none, or none is left, this process becomes one. */
async function warm(context: Context, terms: readonly string[], flags: Flags): Promise<ExitCode> {
  const { background } = flags;
  const settings = await readSettings(context);
  const asked = await askedFor(context, settings, terms, flags);
  const left = await withApp(context, { settings }, async (app): Promise<ExitCode | Left> => {
    const hasWorker = workersOf(await app.verbs.stats()) > 0;
    if (hasWorker || background === true) refuseOverrides(context.flags);
    if (background === true) return startInBackground(context, app, asked, hasWorker);
    return hasWorker ? warmByOthers(context, app, asked) : { run: undefined };
  });
  if (typeof left === 'number') return left;
  const since = left.run === undefined ? '' : ' any more';
  context.out.note(`no worker is running${since}: this process does the work`);
  return withApp(context, { settings, roles: ['worker'] }, (app) => warmHere(context, app, asked, left));
}

async function created(app: App, { request, located }: Asked) {
  try {
    return await app.verbs.warm(request, 'cli');
  } catch (error) {
    throw located(error);
  }
}

function workersOf(stats: StatsView): number {
  return stats.processes.filter(({ roles }) => roles.includes('worker')).length;
}

async function startInBackground(
  context: Context,
  app: App,
  asked: Asked,
  hasWorker: boolean,
): Promise<ExitCode> {
  const { out } = context;
  const { run } = await created(app, asked);
  const me = invocation(context);
  out.document({ run, worker: hasWorker });
  out.line(run.id);
  if (!hasWorker) out.note(`no worker is running: the run waits for one (${me} worker)`);
  out.note(`follow it with: ${me} runs watch ${run.id}`);
  return EXIT.ok;
}

async function createdOrJoined(context: Context, app: App, asked: Asked): Promise<RunView> {
  const { run, created: isNew } = await created(app, asked);
  if (!isNew) context.out.note(`run ${run.id} exists already: following it`);
  return run;
}

/**
 * Follows what live workers do. One that was killed counts as live for some seconds more, and any of them may end before the run
 * does, so a run that waits for a worker is handed back.
 */
async function warmByOthers(context: Context, app: App, asked: Asked): Promise<ExitCode | Left> {
  const { out, io } = context;
  const signal = context.interrupts.claim();
  const run = await createdOrJoined(context, app, asked);
  const following = { verbs: app.verbs, run, signal, progressTo: io.stderr, leavesAt: lacksWorker };
  const last = await follow(context, following);
  if (last.state === 'ended') return conclude(context, last);
  if (!signal.aborted) return { run: last };
  const done = last.total - last.pending;
  const me = invocation(context);
  out.note(`run ${run.id} goes on without this command, at ${count(done)} of ${counted(last.total, 'key')}.`);
  out.note(`  ${me} runs watch ${run.id}   # follow it again`);
  out.note(`  ${me} runs stop ${run.id}    # stop it`);
  return stoppedAt(context, last);
}

function lacksWorker({ waits }: RunView): boolean {
  return waits.some((wait) => wait.for === 'worker');
}

async function warmHere(context: Context, app: App, asked: Asked, left: Left): Promise<ExitCode> {
  const { out, io } = context;
  const signal = context.interrupts.claim();
  const run =
    left.run === undefined ? await createdOrJoined(context, app, asked) : await app.verbs.run(left.run.id);
  const last = await follow(context, { verbs: app.verbs, run, signal, progressTo: io.stderr });
  if (last.state === 'ended') return conclude(context, last);
  const done = last.total - last.pending;
  const me = invocation(context);
  out.note('stopping: what is in hand is finished or goes back to the queue (again to stop at once)');
  await app.stop(io.clock.now() + context.interrupts.stopMs);
  out.note(`stopped at ${count(done)} of ${counted(last.total, 'key')}; nothing is lost. Go on with:`);
  const { selector } = asked.request;
  if (selector === undefined) out.note(`  ${me} worker   # it takes up what is left of run ${run.id}`);
  else out.note(`  ${me} warm${selectorWords(selector)} --id ${run.id}`);
  return stoppedAt(context, last);
}

function stoppedAt({ out, interrupts }: Context, run: RunView): ExitCode {
  const exitCode = interrupts.hasFailed ? EXIT.unexpected : EXIT.stopped;
  out.event({ event: 'summary', exitCode, run });
  return exitCode;
}
