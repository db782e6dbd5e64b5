import type { Explanation } from '../../../../src/api-client/client.ts';
import { Badge, Card } from '../../parts/layout.tsx';
import { ScheduleLine } from '../../parts/schedule-line.tsx';
import { Ago, Name, To, Told } from '../../parts/text.tsx';
import type { Tone } from '../../parts/tone.ts';

/** Runs that had it, and how it ended there. */
export function LastRuns({ found: { runs, runsAreAll } }: { readonly found: Explanation }) {
  return (
    <Card title="Its last runs">
      {runs.length === 0 && (
        <p class="muted">
          {runsAreAll === null ? 'Nobody says which runs had it.' : 'No run that is known had it.'}
        </p>
      )}
      <ul class="lines three">
        {runs.map(({ run, schedule, outcome, endedAt }) => (
          <li key={run}>
            <span class="cut">
              <To view="run" query={{ id: run }}>
                {schedule ?? run}
              </To>
            </span>
            <span>
              <Badge tone={toneOf(outcome)}>{outcome ?? 'not yet'}</Badge>
            </span>
            <span class="end muted">{endedAt === null ? 'goes on' : <Ago at={endedAt} />}</span>
          </li>
        ))}
      </ul>
      {runsAreAll === false && (
        <p class="muted">Long manifests were not looked through: there may be more.</p>
      )}
    </Card>
  );
}

function toneOf(outcome: Explanation['runs'][number]['outcome']): Tone {
  if (outcome === null) return 'busy';
  if (outcome === 'failed') return 'bad';
  if (outcome === 'refused') return 'warn';
  return outcome === 'excluded' || outcome === 'cancelled' ? 'calm' : 'good';
}

/** Attempts that did not succeed, and what was invalidated. */
export function Trouble({ found: { attempts, fences } }: { readonly found: Explanation }) {
  if (attempts.length + fences.length === 0) return null;
  return (
    <Card title="What went wrong lately">
      <ul class="reasons">
        {attempts.map(({ at, outcome, reason, run }) => (
          <li key={`${at} ${run ?? ''}`}>
            <p>
              <Badge tone={outcome === 'failed' ? 'bad' : 'warn'}>{outcome}</Badge> <Ago at={at} />
              {run !== null && (
                <>
                  {' in '}
                  <To view="run" query={{ id: run }}>
                    {run}
                  </To>
                </>
              )}
            </p>
            <p>
              <Told text={reason} most={2_000} />
            </p>
          </li>
        ))}
        {fences.map(({ target, mode, at }) => (
          <li key={`${target} ${at}`}>
            <p>
              <Badge tone="warn">{mode === 'drop' ? 'dropped' : 'made stale'}</Badge> <Ago at={at} />
            </p>
            <p>
              <Name text={target} /> was invalidated.
            </p>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** The schedules that refresh it, or make runs that may have it. */
export function ItsSchedules({ found: { schedules, catalogued } }: { readonly found: Explanation }) {
  return (
    <Card title="Its schedules">
      {schedules.length === 0 && (
        <p class="muted">
          {catalogued === null ? 'Nobody says which refresh it.' : 'No schedule refreshes it.'}
        </p>
      )}
      <ul class="lines three">
        {schedules.map(({ name, kind, nextAt, paused }) => (
          <ScheduleLine key={name} name={name} isPaused={paused} nextAt={nextAt}>
            <span class="muted">{kind}</span>
          </ScheduleLine>
        ))}
      </ul>
    </Card>
  );
}
