/** Whether the user of the jobs Redis may do what the program does there, the queue included. */
import type { RedisClients } from '../../redis/clients.ts';
import { lackingPermissions, permissionRules } from '../../redis/permissions.ts';
import { type DoctorCheck, error, ok } from './doctor-check.ts';

const NAME = 'redis permissions';

interface PermissionCheckDeps {
  readonly clients: Pick<RedisClients, 'jobs' | 'isOne'>;
  readonly prefixes: { readonly records: string; readonly entries: string };
}

/** Nothing to say while the server does not answer, which is said elsewhere. */
export async function permissionChecks({ clients, prefixes }: PermissionCheckDeps): Promise<DoctorCheck[]> {
  const { records } = prefixes;
  const names = { records, entries: clients.isOne ? prefixes.entries : undefined };
  const lacking = await lackingPermissions(clients.jobs, names).catch(() => undefined);
  if (lacking === undefined) return [];
  if (lacking.length === 0) return [ok(NAME, 'this user may do all that is needed, the queue included')];
  const remedy = `give this user what it lacks: ACL SETUSER NAME ${permissionRules(names).join(' ')}`;
  return [error(NAME, lacking.join('; '), remedy)];
}
