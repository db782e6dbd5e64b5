/** The jobs Redis answers every question, and refuses what is written: doctor and readiness find out, and say what to do. */
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { permissionRules } from '../../../src/redis/permissions.ts';
import { install, start } from '../../support/build-installation.ts';
import { findingOf } from '../../support/findings.ts';
import { connectRedis } from '../../support/redis.ts';
import { startRedisServer } from '../../support/redis-server.ts';

const RULES = permissionRules({ records: 'forewarm', entries: 'fw:' });

/** An app whose user has these rules, and whoever may change the server. */
async function setup(rules: readonly string[] = RULES) {
  const installation = await install({ aof: true });
  const admin = connectRedis(installation.server.url);
  await admin.call('ACL', 'SETUSER', 'app', 'on', '>pw', ...rules);
  const jobs = installation.server.url.replace('redis://', 'redis://app:pw@');
  const app = await start(installation, [], { redis: { jobs } });
  const look = async () => {
    const [writes, { needs }] = await Promise.all([findingOf(app, 'redis-writes'), app.verbs.ready()]);
    const reasons = needs.flatMap(({ reason }) => reason ?? []);
    return { writes, reasons };
  };
  return { admin, look };
}

const fill = (redis: Redis) => redis.config('SET', 'maxmemory', '1');

const STATES: readonly (readonly [string, (redis: Redis) => Promise<unknown>, RegExp, RegExp])[] = [
  ['whose memory is full', fill, /^it refuses writes: OOM /, /raise `maxmemory`/],
  [
    'that has too few replicas',
    (redis) => redis.config('SET', 'min-replicas-to-write', '3'),
    /NOREPLICAS/,
    /lower `min-replicas-to-write`/,
  ],
  [
    'that became a replica',
    async (redis) => {
      const primary = await startRedisServer();
      onTestFinished(() => primary.remove());
      await redis.replicaof('127.0.0.1', primary.port);
    },
    /READONLY/,
    /name the server that takes writes/,
  ],
];

test.each(STATES)('a server %s is found out, and nothing is left behind', async (_, spoil, says, remedy) => {
  const { admin, look } = await setup();
  expect(await look()).toMatchObject({ reasons: [], writes: { level: 'ok', remedy: null } });
  expect(await admin.keys('forewarm:*probe')).toEqual([]);
  await spoil(admin);
  const { writes, reasons } = await look();
  expect(writes).toMatchObject({ level: 'problem', finding: expect.stringMatching(says) });
  expect(writes?.remedy).toMatch(remedy);
  expect(reasons).toEqual([expect.stringMatching(remedy)]);
});

const RIGHTS: readonly (readonly [string, readonly string[]])[] = [
  ['scripts', [...RULES, '-eval', '-evalsha']],
  ['to set values', [...RULES, '-set']],
  ['names under the prefix', ['~other:*', ...RULES.filter((rule) => !rule.startsWith('~'))]],
];

test.each(RIGHTS)('a user who may not use %s is told so', async (_, rules) => {
  const { writes, reasons } = await (await setup(rules)).look();
  expect(writes).toMatchObject({ level: 'problem', remedy: expect.stringContaining('ACL SETUSER') });
  expect(reasons).toEqual([expect.stringContaining('ACL SETUSER')]);
});
