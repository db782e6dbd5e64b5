import { expect, test } from 'vitest';
import type { Explanation } from '../../src/verbs/explain/explanation-shapes.ts';
import { Cli } from './harness.ts';

const COLD: Partial<Explanation> = {
  verdict: 'cold',
  why: [{ cause: 'past-ttl', sentence: 'Its value is past its ttl.', until: null, by: null, command: null }],
  delays: [
    {
      ...{ cause: 'refresh-paused', sentence: 'Schedule "warm" is paused, by ann: moving\u001b[2J house.' },
      ...{ until: null, by: 'ann', command: 'schedules resume warm' },
    },
  ],
  fences: [{ target: 'tag=market:1', mode: 'stale', at: -60_000 }],
  attempts: [{ at: -5_000, outcome: 'failed', reason: 'answered 500', run: 'r1' }],
  runs: [{ run: 'r1', schedule: 'nightly', outcome: null, endedAt: null }],
  reads: 12.4,
  reported: { since: 0, overMs: 3_600_000, by: ['reader 7 on here'] },
  command: 'forewarm schedules resume warm',
};

/** What `explain` says of a key, changed. */
async function told(change: Partial<Explanation>, options: ConstructorParameters<typeof Cli>[0] = {}) {
  const cli = new Cli(options);
  cli.stock(1);
  const known = await cli.verbs.explain('profile:1');
  const now = cli.clock.now();
  const moved = {
    ...change,
    ...(change.fences && { fences: change.fences.map((fence) => ({ ...fence, at: now + fence.at })) }),
    ...(change.attempts && { attempts: change.attempts.map((each) => ({ ...each, at: now + each.at })) }),
  };
  cli.script({ explain: async () => ({ ...known, ...moved }) });
  return cli;
}

test('explain says why, what holds it back, what is known of its past, and the command that helps', async () => {
  const { code, out } = await (await told(COLD)).run('explain', 'profile:1');
  expect(code).toBe(3);
  expect(out).toContain('profile:1 is cold\n\nwhy\n  Its value is past its ttl.\n');
  expect(out).toContain('what holds it back\n  Schedule "warm" is paused, by ann: moving [2J house.\n');
  expect(out).toContain('invalidations that hide what is stored\n  tag=market:1 (stale), 1m ago\n');
  expect(out).toContain('last attempts that did not succeed\n  5.0s ago, run r1: failed: answered 500\n');
  expect(out).toContain('last runs that had it\n  r1 (schedule nightly): not ended yet\n');
  expect(out).toContain('about 12 times in the last hour, as reader 7 on here reports');
  expect(out).toContain('forewarm schedules resume warm  # what would make it warm');
});

test('explain fits 80 columns', async () => {
  const cli = await told(COLD, { isTTY: true, columns: 80, env: { NO_COLOR: '1' } });
  const { out } = await cli.run('explain', 'profile:1');
  expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test.each([
  ['warm', {}, 0],
  ['cold', COLD, 3],
  ['unknown', { ...COLD, verdict: 'unknown' as const }, 6],
  ['cold while the jobs Redis is away', { ...COLD, catalogued: null }, 6],
])('explain exits by what it knows: %s', async (_, change, code) => {
  expect((await (await told(change)).run('explain', 'profile:1')).code).toBe(code);
});

test('explain writes what the verb returns as JSON, and refuses a key of no source', async () => {
  const cli = await told(COLD);
  const { out } = await cli.run('explain', 'profile:1', '--json');
  expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(await cli.verbs.explain('profile:1'))));
  expect(await new Cli().run('explain', 'nowhere')).toMatchObject({
    code: 2,
    err: expect.stringContaining('fits no source'),
  });
});
