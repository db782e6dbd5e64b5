/** The chaos run in its short form, and planted bugs, each of which it must find. The long form: `npm run test:chaos`. */
import { describe, expect, it } from 'vitest';
import type { FaultName } from './faults.ts';
import { BUGS, type Bug } from './planted.ts';
import { chaos } from './run.ts';

const SMALL = { readers: 3, workers: 1, below: 'disk' } as const;
/** A bug must be found within a minute. */
const SOON = 60;

/** What brings each bug to light soonest. */
const FAULTS_FOR: Readonly<Record<Bug, readonly FaultName[]>> = {
  'no-stamps': ['slow', 'pause', 'slow-origin'],
  'no-fences': ['slow'],
  'no-gaps': ['lose-log'],
  'young-again': ['slow'],
};

describe('processes that read, set, refresh and invalidate while everything fails in turn', () => {
  it('keep every promise', async () => {
    const { broken, counts } = await chaos({ ...SMALL, seed: 20_261_121, seconds: 12, lanes: 2 });
    expect(broken.join('\n')).toBe('');
    expect(counts.reads).toBeGreaterThan(500);
    expect(counts.faults).toBeGreaterThan(2);
  });

  it('keep every promise with a bucket below Redis', async () => {
    const faults = ['stop-bucket', 'slow', 'kill'] as const;
    const { broken, counts } = await chaos({ ...SMALL, seed: 3, seconds: 8, lanes: 1, below: 's3', faults });
    expect(broken.join('\n')).toBe('');
    expect(counts.reads).toBeGreaterThan(200);
    expect(counts.faults).toBeGreaterThan(1);
  });

  it.each(BUGS)('are found to break one with the planted bug %s', async (bug) => {
    const faults = FAULTS_FOR[bug];
    const { broken, foundAfter } = await chaos({ ...SMALL, seed: 7, seconds: SOON, lanes: 2, faults, bug });
    expect(broken.length).toBeGreaterThan(0);
    expect(foundAfter).toBeLessThan(SOON * 1_000);
    expect(broken[0]).toContain(`--bug ${bug}`);
  });
});
