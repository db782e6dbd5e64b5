import { expect, test } from 'vitest';
import { redisClock } from '../../../src/verbs/health/checks/redis/clock.ts';
import { examine } from '../../support/findings.ts';

test.each([
  [0, 'ok', "this host's clock and that of the jobs Redis agree"],
  [-999, 'ok', "this host's clock and that of the jobs Redis agree"],
  [5_000, 'warning', "this host's clock is 5s behind that of the jobs Redis, by which Forewarm goes"],
  [-61_000, 'warning', "this host's clock is 1m1s ahead of that of the jobs Redis, by which Forewarm goes"],
])('the doctor says of a clock that is %s ms behind: %s, %s', async (behind, level, finding) => {
  const look = { clockBehind: () => behind, jobsInfo: async () => () => '' };
  expect(await examine(redisClock, look)).toMatchObject([{ level, finding }]);
});

test('the doctor cannot tell while the jobs Redis does not tell its time', async () => {
  const look = { clockBehind: () => undefined, jobsInfo: async () => () => '' };
  await expect(examine(redisClock, look)).rejects.toThrow('does not tell its time');
});

test('the doctor does not go by what the jobs Redis told before it fell silent', async () => {
  const jobsInfo = () => Promise.reject(new Error('no answer within 2 s'));
  await expect(examine(redisClock, { clockBehind: () => 0, jobsInfo })).rejects.toThrow('no answer');
});
