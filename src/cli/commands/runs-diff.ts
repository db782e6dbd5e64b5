import type { RunDiff } from '../../verbs/runs/run-report-shapes.ts';
import { type Define, explain, whole } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { showDiff, showMore } from '../reports/run-outcome.ts';
import { NOT_FINAL, showUnfinished } from '../reports/run-progress.ts';
import { printable } from '../terminal/paint.ts';

interface Flags {
  readonly samples: number;
}

export const defineDiff: Define = (runs, act) => {
  const diff = runs
    .command('diff')
    .description('say what is new in a run: keys that fail and did not, recovered, came, left, became slow')
    .argument('<id>', 'of the run')
    .argument(
      '[to]',
      'the run to compare it with; absent: the one before it of the same schedule or selector',
    )
    .option('--samples <n>', 'name this many keys of each kind', whole(0), 10)
    .action((id: string, to: string | undefined, flags: Flags) =>
      act((context) => show(context, id, to, flags)),
    );
  explain(diff, {
    examples: [
      ['forewarm runs diff nightly-2026-01-03', 'against the night before'],
      ['forewarm runs diff b a --json | jq .newlyFailing', 'for scripts'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.stopped, EXIT.unavailable],
    means: { [EXIT.stopped]: NOT_FINAL },
  });
};

async function show(
  context: Context,
  id: string,
  to: string | undefined,
  { samples }: Flags,
): Promise<ExitCode> {
  const { out } = context;
  const diff = await withApp(context, {}, ({ verbs }) => verbs.diffRuns(id, to, samples));
  out.document(diff);
  out.line(out.paint('bold', `run ${diff.run}`));
  const isFinal = [
    showUnfinished(out, diff.run, diff.progress),
    showUnfinished(out, diff.to, diff.toProgress),
  ].every(Boolean);
  showDiff(out, diff);
  showKeys(context, diff);
  if (diff.excluded.count > 0)
    out.next([[`${invocation(context)} quarantine`, 'what is left alone, and how to release it']]);
  if (!isFinal) return EXIT.stopped;
  return diff.newlyFailing.count > 0 ? EXIT.partial : EXIT.ok;
}

/** Those that `showDiff` only counts. */
function showKeys({ out }: Context, diff: RunDiff): void {
  for (const [what, { keys, count }] of [
    ['still failing', diff.stillFailing],
    ['recovered', diff.recovered],
    ['not asked again', diff.unasked],
    ['left alone', diff.excluded],
    ['came', diff.came],
    ['left', diff.left],
  ] as const) {
    for (const { key, reason } of keys)
      out.line(`  ${what} ${printable(key)}${reason && `: ${printable(reason)}`}`);
    // Where none is named, the count above says it.
    if (keys.length > 0) showMore(out, count - keys.length);
  }
}
