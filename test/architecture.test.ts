import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  ambientProblems,
  contractProblems,
  cycleProblems,
  floorProblems,
  functionProblems,
  type House,
  lengthProblems,
  ownerProblems,
  patternProblems,
  raceProblems,
  readHouse,
  readSource,
  readTree,
  type SourceFile,
  tableProblems,
} from './support/architecture.ts';
import { eagerVerbProblems } from './support/loaded-at-start.ts';

/** The places that pass time, randomness and environment in. */
const EDGES = [
  'src/core/clock.ts',
  'src/api-client/wall-clock.ts',
  'src/settings/**',
  'src/app/**',
  'src/cli/**',
];
/** What `npm run docs` writes is as long as what it is made from. */
const GENERATED = 'src/api-client/generated/';

const house = readHouse(readFileSync('docs/architecture.md', 'utf8'));
const tree = readTree('src');
const tests = readTree('test');
const pages = readTree('console/src');

interface Rule {
  readonly title: string;
  readonly problems: (files: readonly SourceFile[], house: House) => string[];
  readonly files: readonly SourceFile[];
  /** Sources that break the rule, and what must be said of them. */
  readonly planted: readonly { readonly path: string; readonly text: string; readonly says: string }[];
}

const many = (line: string, count: number) => `${line}\n`.repeat(count);

const RULES: readonly Rule[] = [
  {
    title: 'imports only go down',
    problems: floorProblems,
    files: tree,
    planted: [
      {
        path: 'src/core/a.ts',
        text: `import { x } from '../tiers/tier.ts';`,
        says: 'src/core/a.ts:1 imports src/tiers/tier.ts',
      },
      {
        path: 'src/core/a.ts',
        text: `\nimport type { X } from '../app/x.ts';`,
        says: 'src/core/a.ts:2 imports src/app/x.ts',
      },
      {
        path: 'src/tiers/a.ts',
        text: `export type { X } from '../origins/origin.ts';`,
        says: 'imports src/origins/origin.ts',
      },
      { path: 'src/tiers/a.ts', text: `export * from '../policy/a.ts';`, says: 'imports src/policy/a.ts' },
      {
        path: 'src/core/a.ts',
        text: `import '../../console/src/main.ts';`,
        says: 'imports console/src/main.ts',
      },
      {
        path: 'src/jobs/a.ts',
        text: `const x = await import('../tiers/redis/redis-tier.ts');`,
        says: 'imports src/tiers/redis/redis-tier.ts',
      },
      {
        path: 'src/api/a.ts',
        text: `type X = import('../queue/queue.ts').Queue;`,
        says: 'imports src/queue/queue.ts',
      },
      { path: 'src/flow/a.ts', text: `import x from '../corefile.ts';`, says: 'imports src/corefile.ts' },
      { path: 'src/cellar/a.ts', text: '', says: 'src/cellar is not in the floor table' },
    ],
  },
  {
    title: 'the console knows the client of the API, its own packages and nothing else',
    problems: (files, tables) => [...floorProblems(files, tables), ...ownerProblems(files, tables)],
    files: pages,
    planted: [
      {
        path: 'console/src/a.tsx',
        text: `import { rateText } from '../../src/core/budget.ts';`,
        says: 'console/src/a.tsx:1 imports src/core/budget.ts, which console/src may not',
      },
      {
        path: 'console/src/views/a.tsx',
        text: `import type { Verbs } from '../../../src/verbs/verbs.ts';`,
        says: 'imports src/verbs/verbs.ts',
      },
      { path: 'console/src/a.ts', text: `import { z } from 'zod';`, says: 'its owners are src/**' },
      { path: 'console/src/a.ts', text: `import React from 'react';`, says: 'imports react' },
    ],
  },
  {
    title: 'no imports go in circles, type imports included',
    problems: cycleProblems,
    files: tree,
    planted: [
      {
        path: 'src/core/a.ts',
        text: `import type { A } from './a.ts';`,
        says: 'circle: src/core/a.ts -> src/core/a.ts',
      },
      {
        path: 'src/core/clock.ts',
        text: `import './b.ts'; export * from './clock.ts'`,
        says: 'circle: src/core/clock.ts',
      },
    ],
  },
  {
    title: 'each package is imported by its owners only',
    problems: ownerProblems,
    files: tree,
    planted: [
      {
        path: 'src/tiers/memory/memory-tier.ts',
        text: `import { Redis } from 'ioredis';`,
        says: 'src/tiers/memory/memory-tier.ts:1 imports ioredis',
      },
      {
        path: 'src/jobs/a.ts',
        text: `import type { Job } from 'bullmq';`,
        says: 'its owners are src/queue/**',
      },
      {
        path: 'src/catalog/a.ts',
        text: `import { DatabaseSync } from 'node:sqlite';`,
        says: 'imports node:sqlite',
      },
      { path: 'src/queue/a.ts', text: `import x from 'fastify/types/x.js';`, says: 'imports fastify' },
      {
        path: 'src/core/a.ts',
        text: `import x from '@some/thing/deep';`,
        says: 'imports @some/thing; by docs/architecture.md nobody',
      },
    ],
  },
  {
    title: 'no source file is longer than 300 lines',
    problems: (files) => lengthProblems(files, 300),
    files: [...tree, ...pages].filter(({ path }) => !path.startsWith(GENERATED)),
    planted: [
      {
        path: 'src/core/a.ts',
        text: many('f();', 301),
        says: 'src/core/a.ts has 301 lines; 300 are allowed',
      },
    ],
  },
  {
    title: 'no test file is longer than 400 lines',
    problems: (files) => lengthProblems(files, 400),
    files: tests,
    planted: [
      { path: 'test/core/a.test.ts', text: many('f();', 401), says: 'test/core/a.test.ts has 401 lines' },
    ],
  },
  {
    title: 'no function is longer than 40 lines',
    problems: (files) => functionProblems(files, 40),
    files: [...tree, ...pages],
    planted: [
      {
        path: 'src/core/a.ts',
        text: `function long() {\n${many('f();', 39)}}`,
        says: 'src/core/a.ts:1 long has 41 lines',
      },
      {
        path: 'src/core/a.ts',
        text: `const long = () => {\n${many('f();', 39)}};`,
        says: 'src/core/a.ts:1 long has 41 lines',
      },
      {
        path: 'src/core/a.ts',
        text: `class A {\n  long() {\n${many('f();', 39)}}\n}`,
        says: 'src/core/a.ts:2 long has 41 lines',
      },
    ],
  },
  {
    title: 'contracts are small and leave no member open',
    problems: contractProblems,
    files: tree,
    planted: [
      {
        path: 'src/tiers/tier.ts',
        text: `interface Tier { get?(): void }`,
        says: 'src/tiers/tier.ts:1 Tier.get is optional',
      },
      {
        path: 'src/budget/ledger.ts',
        text: `interface L { a?: number; f: () => void }`,
        says: 'L.a is optional',
      },
      {
        path: 'src/queue/queue.ts',
        text: `interface Queue { ${Array.from({ length: 13 }, (_, i) => `m${i}(): void;`).join(' ')} }`,
        says: 'Queue has 13 members; 12 are allowed',
      },
    ],
  },
  {
    title: 'a process loads no code of a verb that nobody asked for',
    problems: eagerVerbProblems,
    files: tree,
    planted: [
      {
        path: 'src/api/routes/plan-routes.ts',
        text: `import { type PlanVerbs, planVerbs } from '../../verbs/plans/plans.ts';`,
        says: 'src/api/routes/plan-routes.ts loads src/verbs/plans/plans.ts at the start',
      },
      {
        path: 'src/verbs/runs/run-shapes.ts',
        text: `export { runMethods } from './runs.ts';`,
        says: 'src/verbs/runs/run-shapes.ts loads src/verbs/runs/runs.ts at the start',
      },
      {
        path: 'src/app/verbs.ts',
        text: `import { entryVerbs } from '../verbs/entries.ts';`,
        says: 'src/app/verbs.ts loads src/verbs/entries.ts at the start',
      },
    ],
  },
  {
    title: 'waits are bounded by the helpers of flow',
    problems: raceProblems,
    files: tree,
    planted: [
      {
        path: 'src/tiers/a.ts',
        text: 'await Promise.race([work, late]);',
        says: 'src/tiers/a.ts:1 uses Promise.race; see src/flow/deadline.ts',
      },
      { path: 'src/cli/a.ts', text: 'f(AbortSignal.timeout(5));', says: 'uses AbortSignal.timeout' },
    ],
  },
  {
    title: 'no regular expression takes more than linear time',
    problems: patternProblems,
    files: tree,
    planted: [
      {
        path: 'src/core/a.ts',
        text: String.raw`const a = 1;
f(/\s+$/);`,
        says: String.raw`src/core/a.ts:2 takes quadratic time on a run of " ": /\s+$/`,
      },
      { path: 'src/core/a.ts', text: 'f(/^(?:a+)+$/);', says: 'takes exponential time on a run of "a"' },
    ],
  },
  {
    title: 'time, randomness and environment are passed in',
    problems: (files) => ambientProblems(files, EDGES),
    files: tree,
    planted: [
      { path: 'src/core/a.ts', text: 'const now = Date.now();', says: 'src/core/a.ts:1 uses Date.now' },
      { path: 'src/core/a.ts', text: 'const now = Date.now;', says: 'uses Date.now' },
      { path: 'src/flow/a.ts', text: 'const now = new Date();', says: 'uses new Date()' },
      { path: 'src/flow/a.ts', text: 'setTimeout(f, 1);', says: 'uses setTimeout()' },
      { path: 'src/flow/a.ts', text: 'globalThis.setInterval(f, 1);', says: 'uses globalThis.setInterval' },
      {
        path: 'src/flow/a.ts',
        text: `import { setTimeout } from 'node:timers/promises';`,
        says: 'uses node:timers/promises',
      },
      { path: 'src/tiers/a.ts', text: 'const dice = Math.random();', says: 'uses Math.random' },
      { path: 'src/tiers/a.ts', text: `const home = process.env['HOME'];`, says: 'uses process.env' },
      { path: 'src/tiers/a.ts', text: 'const { env } = process;', says: 'uses process' },
      { path: 'src/tiers/a.ts', text: 'const ms = performance.now();', says: 'uses performance.now' },
    ],
  },
];

for (const { title, problems, files, planted } of RULES) {
  describe(`architecture: ${title}`, () => {
    test('holds for every file', () => {
      expect(problems(files, house)).toEqual([]);
    });

    for (const { path, text, says } of planted) {
      test(`says of a planted file: ${says}`, () => {
        const others = files.filter((file) => file.path !== path);
        expect(problems([...others, readSource(path, text)], house).join('\n')).toContain(says);
      });
    }
  });
}

describe('what the architecture is read from', () => {
  test('the floor table lets no folder import its own floor or a higher one', () => {
    expect(tableProblems(house)).toEqual([]);
    const upward = '| 0 | `src/core` | words | flow |\n| 1 | `src/flow` | rates | core |';
    expect(tableProblems(readHouse(upward))).toEqual([
      'the floor table lets src/core import flow, which is not below it',
    ]);
  });

  test('the tables are found in docs/architecture.md', () => {
    expect(house.floors.get('src/tiers')).toEqual({ floor: 3, mayImport: ['core', 'flow', 'redis'] });
    expect(house.floors.get('src/http')).toEqual({ floor: 8, mayImport: ['core', 'flow'] });
    expect(house.owners.get('bullmq')).toEqual(['src/queue/**']);
  });

  test('every contract file exists and holds a contract', () => {
    expect(house.contracts.length).toBeGreaterThan(10);
    for (const path of house.contracts) {
      const file = tree.find((candidate) => candidate.path === path);
      expect(
        file?.interfaces.some(({ callable }) => callable),
        path,
      ).toBe(true);
    }
  });

  test('harmless look-alikes are left alone', () => {
    const text = `import { setImmediate } from 'node:timers/promises'; socket.setTimeout(5); const at = new Date(0); const e = { setTimeout: 1, env: clock.now() };`;
    expect(readSource('src/flow/a.ts', text).ambient).toEqual([]);
  });
});
