/** Is everything warm? And where not, why. */
import type { ComponentChildren } from 'preact';
import type { BudgetReport, Overview } from '../../../../src/api-client/client.ts';
import { Card, Head } from '../../parts/layout.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Ago, To } from '../../parts/text.tsx';
import { type Query, useQuery } from '../../query.ts';
import { ActiveRuns } from './active-runs.tsx';
import { Calls, useBudget } from './calls.tsx';
import { Findings, Worst } from './findings.tsx';
import { HeldOrigins } from './held-origins.tsx';
import { OverTime } from './over-time.tsx';
import { Reads } from './reads.tsx';
import { Sources } from './sources.tsx';
import { Upcoming } from './upcoming.tsx';
import { sourcesNow, type Verdict, verdictOf } from './verdict.ts';

export default function Now() {
  const overview = useQuery('overview', ['service', 'keys'], (api, signal) =>
    api.readOverview({}, { signal }),
  );
  const budget = useBudget();
  // Which origins are held back stands above the rest, and would move it if it came later.
  const isBudgetKnown = budget.data !== undefined || budget.error !== undefined;
  return (
    <>
      <Head title="Now" />
      <Loaded query={{ ...overview, data: isBudgetKnown ? overview.data : undefined }} lines={14}>
        {(data) => <Whole overview={data} budget={budget} />}
      </Loaded>
    </>
  );
}

function Whole({ overview, budget }: { readonly overview: Overview; readonly budget: Query<BudgetReport> }) {
  const sources = sourcesNow(overview);
  const verdict = verdictOf(sources);
  const report = useQuery('doctor', [], (api, signal) => api.examine({}, { signal }));
  return (
    <>
      <Sentence
        verdict={verdict}
        measuredAt={verdict.measured ? overview.statistics.measured[0]?.at : undefined}
      >
        <Worst report={report} />
      </Sentence>
      <HeldOrigins origins={budget.data?.origins ?? []} />
      <Card title="Sources" wide aside={<To view="keys">All keys</To>}>
        <Sources sources={sources} tiers={overview.tiers} />
      </Card>
      <div class="cards">
        <ActiveRuns />
        <Upcoming />
        <OverTime />
        <Reads overview={overview} origins={budget.data?.origins ?? []} />
        <Calls budget={budget} />
      </div>
      {/* The last one: how much room it takes is known late, and nothing below it moves. */}
      <Findings report={report} />
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
