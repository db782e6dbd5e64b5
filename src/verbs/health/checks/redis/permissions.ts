import { lackingPermissions, permissionRules } from '../../../../redis/permissions.ts';
import { type DoctorCheck, ok, problem } from '../../doctor-check.ts';

export const redisPermissions: DoctorCheck = {
  id: 'redis-permissions',
  whether: 'the user of the jobs Redis may do what the program does there, the queue included',
  worst: 'problem',
  why: 'A right that is lacking shows when it is first needed, perhaps at night: in the queue, a script, or one kind of record.',
  needsJobs: true,
  async examine({ clients, prefixes }) {
    const { records } = prefixes;
    const names = { records, entries: clients.isOne ? prefixes.entries : undefined };
    const lacking = await lackingPermissions(clients.jobs, names);
    if (lacking.length === 0)
      return [ok('redis.jobs', 'this user may do all that is needed, the queue included')];
    const remedy = `give this user what it lacks: ACL SETUSER NAME ${permissionRules(names).join(' ')}`;
    return [problem('redis.jobs', lacking.join('; '), remedy)];
  },
};
