/** What decides the answer of a plan, and is no figure: of a schedule that may not fire, of keys that are left alone, of short lists. */
import { count, counted } from '../../core/counted.ts';
import { type ShrunkSource, shrinkWords } from '../../core/shrunk-source.ts';
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
        : [`origin ${origin} is paused until ${instant(state.pausedUntil)}: ${state.pauseReason}`],
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
  const by = (who: string, why: string) => `${who && `, by ${who}`}${why && `: ${why}`}`;
  if (paused !== null) {
    const until = paused.until === null ? 'it is resumed' : instant(paused.until);
    notes.push(`schedule ${name} is paused until ${until}${by(paused.by, paused.why)}`);
  }
  for (const { nominal, by: who, why } of asked)
    if (nominal > now && nominal <= startsAt)
      notes.push(`its tick of ${instant(nominal)} is left out${by(who, why)}; this is of the one after it`);
  if (nextAt === null) notes.push('it has no next tick as things stand: this is of a run that begins now');
  return notes;
}

/** `2026-11-28T18:00:00Z`. */
function instant(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
