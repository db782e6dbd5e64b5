/** Whoever changes something is on record, by whichever way they came into a process. */
import { hostname } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/app/connect.ts';
import { redisKeys } from '../../src/redis/keys.ts';
import { configOf, install, start, writeConfig } from '../support/build-installation.ts';
import { connectRedis } from '../support/redis.ts';
import { until } from '../support/waiting.ts';

test('a command, a program, a request and a message are on record, each with who it came from', async () => {
  const installation = await install({ aof: false });
  const app = await start(installation, ['api']);
  const read = async (count: number) =>
    until(
      'records',
      async () => (await app.verbs.audit()).actions,
      (actions) => actions.length >= count,
    );
  const command = await start(installation);
  await command.verbs.redrive({});
  // It ends at once, as a command does.
  await command.stop(Date.now() + 3_000);
  expect(await read(1)).toHaveLength(1);
  const file = await writeConfig(installation, configOf(installation));
  const program = await connect({ file, env: { USER: 'ann' } });
  onTestFinished(() => program.close());
  await program.warm({ selector: 'source=profile', id: 'one' });
  await read(2);
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${app.apiUrl}/v1/clear`, { method: 'POST', headers, body: '{}' });
  expect(answer.status, await answer.text()).toBe(200);
  await read(3);
  const redis = connectRedis(installation.server.url);
  await redis.xadd(redisKeys('forewarm').inbox(), '*', 'source', 'profile');
  const actions = await read(4);
  expect(actions.map(({ who, way, verb }) => [way, verb, who])).toEqual([
    ['inbox', 'invalidate', 'inbox'],
    ['api', 'clear', 'loopback'],
    ['library', 'warm', `ann@${hostname()}`],
    ['cli', 'redrive', expect.stringMatching(new RegExp(`.@${hostname()}$`))],
  ]);
});
