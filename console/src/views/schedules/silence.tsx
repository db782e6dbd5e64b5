/** What keeps every schedule from firing, or made people's wishes be forgotten. */
import type { Schedule } from '../../../../src/api-client/client.ts';
import { now } from '../../clock.ts';
import { Icon } from '../../parts/icon.tsx';
import { Ago } from '../../parts/text.tsx';
import { silentSince } from './words.ts';

export function Silence(props: {
  readonly schedules: readonly Schedule[];
  /** When they were loaded: what is older says nothing of now. */
  readonly at: number | undefined;
}) {
  const { schedules, at } = props;
  const since = silentSince(schedules, Math.min(now.value, at ?? now.value));
  const lostAt = schedules[0]?.lostAt ?? null;
  if (schedules.length === 0 || (since === undefined && lostAt === null)) return null;
  return (
    <div class="notice warn" role="status">
      <Icon name="warn" />
      <div>
        {since !== undefined && (
          <p>
            No scheduler runs, so nothing fires until one starts (<code>forewarm scheduler</code>).{' '}
            {since !== null && (
              <>
                The last one was heard of <Ago at={since} />.
              </>
            )}
          </p>
        )}
        {lostAt !== null && (
          <p>
            The jobs Redis lost its data, as was seen <Ago at={lostAt} />: pauses and times to leave out from
            before are gone, unless a scheduler that knew them gave them back.
          </p>
        )}
      </div>
    </div>
  );
}
