import { describe, expect, test } from 'vitest';
import type { CoverageReport } from '../../src/verbs/coverage.ts';
import { Cli } from './harness.ts';

const tier = (name: string, change: Partial<CoverageReport['tiers'][number]> = {}) => ({
  ...{ tier: name, total: 1_000, fresh: 990, due: 10, stale: 0, missing: 0 },
  ...{ unavailable: 0, unlisted: 0, absent: 0, bytes: 1_234_567 },
  ...{ missingSamples: [], error: null, ...change },
});

function report(...tiers: CoverageReport['tiers']): CoverageReport {
  return {
    ...{ selector: 'source=profile', total: 1_000, tiers },
    sources: [{ source: 'profile', total: 1_000, warm: 998 }],
    reasons: [],
    outlived: [],
    unread: [],
    shrunk: [],
  };
}

describe('forewarm check', () => {
  test('shows coverage per tier and exits with 0 when the shared tiers are all warm', async () => {
    const cli = new Cli();
    const cold = tier('memory', { fresh: 0, due: 0, missing: 1_000, bytes: 0 });
    cli.script({ check: async () => report(cold, tier('redis'), tier('disk')) });
    const { code, out } = await cli.run('check', 'source=profile');
    expect(code).toBe(0);
    expect(out).toBe(`1,000 keys source=profile

  tier     warm  total  fresh  due  stale  missing    bytes
  memory    0 %  1,000      0    0      0    1,000      0 B
  redis   100 %  1,000    990   10      0        0  1.23 MB
  disk    100 %  1,000    990   10      0        0  1.23 MB

  source     warm   keys
  profile  99.8 %  1,000
`);
  });

  test('shows how much of what is warm is absences, where there are any', async () => {
    const cli = new Cli();
    cli.script({ check: async () => report(tier('redis', { absent: 1_000, bytes: 0 }), tier('disk')) });
    const { code, out } = await cli.run('check', 'source=profile');
    expect(code).toBe(0);
    expect(out).toContain(`
  tier    warm  total  fresh  due  stale  missing    bytes  absent
  redis  100 %  1,000    990   10      0        0      0 B   1,000
  disk   100 %  1,000    990   10      0        0  1.23 MB       0
`);
  });

  test('names sources with values older than their ttl is now, and the command that fetches them again', async () => {
    const cli = new Cli({ columns: 200 });
    const outlived = [{ source: 'profile', keys: 7 }];
    cli.script({ check: async () => ({ ...report(tier('redis')), outlived }) });
    const { code, out } = await cli.run('check');
    expect(code).toBe(0);
    expect(out).toContain('profile: 7 values are older than its ttl is now');
    expect(out).toContain('forewarm warm source=profile --force  # fetch them again');
    expect((await cli.run('check', 'prefix=profile:1')).out).toContain(
      'forewarm warm prefix=profile:1 --force',
    );
  });

  test('names what is missing and why, and exits with 3', async () => {
    const cli = new Cli();
    const holed = tier('redis', {
      fresh: 988,
      missing: 2,
      missingSamples: ['profile:1', 'profile:\u001b[2J'],
    });
    cli.script({
      check: async () => ({ ...report(holed), reasons: [{ reason: 'the origin answered 500', keys: 2 }] }),
    });
    const { code, out } = await cli.run('check');
    expect(code).toBe(3);
    expect(out).toContain('redis  99.8 %');
    expect(out).toContain('missing in redis (2)\n  profile:1\n  profile: [2J\n');
    expect(out).toContain('why the last attempts failed\n  2 × the origin answered 500\n');
    expect(out).toContain('forewarm warm       # warm what is not');
  });

  test('says of which set much is gone, counts that as not warm, and exits with 3', async () => {
    const cli = new Cli();
    const short = tier('redis', { total: 200, fresh: 1, due: 0, unlisted: 199, bytes: 12 });
    const shrunk = [{ source: 'profile', entities: ['e'], listed: 1, missing: 199, keys: 200 }];
    cli.script({ check: async () => ({ ...report(short), total: 200, shrunk }) });
    const { code, out } = await cli.run('check');
    expect(code).toBe(3);
    expect(out).toContain('in no set\n  redis  0.5 %    200');
    expect(out).toContain(
      'entity set "e" gives 1 key of profile: 199 of the 200 that are kept warm are in no set any more\n',
    );
    expect(out).toContain('forewarm gc');
  });

  test('does not call a tier warm that did not answer', async () => {
    const cli = new Cli();
    cli.script({ check: async () => report(tier('redis'), tier('disk', { error: 'disk I/O error' })) });
    const { code, out } = await cli.run('check');
    expect(code).toBe(6);
    expect(out).toContain('no answer');
    expect(out).toContain('disk: disk I/O error');
  });

  test('never rounds up to 100 %', async () => {
    const cli = new Cli();
    const almost = tier('redis', { total: 100_000, fresh: 99_999, due: 0, missing: 1 });
    cli.script({ check: async () => ({ ...report(almost), total: 100_000 }) });
    expect((await cli.run('check')).out).toContain('99.9 %');
  });

  test('exits with 4 when no key matches', async () => {
    const { code, out } = await new Cli().run('check', 'source=profile');
    expect({ code, out }).toEqual({ code: 4, out: 'no key matches: source=profile\n' });
  });

  test('writes the report as one JSON document', async () => {
    const cli = new Cli();
    cli.script({ check: async (_, samples) => ({ ...report(tier('redis')), total: samples }) });
    const { out } = await cli.run('check', '--samples', '7', '--json');
    expect(JSON.parse(out)).toEqual({ ...report(tier('redis')), total: 7 });
  });
});
