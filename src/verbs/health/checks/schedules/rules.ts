import { type DoctorCheck, type Found, ok, warning } from '../../doctor-check.ts';

export const scheduleRules: DoctorCheck = {
  id: 'schedule-rules',
  whether: 'schedulers go by the times that are configured here',
  worst: 'warning',
  why: 'The scheduler that started last leads. One with an older configuration keeps the times of that until one starts with this.',
  needsJobs: true,
  async examine({ scheduleViews }) {
    const found = (await scheduleViews()).flatMap(({ name, times, leading }): Found[] => {
      if (leading === null) return [];
      const finding = `schedulers go by "${leading.times}", and "${times}" is configured here`;
      return [warning(`schedules.${name}`, finding, 'restart the scheduler with this configuration')];
    });
    return found.length > 0 ? found : [ok('schedules', 'schedulers go by this configuration')];
  },
};
