import { exact } from '../../format/numbers.ts';
import { Card } from '../../parts/layout.tsx';
import { OutcomeBar } from '../../parts/outcomes.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Ago, To } from '../../parts/text.tsx';
import { useQuery } from '../../query.ts';
import { RunState } from '../runs/run-state.tsx';

const SHOWN = 5;

/** Runs that go on, or else the latest. */
export function ActiveRuns() {
  const latest = useQuery('latest runs', ['runs'], (api, signal) => api.listRuns({ limit: 50 }, { signal }));
  return (
    <Card title="Runs" aside={<To view="runs">All runs</To>}>
      <Loaded query={latest} lines={SHOWN}>
        {({ runs }) => {
          const active = runs.filter(({ state }) => state !== 'ended');
          const shown = (active.length > 0 ? active : runs).slice(0, SHOWN);
          if (shown.length === 0) return <p class="muted">There was no run yet.</p>;
          return (
            <ul class="lines">
              {shown.map((run) => (
                <li key={run.id}>
                  <span class="cut">
                    <To view="run" query={{ id: run.id }}>
                      {run.schedule ?? run.id}
                    </To>
                  </span>
                  <RunState run={run} />
                  <OutcomeBar of={run} />
                  <span class="end muted">
                    {run.endedAt === null ? `${exact(run.pending)} left` : <Ago at={run.endedAt} />}
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}
