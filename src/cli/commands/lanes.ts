import { count } from '../../core/counted.ts';
import type { LaneView } from '../../verbs/process-shapes.ts';
import { type Define, explain } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { ago, latency, until } from '../terminal/figures.ts';

export const lanesCommand: Define = (parent, act) => {
  const command = parent
    .command('lanes')
    .description(
      'list the lanes of the queue: what waits in each, for how long, who takes it, what holds it up',
    )
    .action(() => act(lanes));
  explain(command, {
    examples: [
      ['forewarm lanes', 'all of them'],
      ['forewarm lanes --json | jq ".lanes[] | {lane, waiting, oldest}"', 'for scripts'],
    ],
    exits: [EXIT.unavailable],
  });
};

async function lanes(context: Context): Promise<ExitCode> {
  const { out } = context;
  const list = await withApp(context, {}, ({ verbs }) => verbs.lanes());
  out.document(list);
  const number = (head: 'waiting' | 'delayed' | 'active' | 'failed') => ({
    ...{ head, align: 'right' as const },
    cell: (row: LaneView) => count(row[head]),
  });
  const waited = (head: 'p50' | 'p95' | 'p99') => ({
    ...({ head, align: 'right', goesUnder: 'first' } as const),
    cell: (row: LaneView) => latency(row.waited[head]),
  });
  out.table<LaneView>(
    [
      { head: 'lane', cell: ({ lane }) => lane },
      ...[number('waiting'), number('delayed'), number('active'), number('failed')],
      { head: 'oldest', cell: ({ oldest }) => ago(oldest, list.at), align: 'right' },
      { ...waited('p50'), head: 'wait p50' },
      ...[waited('p95'), waited('p99')],
      { head: 'workers', cell: ({ workers }) => count(workers.length), align: 'right' },
    ],
    list.lanes,
  );
  for (const { lane, configured, waitsFor } of list.lanes) {
    if (!configured) out.line(`  ${lane}: its origin is not configured here`);
    for (const wait of waitsFor) out.line(`  ${lane}: ${heldText(wait, list.at)}`);
  }
  return EXIT.ok;
}

function heldText({ for: what, until: end, reason, by }: LaneView['waitsFor'][number], now: number): string {
  const who = by === null ? '' : ` (by ${by})`;
  if (what !== 'origin' || end === null) return `${reason}${who}`;
  return `paused, ends ${until(end, now)}: ${reason}${who}`;
}
