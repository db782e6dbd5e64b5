import type { Role } from '../../app/app.ts';
import { counted } from '../../core/counted.ts';
import { ForewarmError } from '../../core/errors.ts';
import { shellWord } from '../../core/shell-word.ts';
import { type Define, explain, selectorText, whole } from '../command.ts';
import { type Context, invocation } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { follow } from '../follow.ts';
import { showBanner } from '../reports/banner.ts';
import { showTierCoverage } from '../reports/coverage-table.ts';
import { headline, selectorWords, stepsAfter } from '../reports/run-report.ts';
import { type Serving, serve } from '../serve.ts';

type Step = [command: string, meaning: string];

interface Flags {
  readonly warm?: true | readonly string[];
  readonly worker: boolean;
  readonly scheduler: boolean;
  readonly api: boolean;
  readonly port?: number;
}

export const upCommand: Define = (parent, act) => {
  const command = parent
    .command('up')
    .description('run everything in one process: worker, scheduler and control API')
    .option('--warm [selector...]', 'warm these keys first (everything, when none are named)')
    .option('--no-worker', 'without running jobs')
    .option('--no-scheduler', 'without firing schedules')
    .option('--no-api', 'without the control API')
    .option('--port <port>', 'of the control API; 0 is any free one', whole(0))
    .action((flags: Flags) => act((context) => up(context, flags)));
  explain(command, {
    examples: [
      ['forewarm up --warm', 'warm everything, then keep it warm'],
      ['forewarm up --warm source=quote --port 8080', 'one source first'],
    ],
    exits: [EXIT.unavailable],
  });
};

async function up(context: Context, flags: Flags): Promise<ExitCode> {
  const roles = (['worker', 'scheduler', 'api'] as const satisfies Role[]).filter((role) => flags[role]);
  if (roles.length === 0)
    throw new ForewarmError('E_REQUEST_INVALID', 'nothing is left to run: drop a --no-… flag');
  const selector = selectorText(Array.isArray(flags.warm) ? flags.warm : []);
  return serve(context, {
    command: flags.warm === undefined ? 'up' : 'up --warm',
    roles,
    port: flags.port,
    greet: async (serving) => {
      const title = `Forewarm is up: ${roles.join(', ')}`;
      await showBanner(serving, { title, schedules: flags.scheduler });
      const troubles = flags.warm === undefined ? [] : await warmFirst(serving, selector);
      if (serving.signal.aborted) return;
      await suggest(serving, selector, troubles);
      const { out } = serving.context;
      out.line();
      out.line(out.paint('gray', 'keeping it warm; what is refreshed shows below (Ctrl-C stops)'));
    },
  });
}

/** Warms with a bar and only warnings beside it, then shows what every tier has. Returns what to do about failures. */
async function warmFirst({ context, app, log, signal }: Serving, selector: string): Promise<Step[]> {
  const { out, io } = context;
  log.hush(true);
  out.line();
  const { run } = await app.verbs.warm({ selector }, 'start');
  const last = await follow(context, { verbs: app.verbs, run, signal, progressTo: io.stdout });
  log.hush(false);
  if (signal.aborted) return [];
  out.line();
  out.line(
    `${out.paint('bold', `run ${last.id}`)} ${headline(last, context.time.now())}, ${counted(last.total, 'key')}`,
  );
  out.line();
  const report = await app.verbs.check(selector, 0);
  showTierCoverage(out, report);
  out.event({ event: 'warmed', run: last, coverage: report });
  return stepsAfter(context, last, undefined).filter(([step]) => step.includes(' runs '));
}

/** Where tokens are configured: the reader knows one, and it must not appear on the screen. */
const TOKEN_HEADER = ' -H "Authorization: Bearer $TOKEN"';

/** Commands and URLs that work as they stand, with a key that exists. */
async function suggest(
  { context, app }: Serving,
  selector: string,
  troubles: readonly Step[],
): Promise<void> {
  const me = invocation(context);
  const [first] = (await app.verbs.list(selector, 1, undefined)).entries;
  const steps: Step[] = [
    ...troubles,
    [`${me} check${selectorWords(selector)}`, 'coverage and freshness per tier'],
  ];
  if (first !== undefined) {
    steps.push([`${me} get ${shellWord(first.key)}`, 'read a value']);
    steps.push([`${me} inspect ${shellWord(first.key)}`, 'where it is, and when it is due']);
  }
  steps.push([`${me} stats --watch`, 'see it work']);
  if (app.apiUrl !== undefined) {
    const curl = `curl${app.settings.api.tokens.length > 0 ? TOKEN_HEADER : ''}`;
    steps.push([`${curl} ${app.apiUrl}/v1/stats`, 'the same over HTTP']);
    if (first !== undefined) {
      steps.push([`${curl} ${app.apiUrl}/v1/entries/${encodeURIComponent(first.key)}`, 'a value over HTTP']);
    }
    steps.push([`${curl} ${app.apiUrl}/v1/openapi.json`, 'everything the API can do']);
  }
  context.out.next(steps);
}
