import { expect, test } from 'vitest';
import { readDocument } from '../../src/settings/document/document.ts';

/** Calls it with so much less of the stack left. */
function below(calls: number, act: () => void): void {
  if (calls === 0) act();
  else below(calls - 1, act);
}

/** How many such calls the stack takes: fewer or more, by how the engine has compiled them meanwhile. */
function mostCalls(): number {
  let calls = 1_000;
  try {
    for (; ; calls += 200) below(calls, () => undefined);
  } catch {
    return calls;
  }
}

test('a configuration that nests without brackets is refused, wherever the stack ends while it is read', () => {
  const [said, most] = [new Set<string | undefined>(), mostCalls()];
  const TOO_DEEP = 'not YAML: it is nested too deeply';
  for (let share = 0; share < 0.95; share += 0.02) {
    below(Math.floor(most * share), () => {
      const { tree, findings } = readDocument('- '.repeat(1_000), {});
      expect(tree).toBeUndefined();
      said.add(findings[0]?.message);
    });
  }
  expect([...said]).toContain(TOO_DEEP);
});
