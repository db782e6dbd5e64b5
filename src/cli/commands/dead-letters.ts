import { type Command, Option } from 'commander';
import { count, counted } from '../../core/counted.ts';
import { shellWord } from '../../core/shell-word.ts';
import { orphansAmong } from '../../verbs/dead-letters/dead-letters.ts';
import {
  type DeadLetterView,
  LETTER_KINDS,
  type LetterFilter,
} from '../../verbs/dead-letters/letter-shapes.ts';
import { type Define, explain, type WhyFlag, whole, whyOption } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { refuseOverrides } from '../overrides.ts';
import { ago } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';

interface ListFlags extends LetterFilter {
  readonly limit: number;
  readonly cursor?: string;
}

interface RedriveFlags extends LetterFilter, WhyFlag {
  readonly dryRun?: true;
}

const LEFT = 'gone, or keys that fit no source any more; `runs dead` lists what is still there';

/** `runs dead` and `runs redrive`. */
export const defineDeadLetters: Define = (runs, act) => {
  const dead = which(runs.command('dead'))
    .description('list what failed for good: keys and jobs, newest first')
    .option('--limit <n>', 'at most this many', whole(1), 20)
    .option('--cursor <cursor>', 'go on where the last page ended')
    .action((flags: ListFlags) => act((context) => listDead(context, flags)));
  explain(dead, {
    examples: [
      ['forewarm runs dead --limit 100', 'with the reason of each'],
      ['forewarm runs dead --run nightly-2026-01-03', 'of one run; all that it did not warm: runs failures'],
      ['forewarm runs dead --reason "status 503"', 'all that failed like this'],
    ],
    exits: [EXIT.unavailable],
  });
  const redrive = which(runs.command('redrive'))
    .description('queue dead letters again: those named, those that options select, or all of them')
    .argument('[ids...]', 'of dead letters')
    .option('--dry-run', 'count them, and do nothing')
    .action((ids: string[], flags: RedriveFlags) => act((context) => redriveThem(context, ids, flags)));
  explain(whyOption(redrive), {
    examples: [
      ['forewarm runs redrive', 'all of them'],
      ['forewarm runs redrive dl-17 dl-18', 'two of them'],
      ['forewarm runs redrive --run nightly-2026-01-03', 'those of one run'],
      ['forewarm runs redrive --source quote --dry-run', 'how many would that be?'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

function which(command: Command): Command {
  return command
    .option('--run <id>', 'only those of this run')
    .option('--source <name>', 'only keys of this source')
    .addOption(new Option('--kind <kind>', 'only these').choices(LETTER_KINDS))
    .option('--lane <name>', 'only those of this lane')
    .option('--reason <text>', 'only those whose reason has this text in it');
}

/** The options that say the same. */
function optionsOf({ run, source, kind, lane, reason }: LetterFilter): string {
  return Object.entries({ run, source, kind, lane, reason })
    .flatMap(([name, value]) => (value === undefined ? [] : [` --${name} ${shellWord(value)}`]))
    .join('');
}

function columnsAt(now: number): Column<DeadLetterView>[] {
  return [
    { head: 'id', cell: (letter) => letter.id },
    { head: 'what', cell: (letter) => (letter.kind === 'job' ? `a ${letter.subject} job` : letter.subject) },
    { head: 'failed', cell: (letter) => ago(letter.at, now) },
    { head: 'tries', cell: (letter) => count(letter.attempts), align: 'right' },
    { head: 'reason', cell: (letter) => letter.reason, flexible: true, tint: () => 'yellow' },
  ];
}

async function listDead(context: Context, { limit, cursor, ...filter }: ListFlags): Promise<ExitCode> {
  const { out } = context;
  const [page, settings] = await withApp(
    context,
    {},
    async (app) => [await app.verbs.deadLetters({ limit, cursor, ...filter }), app.settings] as const,
  );
  out.document(page);
  const chosen = optionsOf(filter);
  if (page.letters.length === 0 && page.cursor === null) {
    out.line(chosen === '' ? 'there are no dead letters' : `no dead letter matches${chosen}`);
    return EXIT.ok;
  }
  out.table(columnsAt(context.time.now()), page.letters);
  const me = invocation(context);
  out.line();
  const shown = count(page.letters.length);
  out.line(page.total === null ? `${shown} more` : `${shown} of ${count(page.total)}`);
  const orphans = orphansAmong(page.letters, settings.origins);
  const lanes = orphans.map((lane) => ` --lane ${lane}`).join('');
  out.next([
    ...(page.cursor === null
      ? []
      : [[`${me} runs dead --limit ${limit}${chosen} --cursor ${page.cursor}`, 'the next page'] as const]),
    [`${me} runs redrive${chosen}`, chosen === '' ? 'try all of them again' : 'try these again'],
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
  { dryRun, ...rest }: RedriveFlags,
): Promise<ExitCode> {
  const { out } = context;
  refuseOverrides(context.flags);
  const request = { ids: [...ids], dryRun: dryRun === true, ...rest };
  const result = await withApp(context, {}, (app) => app.verbs.redrive(request));
  const { matching, redriven, left, run } = result;
  out.document(result);
  if (request.dryRun) {
    out.line(`${counted(matching, 'dead letter')} would be queued again`);
    return matching === 0 ? EXIT.nothing : EXIT.ok;
  }
  out.line(
    redriven === 0 ? 'there was nothing to redrive' : `${counted(redriven, 'dead letter')} queued again`,
  );
  if (run !== null) out.line(`  their keys are warmed by run ${run}`);
  if (left > 0) out.line(`  ${count(left)} ${left === 1 ? 'was' : 'were'} not: ${LEFT}`);
  if (run !== null) out.next([[`${invocation(context)} runs watch ${run}`, 'follow it to its end']]);
  return redriven === 0 ? EXIT.nothing : EXIT.ok;
}
