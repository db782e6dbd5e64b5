import { describe, expect, it } from 'vitest';
import { type Grant, PermitQueue } from '../../src/budget/permit-queue.ts';
import { FakeClock } from '../support/fake-clock.ts';

const SIGNAL = new AbortController().signal;
const GRANT: Grant = {
  granted: 0,
  stamp: 0,
  firstInMs: 0,
  waitMs: 20,
  pausedUntil: 0,
  pauseReason: '',
  hungryOthers: false,
  slotsTaken: false,
};

/** A desk at a ledger that grants what is asked, under a stamp that counts exchanges, `delayMs` after each question. */
function setup({ delayMs = 2, ...answer }: Partial<Grant> & { readonly delayMs?: number } = {}) {
  const clock = new FakeClock();
  const asked: { readonly at: number; readonly inUse: number; readonly want: number }[] = [];
  const exchange = (inUse: number, want: number) =>
    new Promise<Grant>((resolve) => {
      asked.push({ at: clock.elapsed(), inUse, want });
      const stamp = asked.length;
      clock.after(delayMs, () => resolve({ ...GRANT, granted: want, ...answer, stamp }));
    });
  const budget = { concurrency: 4, rate: undefined };
  const desk = new PermitQueue({ origin: 'o', budget, clock, exchange, leaseMs: 15_000, patienceMs: 1_000 });
  return { clock, asked, desk };
}

describe('the desk at a ledger', () => {
  it('lets calls that follow each other begin without waiting for the ledger', async () => {
    const { clock, asked, desk } = setup();
    const first = desk.permit(SIGNAL);
    await clock.advance(2);
    let permit = await first;
    for (let call = 0; call < 20; call += 1) {
      await clock.advance(50);
      permit.release();
      const before = clock.elapsed();
      permit = await desk.permit(SIGNAL);
      expect(clock.elapsed()).toBe(before);
      const renewed = asked.at(permit.stamp - 1);
      expect(before - (renewed?.at ?? 0), 'a stamp is never older than this').toBeLessThanOrEqual(20);
    }
  });

  it('stops renewing when no call follows', async () => {
    const { clock, asked, desk } = setup();
    const first = desk.permit(SIGNAL);
    await clock.advance(2);
    await first;
    await clock.advance(200);
    const quiet = asked.length;
    expect(quiet).toBeLessThan(10);
    await clock.advance(4_000);
    expect(asked).toHaveLength(quiet);
    await clock.advance(2_000);
    expect(asked, 'the lease is renewed').toHaveLength(quiet + 1);
  });

  it('asks for each call where others are waiting for a share', async () => {
    const { clock, asked, desk } = setup({ hungryOthers: true });
    const first = desk.permit(SIGNAL);
    await clock.advance(2);
    (await first).release();
    const second = desk.permit(SIGNAL);
    await clock.advance(2);
    expect((await second).stamp).toBe(2);
    expect(asked.map(({ want }) => want)).toEqual([1, 1]);
  });
});
