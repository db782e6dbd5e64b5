/** Asking what a user may do ends in time, also where the server accepts what is sent and never answers. */
import { expect, onTestFinished, test } from 'vitest';
import { permissionChecks } from '../../../src/verbs/health/permission-check.ts';
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
  expect(await permissionChecks(deps)).toMatchObject([{ state: 'ok' }]);
  server.freeze();
  expect(await drive(clock, permissionChecks(deps))).toEqual([]);
});
