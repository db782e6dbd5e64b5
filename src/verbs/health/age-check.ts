/** The doctor's check of how values age, against how often they are refreshed. */
import { type DoctorCheck, ok, warning } from './doctor-check.ts';

/** `notes`: where ttl, refresh-ahead and schedule cannot hold together. */
export function ageChecks(
  notes: readonly { readonly path: string; readonly message: string }[],
): DoctorCheck[] {
  if (notes.length === 0) return [ok('temperatures', 'every value lives from one refresh to the next')];
  return notes.map(({ path, message }) =>
    warning('temperatures', `${path}: ${message}`, 'lengthen the ttl, or refresh more often'),
  );
}
