import { shellWord } from '../../core/shell-word.ts';
import type { Settings } from '../../settings/settings.ts';
import type { PlanRequest } from '../../verbs/plans/plan-request.ts';
import type { PlanReport } from '../../verbs/plans/plan-shapes.ts';
import { type Define, explain, SELECTOR_HELP } from '../command.ts';
import { type Context, invocation, readSettings, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { showPlan } from '../reports/plan-report.ts';
import { selectorWords } from '../reports/run-report.ts';
import { Counting } from '../terminal/counting.ts';
import { localZone } from '../terminal/figures.ts';
import { type Asked, askedFor, type WarmFlags, whichOptions } from '../warm-asked.ts';

interface Flags extends WarmFlags {
  readonly schedule?: string;
  readonly by?: string;
  readonly timezone?: string;
}

export const planCommand: Define = (parent, act) => {
  const command = parent
    .command('plan')
    .description('say what a warm would do, what it takes and when it ends, and do nothing')
    .argument('[selector...]', SELECTOR_HELP)
    .option('--schedule <name>', 'the next tick of this schedule, in place of a selector')
    .option('--by <time>', 'when it is to be done: 06:00, 2027-01-04T06:00, or so long after it begins (4h)')
    .option('--timezone <zone>', 'of --by; absent: that of the schedule, or of this machine')
    .action((terms: string[], flags: Flags) => act((context) => plan(context, terms, flags)));
  whichOptions(command);
  explain(command, {
    examples: [
      ['forewarm plan source=profile', 'keys, calls, bytes, how long'],
      ['forewarm plan --schedule nightly --by 06:00', 'whether tonight ends in time'],
      ['forewarm plan --force --json | jq .likely', 'for scripts'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.stopped, EXIT.unavailable],
    means: {
      [EXIT.ok]: 'it ends in time, or is likely to; or no end was named',
      [EXIT.partial]: 'it does not run, does not end in time, or nobody can say since calls were never seen',
      [EXIT.nothing]: 'no key matches, or there is no such schedule',
      [EXIT.unavailable]:
        'not everything could be looked up: a tier, an entity set or the jobs Redis did not answer',
    },
  });
};

async function plan(context: Context, terms: readonly string[], flags: Flags): Promise<ExitCode> {
  const { out } = context;
  const settings = await readSettings(context);
  const { request, located } = await askedFor(context, settings, terms, flags);
  const { schedule, by, timezone } = flags;
  const zone = timezone ?? (schedule === undefined ? localZone() : undefined);
  const asked = { ...request, schedule, by, timezone: zone };
  const report = await planned(context, settings, { request: asked, located });
  if (report === undefined) return EXIT.stopped;
  out.document(report);
  showPlan(out, report, context.time.now());
  const words = schedule === undefined ? warmWords(request.selector ?? '', flags) : undefined;
  if (report.keys.fetch > 0 && words !== undefined)
    out.next([[`${invocation(context)} warm${words}`, 'do it']]);
  return exitOfPlan(report);
}

/** The warm that was planned, as words of a shell command. Undefined: it cannot be said again, since standard input is used up. */
function warmWords(selector: string, { source, from, format, limit, missing, force }: WarmFlags) {
  if (from === '-') return undefined;
  const given = { source, from, format, limit };
  const values = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [` --${name} ${shellWord(String(value))}`],
  );
  const flags = `${missing === true ? ' --missing' : ''}${force === true ? ' --force' : ''}`;
  return `${from === undefined ? selectorWords(selector) : ''}${values.join('')}${flags}`;
}

interface Planned extends Pick<Asked, 'located'> {
  readonly request: PlanRequest;
}

/** Shows how far it is. Undefined: it was interrupted. */
export function planned(
  context: Context,
  settings: Settings,
  { request, located }: Planned,
): Promise<PlanReport | undefined> {
  return withApp(context, { settings }, async ({ verbs }) => {
    const signal = context.interrupts.claim();
    const counting = new Counting(context, 'keys planned');
    try {
      return await verbs.plan(request, { signal, onProgress: (done) => counting.at(done) });
    } catch (error) {
      if (!signal.aborted) throw located(error);
      context.out.note('stopped: nothing was done');
      return undefined;
    } finally {
      counting.end();
    }
  });
}

/** What a plan means for a script: whether it can be relied on, and ends in time. */
function exitOfPlan({ keys, verdict, unknown, unread, tiers }: PlanReport): ExitCode {
  if (unknown.length > 0 || unread.length > 0 || tiers.some(({ error }) => error !== null))
    return EXIT.unavailable;
  if (keys.total === 0) return EXIT.nothing;
  return verdict === null || verdict === 'fits' || verdict === 'likely' ? EXIT.ok : EXIT.partial;
}
