/** Every contract of the table in `docs/architecture.md` has a suite, and every suite has liars. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contractsIn, suiteProblems } from '../support/contract-suites.ts';

const table = contractsIn(readFileSync('docs/architecture.md', 'utf8'));
const files = readdirSync('test/contract');

describe('the contracts table', () => {
  test('names the contracts with their files', () => {
    expect(table.length).toBeGreaterThan(15);
    expect(table).toContainEqual({ contract: 'Tier', file: 'src/tiers/tier.ts' });
  });

  test('has a suite for each contract, and liars for each suite', () => {
    expect(suiteProblems(table, files)).toEqual([]);
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
