import { describe, expect, test } from 'vitest';
import { Cli } from './harness.ts';

describe('forewarm clear', () => {
  test.each([
    ['y', 0, 0],
    ['', 5, 3],
  ])('asks on a terminal, and takes "%s" for an answer', async (answer, code, left) => {
    const cli = new Cli({ isTTY: true, answer });
    cli.stock(3);
    expect((await cli.run('clear')).code).toBe(code);
    expect(cli.questions).toEqual(['Drop every value? [y/N] ']);
    const found = await Promise.all(['profile:1', 'profile:2', 'profile:3'].map((key) => cli.verbs.get(key)));
    expect(found.filter(({ state }) => state !== 'missing')).toHaveLength(left);
  });

  test('does nothing where it cannot ask, except with --yes', async () => {
    const cli = new Cli();
    cli.stock(3);
    const refused = await cli.run('clear');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('say --yes');
    expect(await cli.verbs.get('profile:1')).toMatchObject({ state: 'value' });
    const { code, out } = await cli.run('clear', '--mode', 'stale', '--rewarm', '--yes');
    expect(code).toBe(0);
    expect(out).toContain('everything marked stale; 3 keys will be warmed');
    expect(out).toContain('forewarm runs watch run-1');
  });
});
