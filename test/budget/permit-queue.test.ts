import { describe, expect, it } from 'vitest';
import type { Exchange, Grant } from '../../src/budget/exchange.ts';
import { PermitQueue } from '../../src/budget/permit-queue.ts';
import { FakeClock } from '../support/fake-clock.ts';

const SIGNAL = new AbortController().signal;
const GRANT: Grant = {
  at: 0,
  live: 0,
  others: 0,
  stamp: 0,
  together: 0,
  spared: 0,
  isBurst: false,
  isKept: false,
  elsewhere: 0,
  counted: false,
  epoch: 0,
  version: 0,
  intervalMs: 0,
  firstInMs: 0,
  togetherInMs: 0,
  leadMs: 0,
  waitMs: 20,
  waitOthersMs: 20,
  pausedUntil: 0,
  pauseReason: '',
  othersWait: false,
  concurrencyReached: false,
};

type Answer = Partial<Grant> & { readonly delayMs?: number };

/** What is due by now: a permit that does not come fails the test that waits for it. */
function due<T>(clock: FakeClock, what: Promise<T>): Promise<T> {
  const late = clock.advance(0).then(() => Promise.reject(new Error('it did not come by now')));
  return Promise.race([what, late]);
}

/** The queue at a ledger that grants what is asked, under a stamp that counts exchanges, `delayMs` after each question. */
function setup({ delayMs: usualMs = 2, ...answer }: Answer = {}, leaseMs = 15_000) {
  const clock = new FakeClock();
  let answers: Answer = answer;
  const asked: { readonly at: number; readonly inUse: number; readonly want: number; readonly ok: number }[] =
    [];
  const exchange = ({ inUse, wants, calls }: Exchange) =>
    new Promise<Grant>((resolve) => {
      const want = wants.run;
      asked.push({ at: clock.elapsed(), inUse, want, ok: calls.ok });
      const stamp = asked.length;
      const at = clock.now();
      const { delayMs = usualMs } = answers;
      clock.after(delayMs, () => resolve({ ...GRANT, others: want, at, ...answers, stamp }));
    });
  const bounds = { leaseMs, patienceMs: 1_000, latestMs: 20 };
  const queue = new PermitQueue({ origin: 'o', clock, exchange, ...bounds });
  const change = (next: Answer) => {
    answers = next;
  };
  return { clock, asked, queue, answer: change };
}

describe('the permit queue', () => {
  it('lets calls that follow each other begin without waiting for the ledger', async () => {
    const { clock, asked, queue } = setup();
    const first = queue.permit(SIGNAL, 'run');
    await clock.advance(2);
    let permit = await due(clock, first);
    for (let call = 0; call < 20; call += 1) {
      await clock.advance(50);
      permit.release();
      const before = clock.elapsed();
      permit = await due(clock, queue.permit(SIGNAL, 'run'));
      expect(clock.elapsed()).toBe(before);
      const renewed = asked.at(permit.stamp - 1);
      expect(before - (renewed?.at ?? 0), 'a stamp is never older than this').toBeLessThanOrEqual(20);
    }
  });

  it('stops renewing when no call follows', async () => {
    const { clock, asked, queue } = setup();
    const first = queue.permit(SIGNAL, 'run');
    await clock.advance(2);
    await due(clock, first);
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
    (await due(clock, first)).release();
    const second = queue.permit(SIGNAL, 'run');
    await clock.advance(2);
    expect((await due(clock, second)).stamp).toBe(2);
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
      await due(clock, refused);
    }
    expect(clock.elapsed()).toBeLessThan(20);
  });

  it.each([90_000, 86_400_000])(
    'has a caller that the rate sends away (%i ms) look again after a minute: a rate may be corrected',
    async (waitOthersMs) => {
      const { clock, queue } = setup({ others: 0, waitOthersMs });
      const refused = queue.permit(SIGNAL, 'run').catch((error: unknown) => error);
      await clock.advance(2);
      expect(await due(clock, refused)).toMatchObject({
        code: 'E_BUDGET_DEFERRED',
        retryAt: clock.now() + 60_000,
      });
    },
  );

  it('renews what it holds, and what is configured, thrice in a minute, however long a call may last', async () => {
    const { clock, asked, queue } = setup({ othersWait: true }, 172_800_000);
    const first = queue.permit(SIGNAL, 'run');
    await clock.advance(2);
    await due(clock, first);
    await clock.advance(60_000);
    expect(asked).toHaveLength(3);
  });

  describe('hands back what is released, and counts the call, within some ms', () => {
    const RELEASED = { outcome: 'ok', ms: 1 } as const;

    /** One call under way, at a ledger that from now on grants nothing for so long. */
    async function calling(waitMs: number) {
      const bench = setup({ intervalMs: 1, together: 256 });
      const first = bench.queue.permit(SIGNAL, 'run');
      await bench.clock.advance(2);
      const permit = await due(bench.clock, first);
      bench.answer({ others: 0, intervalMs: 1, waitOthersMs: waitMs });
      return { ...bench, permit };
    }

    it.each([
      ['while another caller waits for the rate', 1_000],
      ['after another caller was sent away for longer', 60_000],
    ])('%s', async (_, waitMs) => {
      const { clock, asked, queue, permit } = await calling(waitMs);
      const second = queue.permit(SIGNAL, 'run').catch(() => undefined);
      await clock.advance(5);
      permit.release(RELEASED);
      await clock.advance(13);
      expect(asked.at(-1)).toMatchObject({ inUse: 0, ok: 1 });
      const quiet = asked.length;
      await clock.advance(500);
      expect(asked, 'and asks no more for that').toHaveLength(quiet);
      const closed = queue.close(new Error('over'));
      await clock.advance(5);
      await due(clock, Promise.all([closed, second]));
    });

    it.each([1_000, 60_000])(
      'when it was released during an exchange (the next in %i ms)',
      async (waitMs) => {
        const { clock, asked, queue, permit } = await calling(waitMs);
        const second = queue.permit(SIGNAL, 'run').catch(() => undefined);
        await clock.advance(1);
        permit.release(RELEASED);
        await clock.advance(15);
        expect(asked.at(-1)).toMatchObject({ inUse: 0, ok: 1 });
        const closed = queue.close(new Error('over'));
        await clock.advance(5);
        await due(clock, Promise.all([closed, second]));
      },
    );
  });

  describe('lets calls begin at the time that the ledger gave them', () => {
    /** One caller, at a ledger that was heard of quickly before, and answers now after so long. */
    async function callingAfter(answer: Answer) {
      const bench = setup({ intervalMs: 10, together: 1 });
      const { clock, queue } = bench;
      const taught = queue.permit(SIGNAL, 'run');
      await clock.advance(2);
      (await due(clock, taught)).release();
      await clock.advance(500);
      bench.answer({ intervalMs: 10, ...answer });
      const before = clock.elapsed();
      const began: number[] = [];
      const permit = queue.permit(SIGNAL, 'run').then(() => began.push(clock.elapsed() - before));
      return { ...bench, began, permit };
    }

    it.each([1, 10, 30])('however late its reply comes (%i ms)', async (delayMs) => {
      const { clock, began, permit } = await callingAfter({ delayMs, firstInMs: 40 });
      await clock.advance(45);
      await due(clock, permit);
      // As the quickest reply took 2 ms, all are expected to; the estimate ages by half a ms in a second.
      expect(began[0]).toBeGreaterThanOrEqual(40 + Math.min(delayMs, 2));
      expect(began[0]).toBeLessThan(44);
    });

    it('or not at all where the reply comes too late: other processes count on their times', async () => {
      const { clock, asked, answer, began, permit } = await callingAfter({ delayMs: 100, firstInMs: 40 });
      await clock.advance(99);
      answer({ intervalMs: 10, firstInMs: 30 });
      await clock.advance(10);
      expect(began).toEqual([]);
      expect(asked.at(-1), 'the permit goes back, and another is asked for').toMatchObject({
        inUse: 0,
        want: 1,
      });
      await clock.advance(40);
      await due(clock, permit);
      expect(asked.at(-1)?.at).toBeLessThan(clock.elapsed());
    });

    describe('in a process that has not heard how late replies are', () => {
      const PACED = { intervalMs: 10, firstInMs: 40 };

      it('do not begin by a late one: another is asked for', async () => {
        const { clock, asked, answer, queue } = setup({ ...PACED, delayMs: 200 });
        const permit = queue.permit(SIGNAL, 'run');
        await clock.advance(199);
        answer({ ...PACED, delayMs: 2 });
        await clock.advance(30);
        expect(asked).toHaveLength(2);
        await clock.advance(20);
        await due(clock, permit);
        const began = clock.elapsed();
        expect(began - (asked[1]?.at ?? 0)).toBeGreaterThanOrEqual(40);
      });

      it('begin all the same where each reply is late, and where calls are few or have no time', async () => {
        const paced = setup({ ...PACED, delayMs: 200 });
        const permit = paced.queue.permit(SIGNAL, 'run');
        await paced.clock.advance(1_000);
        await due(paced.clock, permit);
        expect(paced.asked).toHaveLength(4);
        for (const slow of [{}, { intervalMs: 61_000 }, { intervalMs: 10, counted: true }]) {
          const few = setup({ ...slow, delayMs: 200, together: 1 });
          const other = few.queue.permit(SIGNAL, 'run');
          await few.clock.advance(220);
          await due(few.clock, other);
          expect(few.asked[1]?.want ?? 0, 'a grant that is void would be counted').toBe(0);
        }
      });
    });

    it('and those that may begin at once, as long as the ledger expected its reply to take', async () => {
      const { clock, began, permit } = await callingAfter({ delayMs: 60, together: 1, leadMs: 40 });
      await clock.advance(60);
      await due(clock, permit);
      expect(began).toEqual([60]);
    });
  });
});
