import { count, counted } from '../../core/counted.ts';
import type { DeadLetterView } from '../../verbs/dead-letters.ts';
import { type Define, explain, whole } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { refuseOverrides } from '../overrides.ts';
import { ago } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';

/** `runs dead` and `runs redrive`. */
export const defineDeadLetters: Define = (runs, act) => {
  const dead = runs
    .command('dead')
    .description('list what failed for good: keys and jobs, newest first')
    .option('--limit <n>', 'at most this many', whole(1), 20)
    .action(({ limit }: { limit: number }) => act((context) => listDead(context, limit)));
  explain(dead, {
    examples: [['forewarm runs dead --limit 100', 'with the reason of each']],
    exits: [EXIT.unavailable],
  });
  const redrive = runs
    .command('redrive')
    .description('queue dead letters again: those named, or all of them')
    .argument('[ids...]', 'of dead letters')
    .action((ids: string[]) => act((context) => redriveThem(context, ids)));
  explain(redrive, {
    examples: [
      ['forewarm runs redrive', 'all of them'],
      ['forewarm runs redrive dl-17 dl-18', 'two of them'],
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

async function listDead(context: Context, limit: number): Promise<ExitCode> {
  const { out } = context;
  const page = await withApp(context, {}, (app) => app.verbs.deadLetters(limit));
  out.document(page);
  if (page.total === 0) {
    out.line('there are no dead letters');
    return EXIT.ok;
  }
  out.table(columnsAt(context.time.now()), page.letters);
  const me = invocation(context);
  out.line();
  out.line(`${count(page.letters.length)} of ${count(page.total)}`);
  out.next([
    [`${me} runs redrive`, 'try all of them again'],
    [`${me} doctor`, 'is something wrong with an origin?'],
  ]);
  return EXIT.ok;
}

async function redriveThem(context: Context, ids: readonly string[]): Promise<ExitCode> {
  const { out } = context;
  refuseOverrides(context.flags);
  const redriven = await withApp(context, {}, (app) => app.verbs.redrive(ids));
  out.document({ redriven });
  out.line(
    redriven === 0 ? 'there was nothing to redrive' : `${counted(redriven, 'dead letter')} queued again`,
  );
  return redriven === 0 ? EXIT.nothing : EXIT.ok;
}
