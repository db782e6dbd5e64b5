import { counted } from '../../core/counted.ts';
import type { RunProgress } from '../../verbs/runs/run-report-shapes.ts';
import type { Output } from '../terminal/output.ts';

/** What the exit code of a command says of a run that has not ended by itself. */
export const NOT_FINAL = 'not final: the run has not ended, or ended before all of its keys were tried';

/** Says of a run that has not ended by itself how far it is; whether it has. */
export function showUnfinished(out: Output, run: string, progress: RunProgress): boolean {
  if (!progress.final) out.line(out.paint('yellow', `not final: run ${run} ${stateText(progress)}`));
  return progress.final;
}

function stateText({ state, endedReason, pending, cancelled }: RunProgress): string {
  if (state === 'planning') return 'is planning: its keys are not known yet';
  if (state !== 'ended') return `is ${state}: ${counted(pending, 'key')} pending`;
  const how = ENDED[endedReason ?? 'failed'];
  return cancelled === 0 ? how : `${how}: ${counted(cancelled, 'key')} cancelled`;
}

const ENDED = {
  finished: 'finished',
  stopped: 'was stopped',
  deadline: 'reached its deadline',
  failed: 'failed',
} as const;
