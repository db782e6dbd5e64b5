/** What people did to a schedule: who, when, and why. */
import type { Intervention } from '../../../../src/api-client/client.ts';
import { Card } from '../../parts/layout.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Ago, Name, To } from '../../parts/text.tsx';
import { Own } from './times.tsx';

const DONE: Readonly<Record<Intervention['kind'], string>> = {
  paused: 'paused it',
  resumed: 'resumed it',
  'left-out': 'left a time out',
  'let-fire': 'let a time fire after all',
  triggered: 'made it fire',
  'back-filled': 'made up for a time',
  restored: 'gave back what Redis had lost',
};

export function ByHand({
  acts,
  zone,
}: {
  readonly acts: readonly Intervention[];
  readonly zone: string | null;
}) {
  if (acts.length === 0) return null;
  return (
    <Card title="Done by hand" wide>
      <Table label="Done by hand" columns={columnsOf(zone)} rows={acts} id={idOf} />
    </Card>
  );
}

function idOf({ at, kind, by, nominal, run }: Intervention): string {
  return [at, kind, by, nominal, run].join(' ');
}

function columnsOf(zone: string | null): readonly Column<Intervention>[] {
  return [
    { title: 'When', cell: ({ at }) => <Ago at={at} /> },
    { title: 'Who', cell: ({ by }) => <Name text={by} most={32} /> },
    { title: 'What', cell: (act) => <What act={act} zone={zone} /> },
    { title: 'Note', grows: true, cell: ({ why }) => <Name text={why} most={500} /> },
  ];
}

function What({
  act: { kind, nominal, until, run },
  zone,
}: {
  readonly act: Intervention;
  readonly zone: string | null;
}) {
  return (
    <>
      {DONE[kind]}
      {nominal !== null && (
        <>
          : <Own at={nominal} zone={zone} />
        </>
      )}
      {kind === 'paused' &&
        (until === null ? (
          ' until it is resumed'
        ) : (
          <>
            {' '}
            until <Own at={until} zone={zone} />
          </>
        ))}
      {run !== null && (
        <>
          {', '}
          <To view="run" query={{ id: run }}>
            its run
          </To>
        </>
      )}
    </>
  );
}
