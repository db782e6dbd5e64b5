import type { Run } from '../../../../src/api-client/client.ts';
import { Badge } from '../../parts/layout.tsx';
import type { Tone } from '../../parts/tone.ts';

const ENDED: Readonly<Record<NonNullable<Run['endedReason']>, Tone>> = {
  finished: 'good',
  stopped: 'warn',
  deadline: 'warn',
  failed: 'bad',
};

/** How far a run is, or how it ended. One that finished with keys that did not is not simply well. */
export function RunState({ run }: { readonly run: Run }) {
  if (run.state !== 'ended') return <Badge tone="busy">{run.state}</Badge>;
  const reason = run.endedReason ?? 'finished';
  const failed = run.counts.failed + run.counts.refused;
  if (reason === 'finished' && failed > 0) return <Badge tone="warn">some failed</Badge>;
  const isNothingDone = run.total > 0 && run.counts.excluded === run.total;
  if (reason === 'finished' && isNothingDone) return <Badge tone="warn">all left out</Badge>;
  return <Badge tone={ENDED[reason]}>{reason}</Badge>;
}
