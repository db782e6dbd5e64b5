import { type DoctorCheck, ok, problem } from '../../doctor-check.ts';

export const scheduleZones: DoctorCheck = {
  id: 'schedule-zones',
  whether: 'this Node knows the time zones of all schedules',
  worst: 'problem',
  why: 'Zones come with Node (ICU). A process that does not know one cannot fire its schedules, and one with old data fires them an hour off where a country has changed its clocks.',
  needsJobs: false,
  examine({ schedules, host }) {
    const zones = new Set(schedules.flatMap(({ rule }) => rule.timezone ?? []));
    const strange = [...zones].filter((zone) => !isKnown(zone));
    if (strange.length === 0)
      return [ok('schedules', `${[...zones].join(', ') || 'no zone'} (${host.zoneData})`)];
    const remedy = 'use a Node with full ICU, or another zone';
    return strange.map((zone) => problem('schedules', `time zone ${zone} is not known here`, remedy));
  },
};

function isKnown(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
