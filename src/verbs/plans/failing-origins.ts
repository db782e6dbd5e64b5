/** Origins of which most calls failed in the last minutes: what calls took before says little of what is to come. */

import type { History } from '../../catalog/history.ts';
import { BUDGET_USERS } from '../../core/budget.ts';
import { count } from '../../core/counted.ts';
import { rowName } from '../../core/metrics/history-series.ts';
import { MINUTE_MS } from '../../core/units.ts';
import { slices } from '../../redis/slices.ts';
import type { PlanReason } from './plan-reasons.ts';

/** What is looked at, in minutes; the one that goes on is not measured yet. */
const LATELY = 5;
/** Of calls; a single one says nothing. */
const MOSTLY = 0.5;
const LEAST_CALLS = 2;
/** Rows of one origin: the calls that failed, and those made for each user. */
const ROWS_OF_ONE = 1 + BUDGET_USERS.length;

export async function failingOrigins(
  history: Pick<History, 'minutes'>,
  origins: readonly string[],
  now: number,
): Promise<PlanReason[]> {
  const rowsOf = (origin: string) => [
    rowName('calls-failed', { origin }),
    ...BUDGET_USERS.map((user) => rowName('calls', { origin, user })),
  ];
  const from = now - LATELY * MINUTE_MS;
  const found = slices(await history.minutes(origins.flatMap(rowsOf), from, now), ROWS_OF_ONE);
  return origins.flatMap((origin, i): PlanReason[] => {
    const [failed = 0, ...made] = (found[i] ?? []).map(sum);
    const calls = sum(made);
    if (calls < LEAST_CALLS || failed < calls * MOSTLY) return [];
    const text = `origin ${origin} is failing: of ${count(calls)} calls in the last ${LATELY} minutes ${count(failed)} failed; the figures are of how it was before`;
    return [{ kind: 'failing', text }];
  });
}

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((all, each) => all + (each ?? 0), 0);
}
