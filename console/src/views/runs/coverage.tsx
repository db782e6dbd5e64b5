import type { Run } from '../../../../src/api-client/client.ts';
import { exact } from '../../format/numbers.ts';
import { Card } from '../../parts/layout.tsx';
import { Meter } from '../../parts/meter.tsx';
import { Table } from '../../parts/table.tsx';

/** What each tier had when the run was verified. */
export function Coverage({ run }: { readonly run: Run }) {
  const tiers = Object.entries(run.coverage);
  return (
    <Card title="Warm at its end" aside="as verified">
      {tiers.length === 0 ? (
        <p class="muted">
          {run.state === 'ended'
            ? 'Nothing was verified.'
            : 'Its keys are looked up once all have an outcome.'}
        </p>
      ) : (
        <Table
          label="Tiers"
          rows={tiers}
          id={([tier]) => tier}
          columns={[
            { title: 'Tier', cell: ([tier]) => tier },
            {
              title: 'Warm',
              cell: ([tier, { warm, total }]) => (
                <Meter share={total === 0 ? null : warm / total} label={tier} />
              ),
            },
            {
              title: 'Keys',
              align: 'end',
              cell: ([, { warm, total }]) => `${exact(warm)} of ${exact(total)}`,
            },
          ]}
        />
      )}
    </Card>
  );
}
