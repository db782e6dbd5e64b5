import { stat } from 'node:fs/promises';
import { type DoctorCheck, ok, problem } from '../../doctor-check.ts';

const OTHERS_WRITE = 0o002;
/** Only who owns a file may remove it, as in /tmp. */
const STICKY = 0o1000;

export const dataFolder: DoctorCheck = {
  id: 'data-folder',
  whether: 'nobody else can write to the data folder',
  worst: 'problem',
  why: 'Whoever can replace the files of the private Redis or of the disk tier decides what applications read.',
  needsJobs: false,
  async examine({ configuration: { data } }) {
    const about = await stat(data).catch(() => undefined);
    if (about === undefined) return [ok(data, 'it is not there yet')];
    const isOpen = (about.mode & OTHERS_WRITE) !== 0 && (about.mode & STICKY) === 0;
    if (!isOpen) return [ok(data, 'only this user can write to it')];
    return [problem(data, 'every user of this host can write to it', `\`chmod o-w ${data}\``)];
  },
};
