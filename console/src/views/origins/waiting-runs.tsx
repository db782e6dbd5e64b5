/** Runs whose keys wait for an origin: these are put back in its lane, and are no calls yet. */
import type { Run } from '../../../../src/api-client/client.ts';
import { counted } from '../../format/numbers.ts';
import { To } from '../../parts/text.tsx';
import { useQuery } from '../../query.ts';

/** More are told by the list of runs. */
const SHOWN = 3;

export function WaitingRuns({ origin }: { readonly origin: string }) {
  const latest = useQuery('active runs', ['runs', 'origins'], (api, signal) =>
    api.listRuns({ state: 'active', limit: 50 }, { signal }),
  );
  const waiting = (latest.data?.runs ?? []).filter((run) => waitsFor(run, origin));
  if (waiting.length === 0) return null;
  const more = waiting.length - SHOWN;
  return (
    <>
      {waiting.slice(0, SHOWN).map(({ id, schedule, pending }) => (
        <p key={id}>
          Run{' '}
          <To view="run" query={{ id }}>
            {schedule ?? id}
          </To>{' '}
          waits for it, with {counted(pending, 'key')} left.
        </p>
      ))}
      {more > 0 && (
        <p>
          So {more === 1 ? 'does' : 'do'} <To view="runs">{counted(more, 'more run')}</To>.
        </p>
      )}
    </>
  );
}

function waitsFor({ pending, waits }: Run, origin: string): boolean {
  return pending > 0 && waits.some((wait) => wait.origin === origin);
}
