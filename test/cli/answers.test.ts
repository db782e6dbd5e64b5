import { expect, test } from 'vitest';
import { Cli } from './harness.ts';

const REASON = 'tier "redis" did not answer: its breaker is open';

function cliWith({ silent = false, options = {} } = {}): Cli {
  const cli = new Cli(options);
  cli.verbs.put('profile:here', '{}');
  cli.verbs.put('profile:none', '', { kind: 'absent' });
  cli.verbs.expect(['profile:gone']);
  if (silent) cli.verbs.silent.push({ tier: 'redis', reason: REASON });
  return cli;
}

test.each([
  ['profile:here', false, 0, /^$/],
  ['profile:none', false, 4, /the origin says that there is no such value/],
  ['profile:gone', false, 4, /nothing servable is stored/],
  ['profile:here', true, 0, /^$/],
  ['profile:none', true, 4, /the origin says/],
  ['profile:gone', true, 6, /E_TIER_UNAVAILABLE.*is not known: tier "redis" did not answer/],
])(
  'forewarm get of %s, with a tier away: %s, exits with %i and says which it is',
  async (key, silent, code, words) => {
    const got = await cliWith({ silent }).run('get', key);
    expect(got.code).toBe(code);
    expect(got.err).toMatch(words);
  },
);

test('forewarm get --json says which of the four it is', async () => {
  const get = async (silent: boolean, key: string) => {
    const { out, err } = await cliWith({ silent }).run('get', key, '--json');
    return JSON.parse(out === '' ? err : out);
  };
  expect(await get(false, 'profile:here')).toMatchObject({ state: 'value' });
  expect(await get(false, 'profile:none')).toMatchObject({ state: 'absent' });
  expect(await get(false, 'profile:gone')).toMatchObject({ error: { code: 'E_NOT_FOUND' } });
  expect(await get(true, 'profile:gone')).toMatchObject({
    error: { code: 'E_TIER_UNAVAILABLE', details: { tiers: [{ tier: 'redis', reason: REASON }] } },
  });
});

test.each([
  ['profile:here', false, 0, /answer +value/],
  ['profile:none', false, 4, /answer +absent: the origin says/],
  ['profile:gone', false, 4, /answer +missing/],
  ['profile:gone', true, 6, /answer +unavailable: a tier that may have it does not answer/],
])('forewarm inspect of %s, with a tier away: %s, exits with %i', async (key, silent, code, words) => {
  const inspected = await cliWith({ silent }).run('inspect', key);
  expect(inspected.code).toBe(code);
  expect(inspected.out).toMatch(words);
});

test('forewarm list shows which keys are absent, missing and unavailable, and exits with 6 for these', async () => {
  const keys = 'key=profile:here,profile:none,profile:gone';
  const listed = await cliWith().run('list', keys);
  expect(listed.code).toBe(0);
  expect(listed.out).toMatch(/profile:here +fresh /);
  expect(listed.out).toMatch(/profile:none +fresh, absent/);
  expect(listed.out).toMatch(/profile:gone +missing/);
  const silent = await cliWith({ silent: true }).run('list', keys);
  expect(silent.code).toBe(6);
  expect(silent.out).toMatch(/profile:gone +unavailable/);
});
