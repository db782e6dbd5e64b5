import { count, counted } from '../../core/counted.ts';
import { shellWord } from '../../core/shell-word.ts';
import type { RunFailures } from '../../verbs/runs/run-report-shapes.ts';
import { type Define, explain, whole } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { NOT_FINAL, showUnfinished } from '../reports/run-progress.ts';
import type { Column } from '../terminal/table.ts';

interface Flags {
  readonly limit: number;
  readonly cursor?: string;
}

export const defineFailures: Define = (runs, act) => {
  const failures = runs
    .command('failures')
    .description(
      'list the keys of a run that failed, were refused or are in quarantine, each with the reason',
    )
    .argument('<id>', 'of the run')
    .option('--limit <n>', 'at most this many keys', whole(1), 20)
    .option('--cursor <cursor>', 'go on where the last page ended')
    .action((id: string, flags: Flags) => act((context) => list(context, id, flags)));
  explain(failures, {
    examples: [
      ['forewarm runs failures nightly-2026-01-03', 'what did it fail to warm?'],
      ['forewarm runs failures a --limit 1000 --json | jq -r ".failures[].key"', 'for scripts'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.stopped, EXIT.unavailable],
    means: { [EXIT.stopped]: NOT_FINAL },
  });
};

const COLUMNS: readonly Column<RunFailures['failures'][number]>[] = [
  { head: 'key', cell: ({ key }) => key },
  { head: 'outcome', cell: ({ outcome }) => outcome },
  {
    head: 'reason',
    cell: ({ reason }) => reason || 'not on record any more',
    flexible: true,
    tint: () => 'yellow',
  },
];

async function list(context: Context, id: string, { limit, cursor }: Flags): Promise<ExitCode> {
  const { out } = context;
  const page = await withApp(context, {}, ({ verbs }) => verbs.runFailures(id, limit, cursor));
  out.document(page);
  const isFinal = showUnfinished(out, page.run, page.progress);
  if (page.total === 0) {
    out.line(`no key of run ${page.run} failed or was refused${isFinal ? '' : ' so far'}`);
  } else {
    out.table(COLUMNS, page.failures);
    out.line();
    out.line(`${count(page.failures.length)} of ${count(page.total)}`);
  }
  if (page.unlisted > 0)
    out.line(
      `${counted(page.unlisted, 'key')} left alone by --missing, some perhaps in quarantine: not listed`,
    );
  out.next(stepsOf(context, page, limit));
  if (!isFinal) return EXIT.stopped;
  return page.total === 0 ? EXIT.ok : EXIT.partial;
}

function stepsOf(context: Context, page: RunFailures, limit: number): (readonly [string, string])[] {
  const me = invocation(context);
  const [first] = page.failures;
  const aside = page.failures.find(({ outcome }) => outcome === 'excluded');
  return [
    ...(page.cursor === null
      ? []
      : [
          [
            `${me} runs failures ${shellWord(page.run)} --limit ${limit} --cursor ${page.cursor}`,
            'the next page',
          ] as const,
        ]),
    ...(first === undefined
      ? []
      : [[`${me} explain ${shellWord(first.key)}`, 'all about one of them'] as const]),
    ...(aside === undefined
      ? []
      : [
          [
            `${me} quarantine release ${shellWord(aside.key)}`,
            'try one in quarantine again; all without a key',
          ] as const,
        ]),
  ];
}
