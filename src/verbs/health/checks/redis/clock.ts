import { formatDuration } from '../../../../core/units.ts';
import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';

/** A host whose clock is further off than this is worth a warning, in ms. */
export const CLOCK_OFF_MS = 1_000;

/** `1m1s behind` of a clock that is this much behind, in ms; in whole seconds. */
export function clockWords(behind: number): string {
  const seconds = formatDuration(Math.round(Math.abs(behind) / 1_000) * 1_000);
  return `${seconds} ${behind > 0 ? 'behind' : 'ahead of'}`;
}

export const redisClock: DoctorCheck = {
  id: 'clock',
  whether: "this host's clock and that of the jobs Redis agree",
  worst: 'warning',
  why: 'Everything goes by the clock of the jobs Redis. A host whose clock is off logs wrong times, and goes by wrong ones while Redis is away.',
  needsJobs: true,
  async examine({ clockBehind, jobsInfo }) {
    // The last answer may be old: a server that hangs agrees with nobody.
    await jobsInfo();
    const behind = clockBehind();
    if (behind === undefined) throw new Error('the Redis for jobs does not tell its time');
    if (Math.abs(behind) <= CLOCK_OFF_MS)
      return [ok('this host', "this host's clock and that of the jobs Redis agree")];
    const finding = `this host's clock is ${clockWords(behind)} that of the jobs Redis, by which Forewarm goes`;
    return [warning('this host', finding, 'set the clocks of both hosts by NTP')];
  },
};
