import { count, counted } from '../../core/counted.ts';
import { shellWord } from '../../core/shell-word.ts';
import type {
  QuarantinedKey,
  QuarantineFilter,
  QuarantinePart,
  ReleaseRequest,
} from '../../verbs/quarantine-shapes.ts';
import { type Define, explain, whole, whyOption } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { refuseOverrides } from '../overrides.ts';
import { ago, until } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';

export const quarantineCommand: Define = (parent, act) => {
  const quarantine = parent
    .command('quarantine')
    .description('list keys that are set aside because they fail again and again, and have them tried again');
  // A command of its own: the flags of "quarantine" itself would take those of "release", which have the same names.
  const listed = quarantine
    .command('list', { isDefault: true })
    .description('list keys that are set aside because they fail again and again, with the reason of each')
    .option('--limit <n>', 'at most this many', whole(1), 20)
    .option('--source <name>', 'only keys of this source')
    .option('--origin <name>', 'only keys of sources of this origin')
    .option('--cursor <cursor>', 'go on where the last page ended')
    .action((flags: ListFlags) => act((context) => list(context, flags)));
  explain(quarantine, {
    examples: [
      ['forewarm quarantine', 'the latest of them'],
      ['forewarm quarantine release', 'have all of them tried again'],
    ],
    exits: [EXIT.unavailable],
  });
  explain(listed, {
    examples: [['forewarm quarantine --origin markets', 'those of one origin']],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
  const release = quarantine
    .command('release')
    .description('have keys tried again now: those named, those of a source or an origin, or all of them')
    .argument('[keys...]', 'that are in quarantine')
    .option('--source <name>', 'all of this source')
    .option('--origin <name>', 'all of the sources of this origin')
    .action((keys: string[], flags: ReleaseRequest) => act((context) => releaseThem(context, keys, flags)));
  explain(whyOption(release), {
    examples: [
      ['forewarm quarantine release profile:7', 'one of them'],
      ['forewarm quarantine release --origin markets', 'all of one origin, which is well again'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

interface ListFlags extends QuarantinePart {
  readonly limit: number;
}

function columnsAt(now: number): Column<QuarantinedKey>[] {
  return [
    { head: 'key', cell: ({ key }) => key },
    { head: 'failed', cell: ({ at }) => ago(at, now) },
    { head: 'times', cell: ({ failures }) => count(failures), align: 'right' },
    { head: 'tried again', cell: ({ retryAt }) => until(retryAt, now) },
    { head: 'reason', cell: ({ reason }) => reason, flexible: true, tint: () => 'yellow' },
  ];
}

async function list(context: Context, { limit, ...part }: ListFlags): Promise<ExitCode> {
  const { out } = context;
  const page = await withApp(context, {}, ({ verbs }) => verbs.quarantine(limit, part));
  out.document(page);
  if (page.keys.length === 0) {
    out.line('no key is in quarantine');
    return EXIT.ok;
  }
  out.table(columnsAt(context.time.now()), page.keys);
  out.line();
  const { cursor: _, ...of } = part;
  const words = optionsText(of);
  if (page.cursor !== null) {
    out.line(`${counted(page.keys.length, 'key')} of ${count(page.total)}`);
    const next = `${words} --limit ${limit} --cursor ${shellWord(page.cursor)}`;
    out.next([[`${invocation(context)} quarantine${next}`, 'the next page']]);
  }
  out.next([[`${invocation(context)} quarantine release${words}`, 'have all of them tried again']]);
  return EXIT.ok;
}

function optionsText(of: QuarantineFilter): string {
  return Object.entries(of)
    .map(([name, value = '']) => ` --${name} ${shellWord(value)}`)
    .join('');
}

async function releaseThem(
  context: Context,
  keys: readonly string[],
  request: ReleaseRequest,
): Promise<ExitCode> {
  const { out } = context;
  refuseOverrides(context.flags);
  const released = await withApp(context, {}, ({ verbs }) => verbs.release(keys, request));
  out.document({ released });
  out.line(released === 0 ? 'there was nothing to release' : `${counted(released, 'key')} released`);
  return released === 0 ? EXIT.nothing : EXIT.ok;
}
