import { Card } from '../../parts/layout.tsx';
import { ScheduleLine } from '../../parts/schedule-line.tsx';
import { Loaded } from '../../parts/states.tsx';
import { To } from '../../parts/text.tsx';
import { useQuery } from '../../query.ts';

const SHOWN = 5;

/** What fires next, and what is paused. */
export function Upcoming() {
  const listed = useQuery('schedules', ['schedules'], (api, signal) => api.listSchedules({}, { signal }));
  return (
    <Card title="Next" aside={<To view="schedules">All schedules</To>}>
      <Loaded query={listed} lines={SHOWN}>
        {({ schedules }) => {
          const paused = schedules.filter((each) => each.paused !== null);
          const next = schedules
            .filter((each) => each.paused === null && each.nextAt !== null)
            .toSorted((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0));
          const shown = [...paused, ...next].slice(0, SHOWN);
          if (shown.length === 0) return <p class="muted">No schedule has a time to come.</p>;
          return (
            <ul class="lines three">
              {shown.map(({ name, times, nextAt, paused: pause }) => (
                <ScheduleLine key={name} name={name} isPaused={pause !== null} nextAt={nextAt}>
                  <code class="muted">{times}</code>
                </ScheduleLine>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}
