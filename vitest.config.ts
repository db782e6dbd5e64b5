import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import type { TestSpecification } from 'vitest/node';

/** What takes longest, by how paths begin: begun last, it would run on while the other workers have nothing left to do. */
const LONG = [
  'chaos/',
  'hostile/',
  'console/',
  'tiers/s3.',
  'bench/',
  'integration/',
  'monitoring/',
  'workers/',
  'app/',
  'queue/',
];

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

// Many files start processes of their own: what they all load is compiled once.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Patience: it ends a test that hangs, and is no bound of what is tested. Beside eight busy loops everything takes ten times as long.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    // A process runs one file after the other, and Node itself loads them: nothing happens at import, so that files share what is
    // loaded. A process for each file, and Vite's own loader, cost a quarter of all processor time.
    isolate: false,
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // More than the two cores that are promised: many files wait for processes and for time to pass.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
  },
});
