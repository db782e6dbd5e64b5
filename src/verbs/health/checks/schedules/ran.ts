import { instantText } from '../../../../core/written-time.ts';
import { gapsOf } from '../../../../policy/gaps.ts';
import { nominalTimes } from '../../../../policy/nominal-times.ts';
import { type DoctorCheck, type Found, ok, warning } from '../../doctor-check.ts';

/** A schedule whose time came so often since it was first seen, and which never fired, is worth a look. */
const TIMES = 2;

export const scheduleRan: DoctorCheck = {
  id: 'schedule-ran',
  whether: 'each schedule whose time has come has fired',
  worst: 'warning',
  why: 'A schedule that never fires, because its window, calendar or overlap lets no time through, is as good as none.',
  needsJobs: true,
  async examine({ schedules, ticks, scheduleViews }) {
    const [views, { states, now }] = await Promise.all([
      scheduleViews(),
      ticks.states(schedules.map(({ name }) => name)),
    ]);
    const found = schedules.flatMap(({ name, rule }, i): Found[] => {
      const view = views.find((each) => each.name === name);
      const opened = states[i]?.opened;
      if (opened === undefined || view === undefined || view.lastAt !== null || view.paused !== null)
        return [];
      const times = nominalTimes(rule);
      const gap = gapsOf(times, opened, TIMES)?.longest ?? Number.POSITIVE_INFINITY;
      if (opened + TIMES * gap > now) return [];
      const since = instantText(opened);
      const remedy = `\`forewarm schedules show ${name}\` says why each of its times was skipped`;
      return [warning(`schedules.${name}`, `it is known since ${since}, and has never fired`, remedy)];
    });
    return found.length > 0 ? found : [ok('schedules', 'each whose time has come has fired')];
  },
};
