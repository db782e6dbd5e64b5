import type { App } from '../../app/app.ts';
import { count, counted } from '../../core/counted.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { Settings } from '../../settings/settings.ts';
import type { RunView } from '../../verbs/runs/run-shapes.ts';
import type { StatsView } from '../../verbs/statistics-view.ts';
import { type Define, durationOption, explain, SELECTOR_HELP, type WhyFlag, whyOption } from '../command.ts';
import { type Context, invocation, readSettings, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { conclude, follow } from '../follow.ts';
import { refuseOverrides } from '../overrides.ts';
import { showPlan } from '../reports/plan-report.ts';
import { selectorWords } from '../reports/run-report.ts';
import { localZone } from '../terminal/figures.ts';
import { type Asked, askedFor, type WarmFlags, whichOptions } from '../warm-asked.ts';
import { planned } from './plan.ts';

interface Flags extends WarmFlags, WhyFlag {
  readonly background?: boolean;
  readonly plan?: boolean;
  readonly yes?: boolean;
}

export const warmCommand: Define = (parent, act) => {
  const command = parent
    .command('warm')
    .description('fetch the selected keys and write them through every tier')
    .argument('[selector...]', SELECTOR_HELP)
    .option('--background', 'print the run id and return; a worker does the work')
    .option('--deadline <duration>', 'begin no key after this long, such as 10m', durationOption)
    .option('--accept-absent', 'believe origins that have values no more, however many')
    .option('--keep <duration>', 'keep what is named warm for this long; absent: three ttls', durationOption)
    .option('--plan', 'show what it would do and take, and ask before it begins')
    .option('--yes', 'with --plan: do not ask')
    .option('--id <name>', 'names the run; the same name again follows the same run')
    .action((terms: string[], flags: Flags) => act((context) => warm(context, terms, flags)));
  whichOptions(command);
  explain(whyOption(command), {
    examples: [
      ['forewarm warm', 'everything configured'],
      ['forewarm warm source=profile entities=markets --limit 100', 'a hundred profiles'],
      ['forewarm warm temperature=hot "age>1h" --background', 'what is older than an hour, later'],
      ['forewarm warm --source quote --from markets.csv', 'what a file names, in no entity set or in one'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.stopped, EXIT.unavailable],
  });
};

/** What a worker of this process is to do: a run that nobody works on any more, or one that is still to be made. */
interface Left {
  readonly run: RunView | undefined;
}

/** Leaves the work to live workers; when there is none, or none is left, this process becomes one. */
async function warm(context: Context, terms: readonly string[], flags: Flags): Promise<ExitCode> {
  const { background } = flags;
  const settings = await readSettings(context);
  mustBeAskable(context, flags);
  const { request, located } = await askedFor(context, settings, terms, flags);
  const wanted = { request: { ...request, why: flags.why }, located };
  const asked = flags.plan === true ? await planFirst(context, settings, wanted, flags) : wanted;
  if (typeof asked === 'number') return asked;
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

/** Where standard input has the rows, it has no answer any more. */
function mustBeAskable({ io }: Context, { plan = false, yes = false, from }: Flags): void {
  if (!plan && yes)
    throw new ForewarmError('E_REQUEST_INVALID', '--yes goes with --plan; without it, nothing is asked');
  if (!plan || yes || (io.isTTY && io.takesAnswers && from !== '-')) return;
  throw new ForewarmError(
    'E_REQUEST_INVALID',
    'nobody can be asked whether the plan is to be carried out: say --yes, or look at it with `forewarm plan`',
  );
}

/** Shows what the run would do, and asks; the run remembers it. Returns an exit code where it is not to begin. */
async function planFirst(
  context: Context,
  settings: Settings,
  { request, located }: Asked,
  { yes = false }: Flags,
): Promise<ExitCode | Asked> {
  const { out, io } = context;
  const { why: _, ...which } = request;
  const asked = { ...which, timezone: localZone() };
  const report = await planned(context, settings, { request: asked, located });
  if (report === undefined) return EXIT.stopped;
  out.event({ event: 'plan', plan: report });
  showPlan(out, report, context.time.now());
  if (report.keys.total === 0) return EXIT.nothing;
  out.line();
  const { keys, calls, bytes, likely } = report;
  const plan = { keys: keys.total, fetch: keys.fetch, calls, bytes, likely };
  const known = { request: { ...request, plan }, located };
  if (yes) return known;
  const question = `Warm ${counted(report.keys.fetch, 'key')}? [y/N] `;
  if (/^y(es)?$/i.test((await io.ask(question)).trim())) return known;
  out.note('nothing was warmed');
  return EXIT.stopped;
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
  if (last.state === 'ended') return conclude(context, app.verbs, last);
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
  if (last.state === 'ended') return conclude(context, app.verbs, last);
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
