/** How well plans of a schedule's runs held: what the last of them took, beside what was planned. */
import { type Run, type Runs, runCursor } from '../../catalog/runs/runs.ts';
import type { HeldPlans } from './run-report-shapes.ts';

/** Runs that are compared. */
const MOST = 10;
/** Runs of all kinds that are looked through for them, and how many at a time. */
const LOOKED_AT = 500;
const PAGE = 100;

/** `before`: only runs that are older than it; undefined: all. Null where there is none to judge by. */
export async function heldPlansOf(
  runs: Pick<Runs, 'list'>,
  schedule: string,
  before: Run | undefined,
): Promise<HeldPlans | null> {
  const ratios: number[] = [];
  let cursor = before && runCursor(before.createdAt, before.id);
  for (let seen = 0; seen < LOOKED_AT && ratios.length < MOST; seen += PAGE) {
    const page = await runs.list(PAGE, cursor);
    ratios.push(...page.runs.filter((run) => run.schedule === schedule).flatMap(ratioOf));
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  const sorted = ratios.slice(0, MOST).sort((a, b) => a - b);
  const [low, likely, high] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  if (low === undefined || likely === undefined || high === undefined) return null;
  return { runs: sorted.length, ratio: { low, likely, high } };
}

/** None of a run that was cut, or that nobody could say a time of. */
function ratioOf({ plan, createdAt, endedAt, endedReason }: Run): number[] {
  const planned = plan?.likely?.likely ?? 0;
  if (planned === 0 || endedAt === undefined || endedReason !== 'finished') return [];
  return [Math.max(0, endedAt - createdAt) / planned];
}
