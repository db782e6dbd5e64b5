import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LocalProbes } from '../../src/catalog/local-probes.ts';
import type { Probes } from '../../src/catalog/probes.ts';
import { RedisProbes } from '../../src/catalog/redis-probes.ts';
import { redisKeys } from '../../src/redis/keys.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

interface Subject {
  /** Two who ask; in Redis two processes. */
  readonly one: Probes;
  readonly other: Probes;
  /** Lets the ten seconds pass. */
  pass(): Promise<unknown>;
}

const SUBJECTS: Readonly<Record<string, () => Subject>> = {
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

describe.each(Object.entries(SUBJECTS))('probes %s', (_, subject) => {
  test('are claimed by one, and then tell everybody what was found', async () => {
    const { one, other, pass } = subject();
    expect(await one.claim('o')).toBe('claimed');
    expect(await other.claim('o')).toBe('asked');
    expect(await other.claim('p')).toBe('claimed');
    await one.note('o', { at: 7, failure: 'refused' });
    expect(await one.claim('o')).toEqual({ at: 7, failure: 'refused' });
    expect(await other.claim('o')).toEqual({ at: 7, failure: 'refused' });
    await pass();
    expect(await other.claim('o')).toBe('claimed');
    await other.note('o', { at: 8, failure: undefined });
    expect(await one.claim('o')).toEqual({ at: 8, failure: undefined });
  });

  test('that were not made after all are free again', async () => {
    const { one, other } = subject();
    expect(await one.claim('o')).toBe('claimed');
    await one.note('o', undefined);
    expect(await other.claim('o')).toBe('claimed');
  });
});

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
