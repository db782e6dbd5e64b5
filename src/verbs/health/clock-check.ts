/** The doctor's check of this host's clock against that of the jobs Redis. */
import { formatDuration } from '../../core/units.ts';

/** A host whose clock is further off than this is worth a warning, in ms. */
const OFF_MS = 1_000;

/** `behind`: by how much the host's clock is behind the server's, in ms. */
export function clockCheck(behind: number) {
  const name = 'clock';
  const off = Math.abs(behind);
  if (off <= OFF_MS) {
    return {
      name,
      state: 'ok' as const,
      finding: "this host's clock and that of the jobs Redis agree",
      remedy: null,
    };
  }
  const seconds = formatDuration(Math.round(off / 1_000) * 1_000);
  const finding = `this host's clock is ${seconds} ${behind > 0 ? 'behind' : 'ahead of'} that of the jobs Redis, by which Forewarm goes`;
  return { name, state: 'warning' as const, finding, remedy: 'set the clocks of both hosts by NTP' };
}
