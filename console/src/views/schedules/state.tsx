/** Whether a schedule is paused, goes on, or waits. */
import type { Schedule, ScheduleResults } from '../../../../src/api-client/client.ts';
import { Badge } from '../../parts/layout.tsx';
import { addressOf } from '../../router.ts';
import { isFailing } from './words.ts';

export function State(props: { readonly schedule: Schedule; readonly results: ScheduleResults | undefined }) {
  const { schedule, results } = props;
  const running = results?.running ?? null;
  return (
    <span class="badges">
      {running !== null && (
        <a class="badge busy" href={addressOf('run', { id: running })}>
          running
        </a>
      )}
      {schedule.waitingAt !== null && <Badge tone="warn">one waits</Badge>}
      {schedule.paused !== null && <Badge tone="warn">paused</Badge>}
      {results !== undefined && isFailing(results.ticks) && <Badge tone="bad">failing</Badge>}
      {schedule.leading !== null && <Badge tone="warn">other rule</Badge>}
    </span>
  );
}
