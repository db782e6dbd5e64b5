import { count, counted } from '../../core/counted.ts';
import { shellWord } from '../../core/shell-word.ts';
import { type DeadLetterView, orphansAmong } from '../../verbs/dead-letters.ts';
import { type Define, explain, whole } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { refuseOverrides } from '../overrides.ts';
import { ago } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';

interface Flags {
  readonly limit: number;
  readonly run?: string;
}

/** `runs dead` and `runs redrive`. */
export const defineDeadLetters: Define = (runs, act) => {
  const dead = runs
    .command('dead')
    .description('list what failed for good: keys and jobs, newest first')
    .option('--limit <n>', 'at most this many', whole(1), 20)
    .option('--run <id>', 'only those of this run; all that it did not warm: runs failures')
    .action((flags: Flags) => act((context) => listDead(context, flags)));
  explain(dead, {
    examples: [
      ['forewarm runs dead --limit 100', 'with the reason of each'],
      ['forewarm runs dead --run nightly-2026-01-03', 'of one run'],
    ],
    exits: [EXIT.unavailable],
  });
  const redrive = runs
    .command('redrive')
    .description('queue dead letters again: those named, those of a run, or all of them')
    .argument('[ids...]', 'of dead letters')
    .option('--run <id>', 'those of this run')
    .action((ids: string[], { run }: Pick<Flags, 'run'>) => act((context) => redriveThem(context, ids, run)));
  explain(redrive, {
    examples: [
      ['forewarm runs redrive', 'all of them'],
      ['forewarm runs redrive dl-17 dl-18', 'two of them'],
      ['forewarm runs redrive --run nightly-2026-01-03', 'those of one run'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

function columnsAt(now: number): Column<DeadLetterView>[] {
  return [
    { head: 'id', cell: (letter) => letter.id },
    { head: 'what', cell: (letter) => (letter.kind === 'job' ? `a ${letter.subject} job` : letter.subject) },
    { head: 'failed', cell: (letter) => ago(letter.at, now) },
    { head: 'tries', cell: (letter) => count(letter.attempts), align: 'right' },
    { head: 'reason', cell: (letter) => letter.reason, flexible: true, tint: () => 'yellow' },
  ];
}

async function listDead(context: Context, { limit, run }: Flags): Promise<ExitCode> {
  const { out } = context;
  const [page, settings] = await withApp(
    context,
    {},
    async (app) => [await app.verbs.deadLetters(limit, run), app.settings] as const,
  );
  out.document(page);
  if (page.total === 0) {
    out.line(run === undefined ? 'there are no dead letters' : `no dead letter is of run ${run}`);
    return EXIT.ok;
  }
  out.table(columnsAt(context.time.now()), page.letters);
  const me = invocation(context);
  out.line();
  out.line(`${count(page.letters.length)} of ${count(page.total)}`);
  const orphans = orphansAmong(page.letters, settings.origins);
  const lanes = orphans.map((lane) => ` --lane ${lane}`).join('');
  out.next([
    run === undefined
      ? [`${me} runs redrive`, 'try all of them again']
      : [`${me} runs redrive --run ${shellWord(run)}`, 'try these again'],
    ...(lanes === ''
      ? []
      : [[`${me} drain${lanes}`, 'then do jobs whose origin is configured no more'] as const]),
    [`${me} doctor`, 'is something wrong with an origin?'],
  ]);
  return EXIT.ok;
}

async function redriveThem(
  context: Context,
  ids: readonly string[],
  run: string | undefined,
): Promise<ExitCode> {
  const { out } = context;
  refuseOverrides(context.flags);
  const redriven = await withApp(context, {}, (app) => app.verbs.redrive(ids, run));
  out.document({ redriven });
  out.line(
    redriven === 0 ? 'there was nothing to redrive' : `${counted(redriven, 'dead letter')} queued again`,
  );
  return redriven === 0 ? EXIT.nothing : EXIT.ok;
}
