/** Who works: the processes that live, how each is, and whether they agree on what they warm. */
import type { LiveProcess } from '../../../../src/api-client/client.ts';
import { bytes, counted } from '../../format/numbers.ts';
import { duration } from '../../format/times.ts';
import { Badge, Card } from '../../parts/layout.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Ago, Name } from '../../parts/text.tsx';
import type { Tone } from '../../parts/tone.ts';
import { useQuery } from '../../query.ts';

const TONES: Readonly<Record<LiveProcess['health'], Tone>> = {
  ...{ working: 'good', starting: 'busy', draining: 'busy', stuck: 'bad', late: 'warn', untold: 'calm' },
};
/** Clocks further apart than this are worth a look, in ms. */
const FAR_MS = 1_000;

export function Processes() {
  const query = useQuery('processes', ['service', 'work'], (api, signal) =>
    api.listProcesses({}, { signal }),
  );
  const count = query.data?.processes.length;
  return (
    <Card
      title="Processes"
      wide
      aside={count === undefined ? undefined : counted(count, 'process', 'processes')}
    >
      <Loaded query={query} lines={6}>
        {({ processes }) => <Listed processes={processes} />}
      </Loaded>
    </Card>
  );
}

function Listed({ processes }: { readonly processes: readonly LiveProcess[] }) {
  if (processes.length === 0)
    return (
      <Empty title="No process has reported within 15 seconds.">
        <p>
          Start one with <code>forewarm up</code>, or <code>forewarm worker</code> alone.
        </p>
      </Empty>
    );
  const odd = (read: (process: LiveProcess) => string | null) =>
    new Set(processes.map(read).filter((value) => value !== null)).size > 1;
  return (
    <>
      {odd(({ version }) => version) && (
        <p class="notice warn">
          These are of different versions. That is well while they are replaced one by one, and not for long.
        </p>
      )}
      {odd(({ configuration }) => configuration) && (
        <p class="notice warn">
          These are configured differently, and so warm by different rules: compare the digests below, and
          give all of them the same configuration.
        </p>
      )}
      <Table label="Processes" columns={COLUMNS} rows={processes} id={({ id }) => id} />
    </>
  );
}

const COLUMNS: readonly Column<LiveProcess>[] = [
  { title: 'Process', grows: true, cell: ({ name }) => <Name text={name} most={40} /> },
  { title: 'Health', cell: (process) => <Health process={process} /> },
  { title: 'Jobs', wide: true, cell: ({ lanes }) => <Jobs lanes={lanes} /> },
  { title: 'Version', wide: true, cell: ({ version }) => version ?? 'unknown' },
  {
    title: 'Configuration',
    wide: true,
    cell: ({ configuration }) => <Name text={configuration ?? 'unknown'} most={12} />,
  },
  {
    title: 'Memory tier',
    align: 'end',
    wide: true,
    cell: ({ memory }) => (memory === null ? <span class="muted">none</span> : bytes(memory.bytes)),
  },
  { title: 'Clock', align: 'end', wide: true, cell: ({ clockBehind }) => <Clock behind={clockBehind} /> },
  { title: 'Seen', align: 'end', cell: ({ seenAt }) => <Ago at={seenAt} /> },
];

function Health({ process: { health, reasons } }: { readonly process: LiveProcess }) {
  return (
    <>
      <Badge tone={TONES[health] ?? 'calm'}>{health}</Badge> <Name text={reasons.join('; ')} most={32} />
    </>
  );
}

function Jobs({ lanes }: Pick<LiveProcess, 'lanes'>) {
  const busy = lanes.filter(({ active }) => active > 0);
  if (lanes.length === 0) return <span class="muted">takes none</span>;
  if (busy.length === 0) return <span class="muted">none of {counted(lanes.length, 'lane')}</span>;
  return <Name text={busy.map(({ lane, active }) => `${active} of ${lane}`).join(', ')} most={60} />;
}

function Clock({ behind }: { readonly behind: number | null }) {
  if (behind === null) return <>unknown</>;
  const text = `${duration(Math.abs(behind))} ${behind >= 0 ? 'behind' : 'ahead'}`;
  return Math.abs(behind) > FAR_MS ? <Badge tone="warn">{text}</Badge> : text;
}
