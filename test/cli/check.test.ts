import { describe, expect, test } from 'vitest';
import type { CoverageReport } from '../../src/verbs/coverage-shapes.ts';
import { Cli } from './harness.ts';

const tier = (name: string, change: Partial<CoverageReport['tiers'][number]> = {}) => ({
  ...{ tier: name, total: 1_000, fresh: 990, due: 10, stale: 0, missing: 0 },
  ...{ unavailable: 0, unlisted: 0, absent: 0, bytes: 1_234_567 },
  ...{ missingSamples: [], error: null, ...change },
});

function report(...tiers: CoverageReport['tiers']): CoverageReport {
  return {
    ...{ selector: 'source=profile', total: 1_000, tiers },
    sources: [{ source: 'profile', total: 1_000, warm: 998, fresh: 990, unknown: 0, tiers: [], reads: null }],
    ...{ reasons: [], reads: null, cold: [], verdict: null },
    outlived: [],
    unread: [],
    unanswered: [],
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
    expect(out).toContain('why keys are not warm\n  2 × the origin answered 500\n');
    expect(out).toContain('forewarm warm  # warm what is not');
    expect(out).not.toMatch(/quarantine|runs dead/);
    const reasons = [{ reason: 'in quarantine, failed: no', keys: 2 }];
    cli.script({ check: async () => ({ ...report(holed), reasons }) });
    const failed = await cli.run('check');
    for (const step of ['quarantine release', 'runs dead']) expect(failed.out).toContain(`forewarm ${step}`);
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

  test('names cold keys with the reason', async () => {
    const cli = new Cli();
    const cold = [
      { key: 'profile:1', source: 'profile', cause: 'failed', reason: 'The last attempt failed.' },
    ];
    cli.script({ check: async () => ({ ...report(tier('redis', { fresh: 989 })), cold }) });
    const { out } = await cli.run('check');
    expect(out).toContain('cold, such as\n  profile:1\n    The last attempt failed.\n');
    expect(out).toContain(' profile:1 ');
  });

  test('shows what is warm by what is read, where readers report', async () => {
    const cli = new Cli();
    const { sources, ...rest } = report(tier('redis'));
    const reads = { all: 1_200, warm: 600, overMs: 3_600_000 };
    cli.script({
      check: async () => ({ ...rest, reads, sources: sources.map((row) => ({ ...row, reads })) }),
    });
    const { out } = await cli.run('check');
    expect(out).toContain(`
  source     warm   keys  warm reads  reads
  profile  99.8 %  1,000        50 %  1,200
  by what is read: 50 % of about 1,200 reads in the last hour were of keys that are warm now (readers report samples)
`);
  });

  test('hands on what is demanded, and exits by that alone', async () => {
    const cli = new Cli();
    const asked: unknown[] = [];
    const holed = report(tier('redis', { fresh: 988, missing: 2 }));
    cli.script({
      check: async (_, __, demand) => {
        asked.push(demand);
        return { ...holed, verdict: { met: true, unknown: false, misses: [] } };
      },
    });
    const met = await cli.run('check', '--min', '99%', '--fresh', '0.95', '--tier', 'any', '--per', 'total');
    expect(met.code).toBe(0);
    expect(met.out).toContain('what was demanded is reached');
    expect(asked).toEqual([{ min: 0.99, fresh: 0.95, tier: 'any', per: 'total' }]);
  });

  const about = { source: 'profile', tier: 'redis', part: 998, total: 1_000, wanted: 0.999, short: 1 };
  const miss = { of: 'warm' as const, ...about, message: 'profile in redis: 998 of 1,000 keys are warm' };
  const open = { ...miss, of: 'known' as const, short: 0, message: 'profile in disk: a tier did not say' };
  const silent = tier('disk', { fresh: 0, due: 0, unavailable: 1_000, error: 'disk I/O error' });
  const tooCold = { met: false, unknown: false, misses: [miss] };
  const notKnown = { met: false, unknown: true, misses: [open] };

  test('exits with 7 and says which source misses a demand', async () => {
    const cli = new Cli();
    cli.script({ check: async () => ({ ...report(tier('redis'), tier('disk')), verdict: tooCold }) });
    const { code, out } = await cli.run('check', '--min', '99.9%');
    expect(code).toBe(7);
    expect(out).toContain(`not reached: ${miss.message}`);
  });

  test('exits with 6 where what did not answer decides, advises to look there, and calls nothing cold', async () => {
    const cli = new Cli();
    const known = report(tier('redis'), silent);
    const sources = known.sources.map((row) => ({ ...row, warm: 0, unknown: 1_000 }));
    cli.script({ check: async () => ({ ...known, sources, verdict: notKnown }) });
    const { code, out } = await cli.run('check', '--min', '99.9%');
    expect(code).toBe(6);
    expect(out).toContain(`not known: ${open.message}`);
    expect(out).toContain('profile  not known  1,000');
    expect(out).toMatch(/forewarm doctor +# what does not answer/);
    expect(out).not.toMatch(/ 0 %|forewarm warm|not reached/);
  });

  test('exits with 6 while the jobs Redis says nothing, and says what is not known for that', async () => {
    const cli = new Cli();
    const unanswered = ['whether entity sets lost keys lately is not known: away'];
    cli.script({ check: async () => ({ ...report(tier('redis'), tier('disk')), unanswered }) });
    const { code, out } = await cli.run('check');
    expect(code).toBe(6);
    expect(out).toContain(unanswered[0]);
    expect(out).toContain('forewarm doctor');
    expect(out).not.toContain('runs dead');
  });

  test('refuses a share that nobody can mean, with how to write one', async () => {
    for (const wrong of ['99', '101%', 'most']) {
      const { code, err } = await new Cli().run('check', '--min', wrong);
      expect([wrong, code]).toEqual([wrong, 2]);
      expect(err).toContain('Write a share from 0% to 100%, such as 99% or 0.99.');
    }
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
