/** What keeps a plan from coming true, whatever its figures: a schedule that does not fire or fires too late, and nobody who does the work. */

import type { ProcessBeat } from '../../catalog/registry.ts';
import { instantText } from '../../core/written-time.ts';
import type { ScheduleView } from '../schedules/schedule-shapes.ts';
import { byText } from './plan-notes.ts';
import type { PlanReport } from './plan-shapes.ts';
import type { PlanSubject } from './plan-subject.ts';

export type PlanReason = PlanReport['reasons'][number];
type Verdict = NonNullable<PlanReport['verdict']>;

export interface ReasonedParts {
  readonly subject: Pick<PlanSubject, 'schedule' | 'startsAt' | 'by'>;
  /** Of the schedule that is planned; undefined without one, or where nobody says how far it is. */
  readonly view: Pick<ScheduleView, 'name' | 'paused' | 'nextAt' | 'waitingAt' | 'asked'> | undefined;
  /** Who lives; undefined where nobody says. */
  readonly processes: readonly Pick<ProcessBeat, 'roles'>[] | undefined;
  readonly now: number;
}

export function reasonsOf({ subject, view, processes, now }: ReasonedParts): PlanReason[] {
  const fires = view === undefined ? [] : whyNot(view, subject, now);
  return [...fires, ...(processes === undefined ? [] : whoLacks(processes, subject.schedule !== undefined))];
}

/** Of a schedule that does not fire in time; one at the most. */
function whyNot(
  { name, paused, nextAt, waitingAt, asked }: NonNullable<ReasonedParts['view']>,
  { startsAt, by }: ReasonedParts['subject'],
  now: number,
): PlanReason[] {
  if (nextAt === null && paused !== null) {
    const since = `paused since ${instantText(paused.since)}${byText(paused)}`;
    return [{ kind: 'paused', text: `schedule ${name} does not run: ${since}` }];
  }
  if (nextAt === null)
    return waitingAt === null
      ? [{ kind: 'no-tick', text: `schedule ${name} does not run: it has no next time as things stand` }]
      : [];
  if (by === undefined || startsAt < by) return [];
  const next = `schedule ${name} runs too late: its next time is ${instantText(startsAt)}`;
  const left = asked.filter(({ nominal }) => nominal > now && nominal <= startsAt);
  const why = [
    ...(paused === null ? [] : [`it is paused since ${instantText(paused.since)}${byText(paused)}`]),
    ...left.map((each) => `its tick of ${instantText(each.nominal)} is left out${byText(each)}`),
  ];
  return [{ kind: 'late', text: [next, ...why].join('; ') }];
}

/** A plain `warm` does the work itself; what a schedule or the API asks for waits for a worker. */
function whoLacks(processes: readonly Pick<ProcessBeat, 'roles'>[], isScheduled: boolean): PlanReason[] {
  const lacks = (role: string) => !processes.some(({ roles }) => roles.includes(role));
  const reasons: PlanReason[] = [];
  if (isScheduled && lacks('scheduler'))
    reasons.push({
      kind: 'no-scheduler',
      text: 'no scheduler runs now: nothing fires a schedule until one does',
    });
  if (lacks('worker')) {
    const alone = isScheduled
      ? 'what a schedule asks for waits for one; a plain `forewarm warm` does the work by itself'
      : 'a plain `forewarm warm` does the work by itself, and any other run waits for one';
    reasons.push({ kind: 'no-worker', text: `no worker runs now: ${alone}` });
  }
  return reasons;
}

/** How good a verdict may be beside a reason. */
const BEST: Readonly<Record<PlanReason['kind'], Verdict | 'unknown of a schedule'>> = {
  paused: 'misses',
  'no-tick': 'misses',
  late: 'misses',
  'no-scheduler': 'unknown',
  'no-worker': 'unknown of a schedule',
  failing: 'likely',
};

/** The verdict of the figures, no better than the reasons allow. Without an end there is one only where it does not run at all. */
export function verdictBeside(
  verdict: PlanReport['verdict'],
  reasons: readonly PlanReason[],
  isScheduled: boolean,
): PlanReport['verdict'] {
  const bests = reasons.map(({ kind }) => {
    const best = BEST[kind];
    if (best === 'unknown of a schedule') return isScheduled ? 'unknown' : 'likely';
    return best;
  });
  if (bests.includes('misses')) return 'misses';
  if (verdict === null || verdict === 'impossible') return verdict;
  if (bests.includes('unknown') && verdict !== 'unlikely') return 'unknown';
  return bests.length > 0 && verdict === 'fits' ? 'likely' : verdict;
}
