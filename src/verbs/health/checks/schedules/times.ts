import { instantText } from '../../../../core/written-time.ts';
import { type DoctorCheck, type Found, ok, warning } from '../../doctor-check.ts';

export const scheduleTimes: DoctorCheck = {
  id: 'schedule-times',
  whether: 'each schedule has a time that is still to come',
  worst: 'warning',
  why: 'A schedule whose last time has passed fires no more, and says nothing.',
  needsJobs: true,
  async examine({ scheduleViews }) {
    return (await scheduleViews()).map(({ name, nextAt, times, paused }): Found => {
      const where = `schedules.${name}`;
      if (nextAt !== null) return ok(where, `next at ${instantText(nextAt)}`);
      if (paused !== null) return ok(where, 'it is paused; see schedule-paused');
      const finding = `"${times}" names no time that is still to come`;
      return warning(where, finding, 'give it times that come, or take it out of the configuration');
    });
  },
};
