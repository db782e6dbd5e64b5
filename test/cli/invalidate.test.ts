import { describe, expect, test } from 'vitest';
import { Cli } from './harness.ts';

/** Notes every invalidation that is no dry run. */
function notes(cli: Cli): unknown[] {
  const done: unknown[] = [];
  const invalidate = cli.verbs.invalidate.bind(cli.verbs);
  cli.script({
    invalidate: async (request) => {
      if (!request.dryRun) done.push(request);
      return invalidate(request);
    },
  });
  return done;
}

describe('forewarm invalidate', () => {
  test('drops a few keys without a question', async () => {
    const cli = new Cli({ isTTY: true, env: { NO_COLOR: '1' } });
    cli.stock(3);
    const { code, out } = await cli.run('invalidate', 'source=profile', '--mode', 'drop');
    expect(code).toBe(0);
    expect(out).toContain('3 keys dropped');
    expect(cli.questions).toEqual([]);
    expect(await cli.verbs.get('profile:1')).toEqual({ state: 'missing' });
  });

  test('shows the blast radius of a dry run and changes nothing', async () => {
    const cli = new Cli();
    cli.stock(3);
    const done = notes(cli);
    const { code, out } = await cli.run('invalidate', 'prefix=profile:', '--mode', 'stale', '--dry-run');
    expect(code).toBe(0);
    expect(out).toBe(`3 keys would be marked stale

  source   keys
  profile     3

tiers that hold them: memory 3

some of them
  profile:1
  profile:2
  profile:3
`);
    expect(done).toEqual([]);
  });

  test.each([
    ['no', 5, 0],
    ['', 5, 0],
    ['y', 0, 1],
  ])(
    'asks on a terminal before more than 1,000 keys, and takes "%s" for an answer',
    async (answer, exit, n) => {
      const cli = new Cli({ isTTY: true, answer });
      cli.stock(1_001);
      const done = notes(cli);
      const { code } = await cli.run('invalidate', 'source=profile', '--mode', 'drop');
      expect(code).toBe(exit);
      expect(cli.questions).toEqual(['Drop 1,001 keys? [y/N] ']);
      expect(done).toHaveLength(n);
    },
  );

  test('does not ask with --yes', async () => {
    const cli = new Cli({ isTTY: true });
    cli.stock(1_001);
    expect((await cli.run('invalidate', 'source=profile', '--mode', 'drop', '--yes')).code).toBe(0);
    expect(cli.questions).toEqual([]);
  });

  test('refuses the empty selector unless everything is meant', async () => {
    const cli = new Cli();
    cli.stock(2);
    const done = notes(cli);
    const refused = await cli.run('invalidate', '--mode', 'drop');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('say --all to mean it');
    expect(done).toEqual([]);
    cli.script({ invalidate: async (request) => ({ ...(await noKeys(request)), keys: 2 }) });
    const { code, out } = await cli.run('invalidate', '--all', '--mode', 'stale', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).selector).toBe('temperature=hot,warm,cold');
  });

  test('goes on where no key can be counted, since what only readers fetched is in no catalog', async () => {
    const cli = new Cli({ isTTY: true, env: { NO_COLOR: '1' } });
    const done: unknown[] = [];
    cli.script({
      invalidate: async (request) => {
        if (!request.dryRun) done.push(request.selector);
        return { ...(await noKeys(request)), keys: request.dryRun ? 0 : null };
      },
    });
    const { code, out } = await cli.run('invalidate', 'prefix=profile:', '--mode', 'drop');
    expect({ code, out }).toEqual({ code: 0, out: 'every key of prefix=profile: dropped\n' });
    expect(done).toEqual(['prefix=profile:']);
  });

  test('exits with 4 when no key matches', async () => {
    const { code, out } = await new Cli().run('invalidate', 'key=profile:9', '--mode', 'drop');
    expect({ code, out }).toEqual({ code: 4, out: 'no key matches: key=profile:9\n' });
  });

  test('needs a mode', async () => {
    const { code, err } = await new Cli().run('invalidate', 'key=profile:9');
    expect(code).toBe(2);
    expect(err).toContain("'--mode <mode>' not specified");
  });

  test('names the run that warms the keys again', async () => {
    const cli = new Cli();
    cli.stock(2);
    const { out } = await cli.run('invalidate', 'source=profile', '--mode', 'stale', '--rewarm');
    expect(out).toContain('forewarm runs watch run-1');
  });
});

async function noKeys(request: { selector: string; mode: 'stale' | 'drop'; dryRun: boolean }) {
  const { selector, mode, dryRun } = request;
  return {
    selector,
    mode,
    dryRun,
    keys: 0,
    bySource: {},
    byTier: {},
    samples: [],
    unknownTags: [],
    stamp: null,
    run: null,
  };
}
