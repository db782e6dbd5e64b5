/** What decides the answer of a plan, and is no figure: of a schedule that may not fire, of keys that are left alone, of short lists. */

import { count, counted } from '../../core/counted.ts';
import { type ShrunkSource, shrinkWords } from '../../core/shrunk-source.ts';
import { instantText } from '../../core/written-time.ts';
import type { CountedSource, OriginOfPlan } from '../../warming/planning/plan-figures.ts';
import type { ScheduleView } from '../schedules/schedule-shapes.ts';
import type { PlanSubject } from './plan-subject.ts';

export interface NotedParts {
  readonly subject: PlanSubject;
  /** Of the schedule that is planned; undefined without one, or where nobody says how far it is. */
  readonly view: ScheduleView | undefined;
  readonly sources: readonly CountedSource[];
  readonly origins: readonly OriginOfPlan[];
  readonly shrunk: readonly ShrunkSource[];
  readonly now: number;
}

export function notesOf({ subject, view, sources, origins, shrunk, now }: NotedParts): string[] {
  const quarantined = Math.round(sources.reduce((sum, each) => sum + each.count.quarantined, 0));
  return [
    ...(view === undefined ? [] : scheduleNotes(view, subject, now)),
    ...origins.flatMap(({ origin, state }) =>
      state === undefined || state.pausedUntil <= now
        ? []
        : [`origin ${origin} is paused until ${instantText(state.pausedUntil)}: ${state.pauseReason}`],
    ),
    ...(quarantined === 0
      ? []
      : [`${counted(quarantined, 'key')} in quarantine ${quarantined === 1 ? 'is' : 'are'} left alone`]),
    ...shrunk.map(
      (each) =>
        `${shrinkWords(each)}: those ${count(each.missing)} are not in this plan, and the list may be short`,
    ),
  ];
}

function scheduleNotes(
  { name, paused, asked, nextAt }: ScheduleView,
  { startsAt }: PlanSubject,
  now: number,
) {
  const notes: string[] = [];
  // One that does not fire any more is told of among the reasons.
  if (paused !== null && nextAt !== null) {
    const until = paused.until === null ? 'it is resumed' : instantText(paused.until);
    const next = `this is of its next time, ${instantText(startsAt)}`;
    notes.push(`schedule ${name} is paused until ${until}${byText(paused)}; ${next}`);
  }
  for (const { nominal, ...asking } of asked)
    if (nominal > now && nominal <= startsAt)
      notes.push(
        `its tick of ${instantText(nominal)} is left out${byText(asking)}; this is of the one after it, ${instantText(startsAt)}`,
      );
  if (nextAt === null) notes.push('the figures are of a run that begins now');
  return notes;
}

/** `, by ann: release`; less where that was not said. */
export function byText({ by, why }: { readonly by: string; readonly why: string }): string {
  return `${by && `, by ${by}`}${why && `: ${why}`}`;
}
