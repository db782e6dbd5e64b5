import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { LocalProbes } from '../../src/catalog/local-probes.ts';
import { RedisProbes } from '../../src/catalog/redis-probes.ts';
import { redisKeys } from '../../src/redis/keys.ts';
import { PROBES_CLAUSES, type ProbesSubject } from '../contract/probes.ts';
import { describeContract } from '../contract/suite.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const SUBJECTS: Readonly<Record<string, () => ProbesSubject>> = {
  'on Redis': () => {
    const redis = connectRedis();
    onTestFinished(() => redis.disconnect());
    const prefix = uniquePrefix();
    const make = () => new RedisProbes({ redis, prefix, holder: randomUUID() });
    return { one: make(), other: make(), pass: () => redis.del(redisKeys(prefix).probed('o')) };
  },
  'of one process': () => {
    const clock = new FakeClock();
    const probes = new LocalProbes({ clock });
    return { one: probes, other: probes, pass: () => clock.advance(10_000) };
  },
};

for (const [where, subject] of Object.entries(SUBJECTS)) {
  describeContract(`probes ${where}`, PROBES_CLAUSES, subject);
}

test('a process that was too slow leaves the claim of the next one alone', async () => {
  const { one, other, pass } = SUBJECTS['on Redis']?.() ?? {};
  expect(await one?.claim('o')).toBe('claimed');
  await pass?.();
  expect(await other?.claim('o')).toBe('claimed');
  await one?.note('o', { at: 1, failure: undefined });
  expect(await one?.claim('o')).toBe('asked');
});

test('a probe in Redis speaks for ten seconds and no longer', async () => {
  const redis = connectRedis();
  onTestFinished(() => redis.disconnect());
  const prefix = uniquePrefix();
  const probes = new RedisProbes({ redis, prefix, holder: 'a' });
  await probes.claim('o');
  await probes.note('o', { at: 1, failure: undefined });
  const left = await redis.pttl(redisKeys(prefix).probed('o'));
  expect(left).toBeGreaterThan(5_000);
  expect(left).toBeLessThanOrEqual(10_000);
});
