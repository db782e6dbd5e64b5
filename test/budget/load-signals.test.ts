import { expect, it } from 'vitest';
import { LoadSignals } from '../../src/budget/load-signals.ts';

const failed = { outcome: 'failed', ms: 5_000 } as const;

it("the signals of an origin's load say that most calls fail, of a window, however many that are", () => {
  const signals = new LoadSignals();
  for (let n = 0; n < 9; n += 1) signals.count(failed, 0);
  expect(signals.seen.failing).toBe(true);
  signals.hold(0, 0, 1_000);
  expect(signals.seen.failing).toBe(false);
});

it("the signals of an origin's load take nothing from calls of before the limits were lowered, whose timeouts come seconds later", () => {
  const signals = new LoadSignals();
  for (let n = 0; n < 9; n += 1) signals.count(failed, 0);
  signals.hold(1, 1, 500);
  expect(signals.seen.failing).toBe(false);
  for (let n = 0; n < 9; n += 1) signals.count(failed, 0);
  signals.count({ outcome: 'throttled', ms: 5 }, 0);
  expect(signals.seen).toMatchObject({ epoch: 1, failing: false, throttled: false, slow: false });
  for (let n = 0; n < 9; n += 1) signals.count(failed, 1);
  expect(signals.seen.failing).toBe(true);
});
