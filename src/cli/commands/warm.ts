import type { App } from '../../app/app.ts';
import type { WarmRequest } from '../../verbs/runs.ts';
import type { StatsView } from '../../verbs/statistics-view.ts';
import { type Define, durationOption, explain, SELECTOR_HELP, selectorText, whole } from '../command.ts';
import { type Context, invocation, readSettings, STOP_MS, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { conclude, follow } from '../follow.ts';
import { selectorWords } from '../reports/run-report.ts';
import { count, counted } from '../terminal/figures.ts';

interface Flags {
  readonly background?: boolean;
  readonly limit?: number;
  readonly missing?: boolean;
  readonly deadline?: number;
  readonly force?: boolean;
  readonly acceptAbsent?: boolean;
  readonly id?: string;
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
    .option('--id <name>', 'names the run; the same name again follows the same run')
    .action((terms: string[], flags: Flags) =>
      act((context) => warm(context, requestOf(terms, flags), flags)),
    );
  explain(command, {
    examples: [
      ['forewarm warm', 'everything configured'],
      ['forewarm warm source=profile entities=markets --limit 100', 'a hundred profiles'],
      ['forewarm warm temperature=hot "age>1h" --background', 'what is older than an hour, later'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.stopped, EXIT.unavailable],
  });
};

function requestOf(terms: readonly string[], flags: Flags): WarmRequest {
  return {
    selector: selectorText(terms),
    ...(flags.id !== undefined && { id: flags.id }),
    force: flags.force ?? false,
    ...(flags.acceptAbsent === true && { acceptAbsent: true }),
    missing: flags.missing ?? false,
    limit: flags.limit ?? 0,
    deadline: flags.deadline ?? 0,
  };
}

/** Leaves the work to a live worker; if there is none, this process becomes one. */
async function warm(context: Context, request: WarmRequest, { background }: Flags): Promise<ExitCode> {
  const settings = await readSettings(context);
  const code = await withApp(context, { settings }, async (app) => {
    const hasWorker = workersOf(await app.verbs.stats()) > 0;
    if (background === true) return startInBackground(context, app, request, hasWorker);
    return hasWorker ? warmAndFollow(context, app, request, false) : undefined;
  });
  if (code !== undefined) return code;
  context.out.note('no worker is running: this process does the work');
  return withApp(context, { settings, roles: ['worker'] }, (app) =>
    warmAndFollow(context, app, request, true),
  );
}

function workersOf(stats: StatsView): number {
  return stats.processes.filter(({ roles }) => roles.includes('worker')).length;
}

async function startInBackground(
  context: Context,
  app: App,
  request: WarmRequest,
  hasWorker: boolean,
): Promise<ExitCode> {
  const { out } = context;
  const { run } = await app.verbs.warm(request, 'cli');
  const me = invocation(context);
  out.document({ run, worker: hasWorker });
  out.line(run.id);
  if (!hasWorker) out.note(`no worker is running: the run waits for one (${me} worker)`);
  out.note(`follow it with: ${me} runs watch ${run.id}`);
  return EXIT.ok;
}

async function warmAndFollow(
  context: Context,
  app: App,
  request: WarmRequest,
  ownWorker: boolean,
): Promise<ExitCode> {
  const { out, io } = context;
  const signal = context.interrupts.claim();
  const { run, created } = await app.verbs.warm(request, 'cli');
  if (!created) out.note(`run ${run.id} exists already: following it`);
  const last = await follow(context, { verbs: app.verbs, run, signal, progressTo: io.stderr });
  if (last.state === 'ended') return conclude(context, last);
  const done = last.total - last.pending;
  const me = invocation(context);
  if (ownWorker) {
    out.note('stopping: what is in hand is finished or goes back to the queue (again to stop at once)');
    await app.stop(io.clock.now() + STOP_MS);
    out.note(`stopped at ${count(done)} of ${counted(last.total, 'key')}; nothing is lost. Go on with:`);
    out.note(`  ${me} warm${selectorWords(request.selector)} --id ${run.id}`);
  } else {
    out.note(
      `run ${run.id} goes on without this command, at ${count(done)} of ${counted(last.total, 'key')}.`,
    );
    out.note(`  ${me} runs watch ${run.id}   # follow it again`);
    out.note(`  ${me} runs stop ${run.id}    # stop it`);
  }
  out.event({ event: 'summary', exitCode: EXIT.stopped, run: last });
  return EXIT.stopped;
}
