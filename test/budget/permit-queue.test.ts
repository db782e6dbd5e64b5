import { describe, expect, it } from 'vitest';
import { type Exchange, type Grant, PermitQueue } from '../../src/budget/permit-queue.ts';
import { FakeClock } from '../support/fake-clock.ts';

const SIGNAL = new AbortController().signal;
const GRANT: Grant = {
  live: 0,
  others: 0,
  stamp: 0,
  together: 0,
  isBurst: false,
  counted: false,
  epoch: 0,
  version: 0,
  intervalMs: 0,
  firstInMs: 0,
  waitMs: 20,
  waitOthersMs: 20,
  pausedUntil: 0,
  pauseReason: '',
  othersWait: false,
  concurrencyReached: false,
};

/** The queue at a ledger that grants what is asked, under a stamp that counts exchanges, `delayMs` after each question. */
function setup({ delayMs = 2, ...answer }: Partial<Grant> & { readonly delayMs?: number } = {}) {
  const clock = new FakeClock();
  const asked: { readonly at: number; readonly inUse: number; readonly want: number }[] = [];
  const exchange = ({ inUse, wants }: Exchange) =>
    new Promise<Grant>((resolve) => {
      const want = wants.run;
      asked.push({ at: clock.elapsed(), inUse, want });
      const stamp = asked.length;
      clock.after(delayMs, () => resolve({ ...GRANT, others: want, ...answer, stamp }));
    });
  const queue = new PermitQueue({ origin: 'o', clock, exchange, leaseMs: 15_000, patienceMs: 1_000 });
  return { clock, asked, queue };
}

describe('the permit queue', () => {
  it('lets calls that follow each other begin without waiting for the ledger', async () => {
    const { clock, asked, queue } = setup();
    const first = queue.permit(SIGNAL, 'run');
    await clock.advance(2);
    let permit = await first;
    for (let call = 0; call < 20; call += 1) {
      await clock.advance(50);
      permit.release();
      const before = clock.elapsed();
      permit = await queue.permit(SIGNAL, 'run');
      expect(clock.elapsed()).toBe(before);
      const renewed = asked.at(permit.stamp - 1);
      expect(before - (renewed?.at ?? 0), 'a stamp is never older than this').toBeLessThanOrEqual(20);
    }
  });

  it('stops renewing when no call follows', async () => {
    const { clock, asked, queue } = setup();
    const first = queue.permit(SIGNAL, 'run');
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

  it('asks the ledger for each call while other processes wait for a share', async () => {
    const { clock, asked, queue } = setup({ othersWait: true });
    const first = queue.permit(SIGNAL, 'run');
    await clock.advance(2);
    (await first).release();
    const second = queue.permit(SIGNAL, 'run');
    await clock.advance(2);
    expect((await second).stamp).toBe(2);
    expect(asked.map(({ want }) => want)).toEqual([1, 1]);
  });

  it('sends a caller away at once that comes while the origin is known to be paused for long', async () => {
    const { clock, queue } = setup({
      others: 0,
      waitOthersMs: 60_000,
      pausedUntil: 60_000,
      pauseReason: '429',
    });
    for (let caller = 0; caller < 3; caller += 1) {
      const refused = expect(queue.permit(SIGNAL, 'run')).rejects.toMatchObject({
        code: 'E_BUDGET_DEFERRED',
      });
      await clock.advance(2);
      await refused;
    }
    expect(clock.elapsed()).toBeLessThan(20);
  });
});
