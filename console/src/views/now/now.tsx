/** Is everything warm? And where not, why. */
import type { ComponentChildren } from 'preact';
import type { Overview } from '../../../../src/api-client/client.ts';
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
  const overview = useQuery('overview', ['service', 'keys'], (api, signal) =>
    api.readOverview({}, { signal }),
  );
  return (
    <>
      <Head title="Now" />
      <Loaded query={overview} lines={14}>
        {(data) => <Whole overview={data} />}
      </Loaded>
    </>
  );
}

function Whole({ overview }: { readonly overview: Overview }) {
  const sources = sourcesNow(overview);
  const report = useQuery('doctor', [], (api, signal) => api.examine({}, { signal }));
  return (
    <>
      <Sentence verdict={verdictOf(sources)} measuredAt={overview.statistics.measured[0]?.at}>
        <Worst report={report} />
      </Sentence>
      <Card title="Sources" wide aside={<To view="keys">All keys</To>}>
        <Sources sources={sources} tiers={overview.tiers} />
      </Card>
      <Findings report={report} />
      <div class="cards">
        <ActiveRuns />
        <Upcoming />
        <OverTime />
        <Reads overview={overview} />
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
