import { stat } from 'node:fs/promises';
import { someOf } from '../../../../core/counted.ts';
import { type DoctorCheck, type Found, note, ok, warning } from '../../doctor-check.ts';

const OTHERS_READ = 0o004;
/** Paths that are named. */
const NAMED = 5;

export const secretsInFile: DoctorCheck = {
  id: 'secrets-in-file',
  whether: 'the configuration file has no secrets in it that others can read',
  worst: 'warning',
  why: 'Files are copied, committed and backed up; a secret belongs in the environment, or in a file that only this user can read.',
  needsJobs: false,
  async examine({ configuration: { file, secretsInFile: paths } }) {
    if (paths.length === 0) return [ok(file, 'no secret is written in it')];
    return [await judged(file, someOf(paths, NAMED))];
  },
};

async function judged(file: string, named: string): Promise<Found> {
  // A configuration that was given as an object has no file.
  const mode = await stat(file).then(
    ({ mode }) => mode,
    () => 0,
  );
  if ((mode & OTHERS_READ) !== 0) {
    const finding = `secrets are written in it, and every user of this host can read it: ${named}`;
    return warning(file, finding, `write \${NAME} in their place, or \`chmod 600 ${file}\``);
  }
  const remedy = `write \${NAME} in their place, and set that variable`;
  return note(file, `secrets are written in it: ${named}`, remedy);
}
