import { expect, test } from 'vitest';
import type { QuarantinedKey } from '../../src/verbs/quarantine-shapes.ts';
import { Cli } from './harness.ts';

test('forewarm quarantine release passes on what stands behind it, and what is of the list before it alone', async () => {
  const cli = new Cli();
  const released: unknown[] = [];
  cli.script({ release: async (...asked) => released.push(asked) });
  const args = ['quarantine', 'release', '--origin', 'markets', '--why', 'it is well again', '--json'];
  expect(JSON.parse((await cli.run(...args)).out)).toEqual({ released: 1 });
  expect((await cli.run('quarantine', 'release', '--source', 'profile')).code).toBe(0);
  expect(released).toEqual([
    [[], { origin: 'markets', why: 'it is well again' }],
    [[], { source: 'profile' }],
  ]);
});

test('forewarm quarantine lists a part, says of how many, and how to go on and to release that part', async () => {
  const cli = new Cli();
  const now = cli.clock.now();
  const key: QuarantinedKey = {
    ...{ key: "profile:l'Isle", source: 'profile', origin: 'markets', reason: 'status 500' },
    ...{ failures: 10, at: now - 9_000, retryAt: now + 60_000 },
  };
  const asked: unknown[] = [];
  cli.script({
    quarantine: async (...of) => {
      asked.push(of);
      return { keys: [key], cursor: `${key.at} ${key.key}`, total: 2_500 };
    },
  });
  const { out } = await cli.run('quarantine', '--origin', 'markets', '--limit', '1');
  expect(asked).toEqual([[1, { origin: 'markets' }]]);
  expect(out).toContain('1 key of 2,500');
  expect(out).toContain('quarantine --origin markets --limit 1 --cursor ');
  expect(out).toContain('quarantine release --origin markets');
});
