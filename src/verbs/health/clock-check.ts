/** The doctor's check of this host's clock against that of the jobs Redis. */
import { formatDuration } from '../../core/units.ts';
import { type DoctorCheck, ok, warning } from './doctor-check.ts';

/** A host whose clock is further off than this is worth a warning, in ms. */
const OFF_MS = 1_000;

/** `behind`: by how much the host's clock is behind the server's, in ms; undefined where the server has not told its time yet. */
export function clockCheck(behind: number | undefined): DoctorCheck {
  const name = 'clock';
  if (behind === undefined)
    return warning(name, 'not known: the Redis for jobs does not say', 'mend that first');
  const off = Math.abs(behind);
  if (off <= OFF_MS) {
    return ok(name, "this host's clock and that of the jobs Redis agree");
  }
  const seconds = formatDuration(Math.round(off / 1_000) * 1_000);
  const finding = `this host's clock is ${seconds} ${behind > 0 ? 'behind' : 'ahead of'} that of the jobs Redis, by which Forewarm goes`;
  return warning(name, finding, 'set the clocks of both hosts by NTP');
}
