/** Asking what a user may do ends in time, also where the server accepts what is sent and never answers. */
import { expect, onTestFinished, test } from 'vitest';
import { doctor } from '../../../src/verbs/health/doctor.ts';
import type { DoctorDeps } from '../../../src/verbs/health/examination.ts';
import { drive, FakeClock } from '../../support/fake-clock.ts';
import { connectRedis } from '../../support/redis.ts';
import { startRedisServer } from '../../support/redis-server.ts';

test('a server that hangs holds the check up no longer than a check may take', async () => {
  const server = await startRedisServer();
  onTestFinished(() => server.remove());
  const clock = new FakeClock();
  const jobs = connectRedis(server.url);
  onTestFinished(() => server.thaw());
  const clients = { jobs, isOne: true };
  const deps = { clients, prefixes: { records: 'forewarm', entries: 'fw:' }, clock };
  // The rest of what a doctor is given is not asked by this check.
  const examine = () => doctor(deps as unknown as DoctorDeps, ['redis-permissions']);
  expect(await examine()).toMatchObject({ level: 'ok', unexamined: [] });
  server.freeze();
  expect(await drive(clock, examine())).toMatchObject({
    findings: [],
    unexamined: [{ check: 'redis-permissions', reason: 'no answer within 5s' }],
  });
});
