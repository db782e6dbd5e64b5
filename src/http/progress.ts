/** Whether what works all the time gets on: a ping says nothing of a wedged lane. */
import type { Clock } from '../core/clock.ts';
import type { HealthItem, Movement } from '../core/health.ts';

/** Without any movement for so long, in ms, it is stuck. A lane looks for work every two seconds, a scheduler every second. */
const STUCK_AFTER_MS = 180_000;

export interface ProgressDeps {
  readonly clock: Clock;
  /** Since when the jobs Redis can be reached (monotonic ms); undefined while it is away. */
  readonly reachableSince: () => number | undefined;
}

/** Nothing is stuck that waits for a server: without the jobs Redis no lane moves, and a restart would change nothing. */
export function progressItems(
  { clock, reachableSince }: ProgressDeps,
  movements: readonly Movement[],
): HealthItem[] {
  const since = reachableSince();
  return movements.map(({ name, at }) => {
    const idle = since === undefined ? 0 : clock.elapsed() - Math.max(at, since);
    const reason = `${name} made no progress for ${Math.floor(idle / 1_000)} s, though Redis can be reached`;
    return { name, reason: idle > STUCK_AFTER_MS ? reason : null };
  });
}
