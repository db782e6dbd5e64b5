import { type DoctorCheck, type Found, ok, warning } from '../../doctor-check.ts';
import { CLOCK_OFF_MS, clockWords } from '../redis/clock.ts';

export const processClocks: DoctorCheck = {
  id: 'process-clocks',
  whether: 'the clocks of the hosts of all processes agree with that of the jobs Redis',
  worst: 'warning',
  why: 'Everything goes by the clock of the jobs Redis; a host whose clock is off logs wrong times, and cannot sign requests to a bucket.',
  needsJobs: true,
  async examine({ beats }) {
    const off = new Map<string, Found>();
    for (const { host, behind } of await beats()) {
      if (behind === undefined || Math.abs(behind) <= CLOCK_OFF_MS) continue;
      const finding = `its clock is ${clockWords(behind)} that of the jobs Redis`;
      off.set(host, warning(`host ${host}`, finding, 'set the clocks of both hosts by NTP'));
    }
    return off.size > 0 ? [...off.values()] : [ok('hosts', 'their clocks agree')];
  },
};
