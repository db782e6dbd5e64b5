import { askerText } from '../../../../core/asker.ts';
import { instantText } from '../../../../core/written-time.ts';
import { type DoctorCheck, type Found, note, ok } from '../../doctor-check.ts';

export const schedulePaused: DoctorCheck = {
  id: 'schedule-paused',
  whether: 'no schedule is paused without an end',
  worst: 'note',
  why: 'What was paused for an hour of work is easily forgotten; nothing of it is warmed meanwhile.',
  needsJobs: true,
  async examine({ scheduleViews }) {
    const found = (await scheduleViews()).flatMap(({ name, paused }): Found[] => {
      if (paused === null || paused.until !== null) return [];
      const since = instantText(paused.since);
      const finding = `paused without an end since ${since}, by ${askerText(paused)}`;
      return [note(`schedules.${name}`, finding, `\`forewarm schedules resume ${name}\``)];
    });
    return found.length > 0 ? found : [ok('schedules', 'none is paused without an end')];
  },
};
