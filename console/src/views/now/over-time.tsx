import { HistoryChart, Span } from '../../parts/history.tsx';
import { Card } from '../../parts/layout.tsx';

/** The sources that matter most, over time: how much of each is warm, and how long what is due longest has been so. */
export function OverTime() {
  return (
    <>
      <Card title="Warm over time" aside={<Span />}>
        <HistoryChart
          label="Share that is warm in any tier"
          of={{ series: 'coverage', tier: 'stack' }}
          name={({ labels }) => labels.source ?? ''}
          most={1}
          lowFirst
        />
      </Card>
      <Card title="Refresh lag over time">
        <HistoryChart
          label="For how long the key has been due that is due longest"
          of={{ series: 'refresh-lag' }}
          name={({ labels }) => labels.source ?? ''}
        />
      </Card>
    </>
  );
}
