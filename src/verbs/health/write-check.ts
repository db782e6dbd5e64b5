/** Whether the jobs Redis takes writes now, whatever else it answers. */
import type { Clock } from '../../core/clock.ts';
import type { RedisClients } from '../../redis/clients.ts';
import { remedyOf } from '../../redis/refusals.ts';
import { refusalOfWrites } from '../../redis/write-probe.ts';
import { type DoctorCheck, error, inTime, ok } from './doctor-check.ts';

const NAME = 'redis writes';
const REMEDY = 'read the log of the server of redis.jobs';

interface WriteCheckDeps {
  readonly clients: Pick<RedisClients, 'jobs'>;
  readonly prefixes: { readonly records: string };
  readonly clock: Clock;
}

/** Nothing to say while the server does not answer at all, which is said elsewhere. */
export async function writeChecks({ clients, prefixes, clock }: WriteCheckDeps): Promise<DoctorCheck[]> {
  const began = clock.elapsed();
  const probe = () => refusalOfWrites(clients.jobs, prefixes.records).then((refusal) => ({ refusal }));
  const ended = await inTime(clock, probe).catch(() => undefined);
  if (ended === undefined) return [];
  const { refusal } = ended;
  if (refusal === undefined)
    return [ok(NAME, `written and removed in ${(clock.elapsed() - began).toFixed(1)} ms`)];
  return [error(NAME, `it refuses writes: ${refusal}`, remedyOf(refusal) ?? REMEDY)];
}

/** Why work could not be recorded there now; undefined when it could. */
export async function whyNoWrites({
  clients,
  prefixes,
}: Omit<WriteCheckDeps, 'clock'>): Promise<string | undefined> {
  const refusal = await refusalOfWrites(clients.jobs, prefixes.records);
  if (refusal === undefined) return undefined;
  return `the jobs Redis refuses writes: ${refusal}; ${remedyOf(refusal) ?? REMEDY}`;
}
