import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LedgerTime } from '../../src/budget/ledger-time.ts';

/** The ledger's clock is so far ahead of ours. */
const AHEAD = 1_800_000_000_000;

/** A reply that took so long to come, after a question that took a ms: how much later than it was by the ledger we take it to be. */
function errorOf(time: LedgerTime, now: number, replyMs: number, ahead = AHEAD): number {
  return time.heard(now + ahead, now - 1, now + replyMs) - now;
}

describe('the time of the ledger', () => {
  it('is told by the quickest reply, however late others come', () => {
    const time = new LedgerTime();
    errorOf(time, 0, 1);
    // What is known ages by half a ms in a second.
    for (const replyMs of [50, 700, 3, 200]) expect(errorOf(time, 100, replyMs)).toBeLessThan(1.5);
  });

  it('is never taken to be earlier than it is, nor later than when the reply is heard', () => {
    const reply = fc.record({ afterMs: fc.nat(2_000), replyMs: fc.nat(500) });
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 50 }), (replies) => {
        const time = new LedgerTime();
        let now = 0;
        for (const { afterMs, replyMs } of replies) {
          now += afterMs;
          const error = errorOf(time, now, replyMs);
          expect(error).toBeGreaterThan(-0.01);
          expect(error).toBeLessThan(replyMs + 0.01);
        }
      }),
    );
  });

  it.each([60_000, -60_000])('is learnt anew when the clock of the server is set (by %i ms)', (byMs) => {
    const time = new LedgerTime();
    errorOf(time, 0, 1);
    expect(errorOf(time, 100, 5, AHEAD + byMs)).toBeCloseTo(5, 3);
    expect(errorOf(time, 200, 2, AHEAD + byMs)).toBeCloseTo(2, 3);
  });

  it('says how late replies come, for a while after the last late one', () => {
    const time = new LedgerTime();
    errorOf(time, 0, 1);
    errorOf(time, 10, 31);
    expect(time.lateMs).toBeCloseTo(30, 1);
    for (let n = 0; n < 50; n += 1) errorOf(time, 20, 1);
    expect(time.lateMs).toBeLessThan(1);
  });
});
