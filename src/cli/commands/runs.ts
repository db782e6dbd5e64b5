import { count, counted } from '../../core/counted.ts';
import { type Define, explain, type WhyFlag, whyOption } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { conclude, follow, reportIfKnown } from '../follow.ts';
import { showOutcome } from '../reports/run-outcome.ts';
import { headline, showRun, stepsAfter, waitLines } from '../reports/run-report.ts';
import { ago, shownSelector } from '../terminal/figures.ts';
import { defineDeadLetters } from './dead-letters.ts';
import { defineDiff } from './runs-diff.ts';
import { defineFailures } from './runs-failures.ts';
import { defineList } from './runs-list.ts';

export const runsCommand: Define = (parent, act) => {
  const runs = parent.command('runs').description('list runs, newest first; show, watch and stop one');
  const examples = [
    ['forewarm runs', 'the newest runs'],
    ['forewarm runs watch 01hxyz', 'follow one to its end'],
    ['forewarm runs failures 01hxyz', 'which keys it did not warm, and why'],
    ['forewarm runs dead', 'keys and jobs that failed for good'],
  ] as const;
  explain(runs, { examples, exits: [EXIT.nothing, EXIT.unavailable] });
  defineList(runs, act);
  defineOne(runs, act);
  defineFailures(runs, act);
  defineDiff(runs, act);
  defineDeadLetters(runs, act);
};

const defineOne: Define = (runs, act) => {
  const show = runs
    .command('show')
    .description('show one run: outcomes, coverage, how it ended')
    .argument('<id>', 'of the run')
    .action((id: string) => act((context) => showOne(context, id)));
  explain(show, {
    examples: [['forewarm runs show nightly-2026-01-02', 'one run']],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
  const watch = runs
    .command('watch')
    .description('follow a run to its end; Ctrl-C stops following, not the run')
    .argument('<id>', 'of the run')
    .action((id: string) => act((context) => watchOne(context, id)));
  explain(watch, {
    examples: [['forewarm runs watch nightly-2026-01-02', 'the exit code is that of the run']],
    exits: [EXIT.partial, EXIT.nothing, EXIT.stopped, EXIT.unavailable],
  });
  const stop = runs
    .command('stop')
    .description('end a run: its pending keys are cancelled')
    .argument('<id>', 'of the run')
    .action((id: string, { why }: WhyFlag) => act((context) => stopOne(context, id, why)));
  explain(whyOption(stop), {
    examples: [
      ['forewarm runs stop nightly-2026-01-02', 'what was warmed stays warm'],
      ['forewarm runs stop nightly-2026-01-02 --why "the origin moves"', 'says so to the others'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

async function showOne(context: Context, id: string): Promise<ExitCode> {
  const { out } = context;
  const [run, report] = await withApp(
    context,
    {},
    async ({ verbs }) => [await verbs.run(id), await reportIfKnown(context, verbs, id)] as const,
  );
  const now = context.time.now();
  out.document({ ...run, report: report ?? null });
  showRun(out, run, now);
  if (report !== undefined) showOutcome(out, report);
  out.line();
  out.facts([
    ['selector', shownSelector(run.selector)],
    ['by', run.schedule === null ? run.cause : `schedule ${run.schedule}`],
    ['note', run.note],
    ['created', ago(run.createdAt, now)],
    ...waitLines(run, now).map((line): [string, string] => ['waits for', line]),
  ]);
  const watch = [`${invocation(context)} runs watch ${run.id}`, 'follow it to its end'] as const;
  out.next(run.state === 'ended' ? stepsAfter(context, run, report) : [watch]);
  return EXIT.ok;
}

async function watchOne(context: Context, id: string): Promise<ExitCode> {
  const { out, io, interrupts } = context;
  return withApp(context, {}, async ({ verbs }) => {
    const signal = interrupts.claim();
    const run = await verbs.run(id);
    const last = await follow(context, { verbs, run, signal, progressTo: io.stderr });
    if (last.state === 'ended') return conclude(context, verbs, last);
    const done = `${count(last.total - last.pending)} of ${counted(last.total, 'key')}`;
    out.note(`run ${id} goes on without this command, at ${done}`);
    out.event({ event: 'summary', exitCode: EXIT.stopped, run: last });
    return EXIT.stopped;
  });
}

async function stopOne(context: Context, id: string, why: string | undefined): Promise<ExitCode> {
  const { out } = context;
  const run = await withApp(context, {}, (app) => app.verbs.stopRun(id, { why }));
  out.document(run);
  out.line(`run ${run.id} ${headline(run, context.time.now())}`);
  out.line(`  ${counted(run.counts.cancelled ?? 0, 'key')} cancelled; what was warmed stays warm`);
  return EXIT.ok;
}
