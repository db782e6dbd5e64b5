import { count, counted } from '../../core/counted.ts';
import { formatSize } from '../../core/units.ts';
import type { LiveProcess } from '../../verbs/process-shapes.ts';
import { type Define, explain } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { ago } from '../terminal/figures.ts';
import type { Colour } from '../terminal/paint.ts';

export const processesCommand: Define = (parent, act) => {
  const command = parent
    .command('processes')
    .description('list the processes that live: roles, version, health, and the jobs each has under way')
    .action(() => act(processes));
  explain(command, {
    examples: [
      ['forewarm processes', 'all of them'],
      [
        'forewarm processes --json | jq -r ".processes[] | select(.health == \\"stuck\\").name"',
        'for scripts',
      ],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

const COLOURS: Readonly<Record<LiveProcess['health'], Colour | undefined>> = {
  ...{ working: 'green', starting: undefined, draining: 'yellow' },
  ...{ stuck: 'red', late: 'yellow', untold: undefined },
};

async function processes(context: Context): Promise<ExitCode> {
  const { out } = context;
  const list = await withApp(context, {}, ({ verbs }) => verbs.processes());
  out.document(list);
  if (list.processes.length === 0) {
    out.line('no process is running: start one with forewarm up');
    return EXIT.nothing;
  }
  out.table<LiveProcess>(
    [
      { head: 'process', cell: ({ host, pid }) => `${host} ${pid}` },
      { head: 'roles', cell: ({ roles }) => roles.join(' ') || '-' },
      { head: 'version', cell: ({ version }) => version ?? '-', goesUnder: 'first' },
      { head: 'started', cell: ({ startedAt }) => ago(startedAt, list.at), goesUnder: 'first' },
      { head: 'seen', cell: ({ seenAt }) => ago(seenAt, list.at) },
      { head: 'health', cell: ({ health }) => health, tint: ({ health }) => COLOURS[health] },
      { head: 'under way', cell: lanesText, flexible: true },
      {
        head: 'memory',
        cell: ({ memory }) => (memory === null ? '-' : formatSize(memory.bytes)),
        goesUnder: 'first',
      },
    ],
    list.processes,
  );
  for (const { host, pid, reasons } of list.processes)
    for (const reason of reasons) out.line(`  ${host} ${pid}: ${reason}`);
  return EXIT.ok;
}

/** What is idle is only counted: a worker may take hundreds of lanes. */
function lanesText({ lanes }: LiveProcess): string {
  if (lanes.length === 0) return '-';
  const busy = lanes.filter(({ active }) => active > 0);
  const idle = lanes.length - busy.length;
  const rest = idle === 0 ? [] : [`${counted(idle, 'lane')} idle`];
  return [...busy.map(({ lane, active }) => `${lane} ${count(active)}`), ...rest].join(', ');
}
