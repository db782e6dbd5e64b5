import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import type { TestSpecification } from 'vitest/node';

/** What takes longest, by how paths begin: begun last, it would run on while the other workers have nothing left to do. */
const LONG = ['chaos/', 'hostile/', 'tiers/s3.', 'bench/', 'integration/', 'workers/', 'app/', 'queue/'];

class LongestFirst {
  async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files;
  }

  async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const path = relative('test', moduleId);
  const rank = LONG.findIndex((start) => path.startsWith(start));
  return rank === -1 ? LONG.length : rank;
}

// Files run in a process each, and many start processes of their own: what they all load is compiled once.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // One more than the two cores that are promised: many files wait for processes and for time to pass.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
});
