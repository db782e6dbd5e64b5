/** Whatever ends what started it, nothing is left running; `signals.full.ts` has every signal and every way to start. */
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { TEST_PATIENCE, until, within } from '../support/waiting.ts';
import { endedBy, KILLED_NPM, marked, NODE, started } from './signals.ts';

describe.skipIf(process.platform !== 'linux')('nothing is left running', () => {
  test('after the npm that started it was killed', async () => {
    expect(await endedBy(KILLED_NPM)).toBe(true);
  });

  test('when nobody reads the log any more, and work in hand is finished', async () => {
    const { child, mark } = await started(NODE);
    const exit = once(child, 'exit');
    child.stdout?.destroy();
    child.kill('SIGTERM');
    const [code] = await within(TEST_PATIENCE, 'the exit', exit);
    expect(code).toBe(141);
    await until(
      'the end',
      async () => marked(mark),
      (left) => left.length === 0,
    );
  });
});
