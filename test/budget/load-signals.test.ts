import { expect, it } from 'vitest';
import { LoadSignals } from '../../src/budget/load-signals.ts';

const failed = { outcome: 'failed', ms: 5_000 } as const;
const throttled = { outcome: 'throttled', ms: 5 } as const;

/** Nine calls of that epoch that fail. */
function nineFail(signals: LoadSignals, epoch: number) {
  for (let n = 0; n < 9; n += 1) signals.end(signals.begin(epoch, 0), failed, 0);
}

it("the signals of an origin's load say that most calls fail, of a window, however many that are", () => {
  const signals = new LoadSignals();
  nineFail(signals, 0);
  expect(signals.seen.failing).toBe(true);
  signals.hold(0, 0, 0, 1_000);
  expect(signals.seen.failing).toBe(false);
});

it("the signals of an origin's load take nothing from calls of before the limits were lowered, whose timeouts come seconds later", () => {
  const signals = new LoadSignals();
  nineFail(signals, 0);
  signals.hold(1, 1, 0, 500);
  expect(signals.seen.failing).toBe(false);
  nineFail(signals, 0);
  signals.end(signals.begin(0, 500), throttled, 505);
  expect(signals.seen).toMatchObject({ epoch: 1, failing: false, throttled: undefined, slow: false });
  nineFail(signals, 1);
  expect(signals.seen.failing).toBe(true);
});

it("the signals of an origin's load keep which limit was exceeded until it is lowered", () => {
  const signals = new LoadSignals();
  signals.end(signals.begin(0, 0), throttled, 5);
  signals.hold(0, 0, 0, 9_000);
  expect(signals.seen.throttled).toBe('rate');
  signals.hold(1, 1, 0, 9_001);
  expect(signals.seen.throttled).toBeUndefined();
});
