/** Is everything warm? And where not, why. */
import type { ComponentChildren } from 'preact';
import type { Stats } from '../../../../src/api-client/client.ts';
import { Card, Head } from '../../parts/layout.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Ago, To } from '../../parts/text.tsx';
import { useQuery } from '../../query.ts';
import { ActiveRuns } from './active-runs.tsx';
import { Calls } from './calls.tsx';
import { Findings, Worst } from './findings.tsx';
import { OverTime } from './over-time.tsx';
import { Reads } from './reads.tsx';
import { Sources } from './sources.tsx';
import { Upcoming } from './upcoming.tsx';
import { sourcesNow, type Verdict, verdictOf } from './verdict.ts';

export default function Now() {
  const stats = useQuery('stats', ['service', 'keys', 'origins'], (api, signal) =>
    api.readStats({}, { signal }),
  );
  return (
    <>
      <Head title="Now" />
      <Loaded query={stats} lines={14}>
        {(data) => <Whole stats={data} />}
      </Loaded>
    </>
  );
}

function Whole({ stats }: { readonly stats: Stats }) {
  const sources = sourcesNow(stats);
  const report = useQuery('doctor', [], (api, signal) => api.examine({}, { signal }));
  return (
    <>
      <Sentence verdict={verdictOf(sources)} measuredAt={stats.statistics.measured[0]?.at}>
        <Worst report={report} />
      </Sentence>
      <Card title="Sources" wide aside={<To view="keys">All keys</To>}>
        <Sources sources={sources} tiers={stats.tiers.map(({ tier }) => tier)} />
      </Card>
      <Findings report={report} />
      <div class="cards">
        <ActiveRuns />
        <Upcoming />
        <OverTime />
        <Reads stats={stats} />
        <Calls />
      </div>
    </>
  );
}

function Sentence(props: {
  readonly verdict: Verdict;
  readonly measuredAt: number | undefined;
  readonly children: ComponentChildren;
}) {
  const { verdict, measuredAt, children } = props;
  return (
    <div class={`verdict ${verdict.tone}`}>
      <div>
        <p class="lead">{verdict.sentence}</p>
        <p class="muted">
          {verdict.detail}
          {measuredAt !== undefined && (
            <>
              {' '}
              Measured <Ago at={measuredAt} />.
            </>
          )}
        </p>
      </div>
      {children}
    </div>
  );
}
