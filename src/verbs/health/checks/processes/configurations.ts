import { type DoctorCheck, ok, warning } from '../../doctor-check.ts';
import { hostsText, kindsOf } from './kinds-of.ts';

export const processConfigurations: DoctorCheck = {
  id: 'configurations',
  whether: 'all processes that live warm by the same configuration',
  worst: 'warning',
  why: 'What processes must agree on is what is warmed, from where, when, and how it is stored: the strictest budget holds for all, the rule of the scheduler that started last names the times, and the rest goes by whoever takes the job. Addresses and secrets may differ.',
  needsJobs: true,
  async examine({ beats, configuration }) {
    const kinds = kindsOf(await beats(), ({ knows }) => knows?.configuration);
    const mine = kinds.find(({ kind }) => kind === configuration.digest);
    const others = kinds.filter((kind) => kind !== mine);
    if (others.length === 0)
      return [ok('processes', mine === undefined ? 'none lives' : hostsText(mine.hosts))];
    const of = others.map(({ hosts }) => hostsText(hosts)).join('; ');
    const remedy = 'restart them with this configuration, or look at it from there (`forewarm config print`)';
    return [warning('processes', `another configuration than here has ${of}`, remedy)];
  },
};
