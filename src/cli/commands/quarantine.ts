import { count, counted } from '../../core/counted.ts';
import type { QuarantinedKey } from '../../verbs/quarantine.ts';
import { type Define, explain, whole } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { refuseOverrides } from '../overrides.ts';
import { ago, until } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';

export const quarantineCommand: Define = (parent, act) => {
  const quarantine = parent
    .command('quarantine')
    .description('list keys that are set aside because they fail again and again, with the reason of each')
    .option('--limit <n>', 'at most this many', whole(1), 20)
    .action(({ limit }: { limit: number }) => act((context) => list(context, limit)));
  explain(quarantine, {
    examples: [
      ['forewarm quarantine', 'the latest of them'],
      ['forewarm quarantine release', 'have all of them tried again'],
    ],
    exits: [EXIT.unavailable],
  });
  const release = quarantine
    .command('release')
    .description('have keys tried again now: those named, or all of them')
    .argument('[keys...]', 'that are in quarantine')
    .action((keys: string[]) => act((context) => releaseThem(context, keys)));
  explain(release, {
    examples: [['forewarm quarantine release profile:7', 'one of them']],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

function columnsAt(now: number): Column<QuarantinedKey>[] {
  return [
    { head: 'key', cell: ({ key }) => key },
    { head: 'failed', cell: ({ at }) => ago(at, now) },
    { head: 'times', cell: ({ failures }) => count(failures), align: 'right' },
    { head: 'tried again', cell: ({ retryAt }) => until(retryAt, now) },
    { head: 'reason', cell: ({ reason }) => reason, flexible: true, tint: () => 'yellow' },
  ];
}

async function list(context: Context, limit: number): Promise<ExitCode> {
  const { out } = context;
  const page = await withApp(context, {}, ({ verbs }) => verbs.quarantine(limit));
  out.document(page);
  if (page.keys.length === 0) {
    out.line('no key is in quarantine');
    return EXIT.ok;
  }
  out.table(columnsAt(context.time.now()), page.keys);
  out.line();
  out.next([[`${invocation(context)} quarantine release`, 'have all of them tried again']]);
  return EXIT.ok;
}

async function releaseThem(context: Context, keys: readonly string[]): Promise<ExitCode> {
  const { out } = context;
  refuseOverrides(context.flags);
  const released = await withApp(context, {}, ({ verbs }) => verbs.release(keys));
  out.document({ released });
  out.line(released === 0 ? 'there was nothing to release' : `${counted(released, 'key')} released`);
  return released === 0 ? EXIT.nothing : EXIT.ok;
}
