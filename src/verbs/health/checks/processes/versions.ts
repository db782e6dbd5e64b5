import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';
import { hostsText, kindsOf } from './kinds-of.ts';

export const processVersions: DoctorCheck = {
  id: 'versions',
  whether: 'all processes that live are of one version',
  worst: 'warning',
  why: 'Versions work side by side during a deploy. Afterwards an old process hands back work that it does not know, and may hold up a schedule.',
  needsJobs: true,
  async examine({ beats }) {
    const kinds = kindsOf(await beats(), ({ knows }) => knows?.version);
    const words = kinds.map(({ kind, hosts }) => `${kind}: ${hostsText(hosts)}`);
    if (kinds.length < 2) return [ok('processes', words[0] ?? 'none lives')];
    return [warning('processes', words.join('; '), 'end those of the old version, once the deploy is over')];
  },
};
