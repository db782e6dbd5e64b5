/** Who changed what, newest first. */
import { Option } from 'commander';
import { shellWord } from '../../core/shell-word.ts';
import { DEEDS } from '../../verbs/audit/action-verbs.ts';
import { type AuditRecord, auditRequest } from '../../verbs/audit/audit-shapes.ts';
import { type Define, durationOption, explain, requested, whole } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { ago } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';

interface Flags {
  readonly limit: number;
  readonly cursor?: string;
  readonly who?: string;
  readonly verb?: string;
  readonly last?: number;
}

export const auditCommand: Define = (parent, act) => {
  const command = parent
    .command('audit')
    .description('who changed what, newest first: by commands, the API and the library')
    .option('--limit <n>', 'at most this many', whole(1), 20)
    .option('--who <name>', 'only what they did: the name of a token, or user@host')
    .addOption(new Option('--verb <verb>', 'only this, as the library calls it').choices(DEEDS))
    .option('--last <duration>', 'only what ended in this time, such as 24h', durationOption)
    .option('--cursor <cursor>', 'go on where the last page ended')
    .action((flags: Flags) => act((context) => list(context, flags)));
  explain(command, {
    examples: [
      ['forewarm audit', 'the latest'],
      ['forewarm audit --verb pauseSchedules', 'who paused what'],
      ['forewarm audit --who deploys --last 24h', 'what one token did lately'],
    ],
    exits: [EXIT.unavailable],
  });
};

function columnsAt(now: number): Column<AuditRecord>[] {
  return [
    { head: 'ended', cell: ({ at }) => ago(at, now) },
    { head: 'who', cell: ({ who }) => who },
    { head: 'by', cell: ({ way }) => way },
    { head: 'verb', cell: ({ verb }) => verb },
    {
      head: 'about',
      cell: ({ about, note }) => [about, note].filter((text) => text !== '').join(' · '),
      flexible: true,
      goesUnder: 'first',
    },
    {
      head: 'result',
      cell: ({ outcome, result }) => (outcome === 'failed' ? `failed: ${result}` : result || 'done'),
      flexible: true,
      tint: ({ outcome }) => (outcome === 'failed' ? 'red' : undefined),
    },
  ];
}

async function list(context: Context, { last, ...flags }: Flags): Promise<ExitCode> {
  const { out } = context;
  const page = await withApp(context, {}, ({ verbs }) => {
    const since = last === undefined ? {} : { since: Math.max(0, context.time.now() - last) };
    return verbs.audit(requested(auditRequest, { ...flags, ...since }));
  });
  out.document(page);
  if (page.actions.length === 0) {
    out.line('nobody changed anything that is remembered');
    return EXIT.ok;
  }
  out.table(columnsAt(context.time.now()), page.actions);
  if (page.cursor !== null) {
    const more = `${invocation(context)} audit --limit ${flags.limit} --cursor ${shellWord(page.cursor)}`;
    out.next([[more, 'the next page']]);
  }
  return EXIT.ok;
}
