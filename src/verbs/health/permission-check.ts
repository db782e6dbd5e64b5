/** Whether the user of the jobs Redis may do what the program does there, the queue included. */
import type { Clock } from '../../core/clock.ts';
import type { RedisClients } from '../../redis/clients.ts';
import { lackingPermissions, permissionRules } from '../../redis/permissions.ts';
import { type DoctorCheck, error, inTime, ok } from './doctor-check.ts';

const NAME = 'redis permissions';

interface PermissionCheckDeps {
  readonly clients: Pick<RedisClients, 'jobs' | 'isOne'>;
  readonly prefixes: { readonly records: string; readonly entries: string };
  readonly clock: Clock;
}

/** Nothing to say while the server does not answer, which is said elsewhere. */
export async function permissionChecks({
  clients,
  prefixes,
  clock,
}: PermissionCheckDeps): Promise<DoctorCheck[]> {
  const { records } = prefixes;
  const names = { records, entries: clients.isOne ? prefixes.entries : undefined };
  const lacking = await inTime(clock, () => lackingPermissions(clients.jobs, names)).catch(() => undefined);
  if (lacking === undefined) return [];
  if (lacking.length === 0) return [ok(NAME, 'this user may do all that is needed, the queue included')];
  const remedy = `give this user what it lacks: ACL SETUSER NAME ${permissionRules(names).join(' ')}`;
  return [error(NAME, lacking.join('; '), remedy)];
}
