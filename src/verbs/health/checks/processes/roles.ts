import { type DoctorCheck, type Found, ok, warning } from '../../doctor-check.ts';

const ROLES = ['worker', 'scheduler'] as const;

export const processRoles: DoctorCheck = {
  id: 'roles',
  whether: 'a worker and a scheduler are running',
  worst: 'warning',
  why: 'Without a worker nothing is warmed; without a scheduler no schedule fires, and its times are skipped.',
  needsJobs: true,
  async examine({ beats }) {
    const processes = await beats();
    return ROLES.map((role): Found => {
      const count = processes.filter(({ roles }) => roles.includes(role)).length;
      if (count > 0) return ok(`${role}s`, `${count} running`);
      return warning(`${role}s`, 'none is running', `start one: \`forewarm ${role}\`, or \`forewarm up\``);
    });
  },
};
