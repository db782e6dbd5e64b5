import { messageOf } from '../../../../core/errors.ts';
import { type DoctorCheck, type Found, ok, problem } from '../../doctor-check.ts';

export const scheduleCalendars: DoctorCheck = {
  id: 'schedule-calendars',
  whether: 'the calendar of each schedule can be read',
  worst: 'problem',
  why: 'Without it nobody knows when the schedule must not fire, so it does not fire at all.',
  needsJobs: false,
  async examine({ schedules, calendars }) {
    const named = schedules.filter(({ rules }) => rules.calendar !== undefined);
    const found = await Promise.all(
      named.map(async ({ name, rules }): Promise<Found> => {
        const where = `schedules.${name}.calendar`;
        try {
          return ok(where, `${(await calendars.windows(rules.calendar)).length} windows`);
        } catch (failure) {
          return problem(where, messageOf(failure), 'mend that file, or name another');
        }
      }),
    );
    return found.length > 0 ? found : [ok('schedules', 'none has a calendar')];
  },
};
