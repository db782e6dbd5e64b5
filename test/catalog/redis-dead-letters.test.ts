import { expect, test } from 'vitest';
import type { LostKey } from '../../src/catalog/dead-letters.ts';
import { DEAD_LETTERS_KEPT, RedisDeadLetters } from '../../src/catalog/redis-dead-letters.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const create = () => new RedisDeadLetters({ redis: connectRedis(), prefix: uniquePrefix() });

function lostKey(key: string, at: number, rest: Partial<LostKey> = {}): LostKey {
  return { source: 'quote', key, run: undefined, reason: 'status 500', at, attempts: 3, ...rest };
}

test('lists letters newest first, as they were added', async () => {
  const letters = create();
  const second = lostKey('b', 20, { run: 'r1', reason: 'a | bar,\na line and "quotes"' });
  await letters.add([lostKey('c', 30), lostKey('a', 10), second]);
  const listed = await letters.list(2);
  expect(listed.map(({ key }) => key)).toEqual(['c', 'b']);
  expect(listed[1]).toEqual({ ...second, id: expect.stringMatching(/^[\w-]{22}$/) });
  expect(await letters.total()).toBe(3);
  expect(await letters.list(0)).toEqual([]);
});

test('keeps one letter for a key, with the latest reason and all its attempts', async () => {
  const letters = create();
  await letters.add([lostKey('a', 10), lostKey('a', 10, { source: 'profile' })]);
  const [before] = await letters.list(1);
  await letters.add([lostKey('a', 20, { reason: 'status 404', attempts: 2 })]);
  const listed = await letters.list(10);
  expect(listed).toHaveLength(2);
  expect(listed[0]).toMatchObject({ source: 'quote', reason: 'status 404', at: 20, attempts: 5 });
  expect(listed.map(({ id }) => id)).toContain(before?.id);
});

test('counts attempts once though a letter is added twice', async () => {
  const letters = create();
  await letters.add([lostKey('a', 10)]);
  await letters.add([lostKey('a', 10)]);
  expect(await letters.list(10)).toMatchObject([{ attempts: 3 }]);
});

test('gives back what it takes away, and leaves out what is not there', async () => {
  const letters = create();
  await letters.add([lostKey('a', 10), lostKey('b', 20)]);
  const [b, a] = await letters.list(10);
  const ids = [a?.id ?? '', 'unknown', a?.id ?? ''];
  expect(await letters.take(ids)).toEqual([a]);
  expect(await letters.take(ids)).toEqual([]);
  expect(await letters.list(10)).toEqual([b]);
  expect(await letters.take([])).toEqual([]);
});

test('keeps only the newest letters', async () => {
  const letters = create();
  await letters.add(Array.from({ length: DEAD_LETTERS_KEPT + 1_500 }, (_, i) => lostKey(`key:${i}`, i)));
  expect(await letters.total()).toBe(DEAD_LETTERS_KEPT);
  const all = await letters.list(DEAD_LETTERS_KEPT + 1_500);
  expect(all).toHaveLength(DEAD_LETTERS_KEPT);
  expect(all.at(-1)?.key).toBe('key:1500');
});
