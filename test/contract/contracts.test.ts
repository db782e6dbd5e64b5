/** Every contract of the table in `docs/architecture.md` has a suite, and every suite has liars. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contractsIn, suiteProblems } from '../support/contract-suites.ts';

const table = contractsIn(readFileSync('docs/architecture.md', 'utf8'));
const files = readdirSync('test/contract');

/** Still to be written. A suite that is there must go from this list. */
const MISSING = [
  'JobKind has no test/contract/job-kind.ts',
  'Ledger has no test/contract/ledger.ts',
  'Catalog has no catalog.liars.test.ts',
  'Versions has no test/contract/versions.ts',
  'Popularity has no test/contract/popularity.ts',
  'Runs has no runs.liars.test.ts',
  'DeadLetters has no test/contract/dead-letters.ts',
  'Registry has no test/contract/registry.ts',
  'Queue has no test/contract/queue.ts',
  'Leases has no test/contract/leases.ts',
  'Fetcher has no test/contract/fetcher.ts',
];

describe('the contracts table', () => {
  test('names the contracts with their files', () => {
    expect(table.length).toBeGreaterThan(15);
    expect(table).toContainEqual({ contract: 'Tier', file: 'src/tiers/tier.ts' });
  });

  test('has a suite for each contract, and liars for each suite', () => {
    expect(suiteProblems(table, files)).toEqual(MISSING);
  });

  test('fails on a planted row without a suite', () => {
    const planted = '## Contracts\n\n| `CoffeeMaker` | `src/core/coffee.ts` | coffee | filter |\n\n## Next';
    expect(suiteProblems(contractsIn(planted), files)).toEqual([
      'CoffeeMaker has no test/contract/coffee-maker.ts',
    ]);
  });

  test('fails on a suite whose liars are missing', () => {
    expect(suiteProblems([{ contract: 'Tier', file: 'src/tiers/tier.ts' }], ['tier.ts'])).toEqual([
      'Tier has no tier.liars.test.ts',
    ]);
  });
});
