/** The health of a process that runs, over verbs. */
import type { Clock } from '../../src/core/clock.ts';
import type { HealthItem } from '../../src/core/health.ts';
import { ProcessHealth } from '../../src/http/process-health.ts';
import type { HealthVerbs } from '../../src/verbs/health/health.ts';

export const METRICS = 'forewarm_reads_total 1\n';

/** What a control API is told of its process. */
export function toldBy(
  verbs: Pick<HealthVerbs, 'ready'>,
  clock: Clock,
  signs: () => readonly HealthItem[] = () => [],
) {
  const health = new ProcessHealth({ roles: ['api'], clock, signs, needs: () => verbs.ready() });
  health.started();
  return { health, metrics: async () => ({ type: 'text/plain; version=0.0.4', text: METRICS }) };
}
