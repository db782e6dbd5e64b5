import type { ApiClient, ApiOperations } from '../../../../src/api-client/client.ts';
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
  const shown = useQuery('runs to show', ['runs'], runsToShow);
  return (
    <Card title="Runs" aside={<To view="runs">All runs</To>}>
      <Loaded query={shown} lines={SHOWN}>
        {({ runs }) => {
          if (runs.length === 0) return <p class="muted">There was no run yet.</p>;
          return (
            <ul class="lines">
              {runs.map((run) => (
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

/** A long run may have begun before any number of short ones that have ended. */
async function runsToShow(api: ApiClient, signal: AbortSignal): ReturnType<ApiOperations['listRuns']> {
  const active = await api.listRuns({ state: 'active', limit: SHOWN }, { signal });
  return active.runs.length > 0 ? active : api.listRuns({ limit: SHOWN }, { signal });
}
