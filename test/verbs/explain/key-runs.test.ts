/** In which of the last runs a key is looked for, and when it is said that not all were looked through. */
import { describe, expect, test } from 'vitest';
import type { Run, RunChunk } from '../../../src/catalog/runs/runs.ts';
import { OUTCOME_CODES } from '../../../src/core/outcome.ts';
import { keyRuns } from '../../../src/verbs/explain/key-runs.ts';
import { sourceWith } from '../../support/sources.ts';

const KEY = 'profile:x';

/** Runs of so many pieces each, the latest first; the last piece of each that `has` names holds the key, which failed there. */
function look(pieces: readonly number[], has: readonly number[]) {
  const read: string[] = [];
  // Only what is asked for is used.
  const latest = pieces.map((chunks, i) => ({ id: `run-${i}`, chunks, selector: '' }) as Run);
  const chunk = async (id: string, number: number) => {
    read.push(`${id}/${number}`);
    const at = Number(id.slice('run-'.length));
    const holds = has.includes(at) && number === (pieces[at] ?? 0) - 1;
    const keys = holds ? ['profile:a', KEY] : ['profile:a'];
    const outcomes = `${OUTCOME_CODES.warmed}${OUTCOME_CODES.failed}`.slice(0, keys.length);
    return { keys, outcomes } as unknown as RunChunk;
  };
  const list = async (limit: number) => ({ runs: latest.slice(0, limit), cursor: undefined });
  return { read, found: keyRuns({ runs: { list, chunk } }, sourceWith(), KEY) };
}

describe('the last runs that had a key', () => {
  test('are three at the most, with how it ended there, and no more runs are read', async () => {
    const { found, read } = look([1, 2, 1, 1, 1, 1], [0, 1, 3, 5]);
    const { found: runs, isAll } = await found;
    expect(runs.map(({ run, outcome }) => [run.id, outcome])).toEqual(
      ['run-0', 'run-1', 'run-3'].map((id) => [id, 'failed']),
    );
    expect(isAll).toBe(true);
    expect(read).not.toContain('run-4/0');
  });

  test('are looked for in the last twenty, and no further', async () => {
    const { found, read } = look(
      Array.from({ length: 30 }, () => 1),
      [25],
    );
    expect(await found).toMatchObject({ found: [], isAll: true });
    expect(read).toHaveLength(20);
  });

  test('are not all known where manifests are too long to be read, and a later one is not taken for the last', async () => {
    const { found, read } = look([50, 47, 1], [0, 2]);
    const { found: runs, isAll } = await found;
    expect([runs.map(({ run }) => run.id), isAll]).toEqual([['run-0'], false]);
    expect(read).not.toContain('run-2/0');
    const whole = await look([50, 46, 0], [0, 1]).found;
    expect([whole.found.map(({ run }) => run.id), whole.isAll]).toEqual([['run-0', 'run-1'], true]);
  });
});
