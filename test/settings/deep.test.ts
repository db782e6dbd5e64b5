import { expect, test } from 'vitest';
import { readDocument } from '../../src/settings/document/document.ts';

/** Calls it with so much less of the stack left. */
function below(calls: number, act: () => void): void {
  if (calls === 0) act();
  else below(calls - 1, act);
}

test('a configuration that nests without brackets is refused, wherever the stack ends while it is read', () => {
  const said = new Set<string | undefined>();
  for (let calls = 0; calls <= 6_000; calls += 200) {
    below(calls, () => {
      const { tree, findings } = readDocument('- '.repeat(1_000), {});
      expect(tree).toBeUndefined();
      said.add(findings[0]?.message);
    });
  }
  expect([...said]).toContain('not YAML: it is nested too deeply');
});
