/** Whether the jobs Redis takes writes now, whatever else it answers. */
import type { RedisClients } from '../../../../redis/clients.ts';
import { remedyOf } from '../../../../redis/refusals.ts';
import { refusalOfWrites } from '../../../../redis/write-probe.ts';
import { type DoctorCheck, ok, problem } from '../../doctor-check.ts';

const REMEDY = 'read the log of the server of redis.jobs';

export const redisWrites: DoctorCheck = {
  id: 'redis-writes',
  whether: 'the jobs Redis takes writes',
  worst: 'problem',
  why: 'A server that is full, lacks replicas, cannot write to its disk, or is a replica answers every question and takes no work.',
  needsJobs: true,
  async examine({ clients, prefixes, clock }) {
    const began = clock.elapsed();
    const refusal = await refusalOfWrites(clients.jobs, prefixes.records);
    if (refusal === undefined)
      return [ok('redis.jobs', `written and removed in ${(clock.elapsed() - began).toFixed(1)} ms`)];
    return [problem('redis.jobs', `it refuses writes: ${refusal}`, remedyOf(refusal) ?? REMEDY)];
  },
};

/** Why work could not be recorded there now; undefined when it could. */
export async function whyNoWrites({
  clients,
  prefixes,
}: {
  readonly clients: Pick<RedisClients, 'jobs'>;
  readonly prefixes: { readonly records: string };
}): Promise<string | undefined> {
  const refusal = await refusalOfWrites(clients.jobs, prefixes.records);
  if (refusal === undefined) return undefined;
  return `the jobs Redis refuses writes: ${refusal}; ${remedyOf(refusal) ?? REMEDY}`;
}
