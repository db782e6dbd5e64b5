/** What every account of ticks must do, and for each clause one that does not. Two processes share the account. */
import { expect } from 'vitest';
import { apart, type ClausesWithLiars } from './suite.ts';
import { advanceTo, lying, NEXT, OPENED, START, type TwoSchedulers } from './tick-store.steps.ts';

const PLAIN = { run: undefined, begins: 2_000 };

const clauses: ClausesWithLiars<TwoSchedulers> = {
  'opens an account once, and returns where it stands': {
    async check({ here, there }) {
      expect(await here.open('s', START)).toEqual(START);
      expect(await there.open('s', { cursor: 9_000, rule: 'other', waiting: undefined })).toEqual(START);
      const { states, now } = await there.states(['s', 'unknown']);
      expect(states).toEqual([{ ...START, ...OPENED }, undefined]);
      expect(now).toBeGreaterThan(1_700_000_000_000);
    },
    lie: lying(() => ({ open: async (_, state) => state })),
  },

  'lets one of two move a cursor': {
    async check({ here, there }) {
      await here.open('s', START);
      const moved = await Promise.all([
        here.advance('s', advanceTo({ fire: [2_000] })),
        there.advance('s', advanceTo({ fire: [2_000] })),
      ]);
      expect(moved.toSorted()).toEqual([false, true]);
      expect((await here.states(['s'])).states).toMatchObject([NEXT]);
    },
    lie: lying((honest) => ({
      async advance(...move) {
        await honest.advance(...move);
        return true;
      },
    })),
  },

  'does not move a cursor whose rule has changed': {
    async check({ here }) {
      await here.open('s', START);
      expect(await here.advance('s', advanceTo({ from: { ...START, rule: 'old' } }))).toBe(false);
      expect((await here.states(['s'])).states).toMatchObject([START]);
    },
    lie: lying((honest) => ({
      advance: (name, move) => honest.advance(name, { ...move, from: { ...move.from, rule: START.rule } }),
    })),
  },

  'lets the rule lead whose scheduler started last, and no move bring another one back': {
    async check({ here, there }) {
      const first = await here.enlist('s', START, 0);
      expect(first).toEqual({
        state: START,
        leader: { rule: 'r', since: expect.any(Number) },
        generation: 1,
      });
      const newer = await there.enlist('s', { ...START, rule: 'new' }, 0);
      expect(newer).toMatchObject({ state: START, leader: { rule: 'new' }, generation: 2 });
      expect(await here.enlist('s', START, first.generation)).toMatchObject({ leader: newer.leader });
      expect(await here.advance('s', advanceTo({ fire: [2_000] }))).toBe(false);
      const changed = { ...NEXT, rule: 'new' };
      expect(await there.advance('s', advanceTo({ to: changed, fire: [2_000] }))).toBe(true);
      expect(await here.advance('s', advanceTo({ from: changed, to: { ...NEXT, cursor: 3_000 } }))).toBe(
        false,
      );
      expect((await here.states(['s'])).states).toMatchObject([{ ...changed, leader: newer.leader }]);
    },
    lie: lying((honest) => ({
      enlist: (name, state) => honest.enlist(name, state, Number.MAX_SAFE_INTEGER),
    })),
  },

  'lets an old rule lead again when a scheduler that has it starts, and all that have it follow': {
    async check({ here, there }) {
      const old = await here.enlist('s', START, 0);
      await there.enlist('s', { ...START, rule: 'new' }, 0);
      expect(await there.enlist('s', START, 0)).toMatchObject({ leader: { rule: 'r' }, generation: 3 });
      expect(await here.enlist('s', START, old.generation)).toMatchObject({ leader: { rule: 'r' } });
      expect(await here.enlist('s', { ...START, rule: 'new' }, 2)).toMatchObject({ leader: { rule: 'r' } });
      expect(await here.advance('s', advanceTo({ fire: [2_000] }))).toBe(true);
    },
    lie: lying((honest) => ({
      enlist: (name, state, generation) =>
        honest.enlist(name, state, generation === 0 && state.rule === START.rule ? 1 : generation),
    })),
  },

  'gives the lead back to an older rule when all that have the leading one are silent, until one is heard': {
    async check({ here, dying }) {
      const old = await dying.enlist('s', START, 0);
      const newer = { ...START, rule: 'new' };
      const { generation } = await here.enlist('s', newer, 0);
      const again = async () => (await dying.enlist('s', START, old.generation)).leader.rule;
      await expect.poll(again, { timeout: 5_000 }).toBe('r');
      expect(await here.enlist('s', newer, generation)).toMatchObject({
        leader: { rule: 'new' },
        generation,
      });
    },
    lie: lying((honest) => ({
      async enlist(name, state, generation) {
        const enlisted = await honest.enlist(name, state, generation);
        return { ...enlisted, leader: { ...enlisted.leader, rule: 'new' } };
      },
    })),
  },

  'takes the same move of the same process again for what it is': {
    async check({ here }) {
      await here.open('s', START);
      const move = advanceTo({ fire: [2_000], skipped: [{ nominal: 1_500, reason: 'missed', note: '' }] });
      expect([await here.advance('s', move), await here.advance('s', move)]).toEqual([true, true]);
      expect(await here.history('s', 9)).toHaveLength(1);
    },
    lie: lying((honest) => {
      let moves = 0;
      return {
        async advance(name, move) {
          moves += 1;
          return moves === 1 && honest.advance(name, move);
        },
      };
    }),
  },

  'records what was skipped and what ran, the newest first': {
    async check({ here }) {
      await here.open('s', START);
      const skipped = [
        { nominal: 1_200, reason: 'missed', note: '' },
        { nominal: 1_500, reason: 'too-late', note: '' },
      ] as const;
      await here.advance(
        's',
        advanceTo({
          ...{ fire: [2_000], skipped },
          skippedRanges: [{ from: 1_010, to: 1_100, reason: 'excepted', count: 7, note: 'many' }],
        }),
      );
      await here.ran('s', 2_000, { run: 'run-1', begins: 2_300 });
      const records = (await here.history('s', 9)).map(({ nominal, from, begins, count, reason, run }) => {
        return [nominal, from, begins, count, reason, run];
      });
      expect(records).toEqual([
        [2_000, 2_000, 2_300, 1, undefined, 'run-1'],
        [1_500, 1_500, 1_500, 1, 'too-late', undefined],
        [1_200, 1_200, 1_200, 1, 'missed', undefined],
        [1_100, 1_010, 1_100, 7, 'excepted', undefined],
      ]);
      expect(await here.history('s', 1)).toHaveLength(1);
    },
    lie: lying((honest) => ({ history: async (...asked) => (await honest.history(...asked)).toReversed() })),
  },

  'says where a schedule stands which of its times was skipped last': {
    async check({ here, there }) {
      await here.open('s', START);
      const skippedLast = async () => (await there.states(['s'])).states[0]?.skipped;
      expect(await skippedLast()).toBeUndefined();
      const skipped = [
        { nominal: 1_200, reason: 'missed', note: '' },
        { nominal: 1_500, reason: 'asked', note: 'ann: it moves' },
      ] as const;
      await here.advance('s', advanceTo({ skipped }));
      const last = { nominal: 1_500, from: 1_500, count: 1, reason: 'asked', note: 'ann: it moves' };
      expect(await skippedLast()).toEqual({ ...last, at: expect.any(Number) });
      // A time that is fired later leaves it as it was.
      const to = { ...NEXT, cursor: 3_000 };
      await there.advance('s', { from: NEXT, to, fire: [3_000], skipped: [], skippedRanges: [] });
      await there.ran('s', 3_000, { run: undefined, begins: 3_000 });
      expect(await skippedLast()).toMatchObject(last);
    },
    lie: lying((honest) => ({
      advance: (name, { skipped, ...move }) =>
        honest.advance(name, { ...move, skipped: skipped.slice(0, 1) }),
    })),
  },

  'records a time as ran once, however often that is reported': {
    async check({ here }) {
      await here.open('s', START);
      await here.advance('s', advanceTo({ fire: [2_000] }));
      await here.ran('s', 2_000, PLAIN);
      await here.ran('s', 2_000, PLAIN);
      expect(await here.history('s', 9)).toHaveLength(1);
    },
    lie: lying((honest) => {
      let cursor = START;
      return {
        async ran(name, nominal, ended) {
          await honest.ran(name, nominal, ended);
          const from = (await honest.states([name])).states[0] ?? cursor;
          cursor = { ...from, cursor: from.cursor + 1 };
          await honest.advance(name, advanceTo({ from, to: cursor, fire: [nominal] }));
        },
      };
    }),
  },

  'gives a time over when the lease of who claimed it has ended, and not before': {
    async check({ here, there, dying }) {
      await here.open('alive', START);
      await here.advance('alive', advanceTo({ fire: [2_000] }));
      await dying.open('dead', START);
      await dying.advance('dead', advanceTo({ fire: [2_000] }));
      await expect
        .poll(() => there.takeOver(['alive', 'dead']), { timeout: 5_000 })
        .toEqual([{ schedule: 'dead', nominal: 2_000 }]);
      expect(await there.takeOver(['alive', 'dead'])).toEqual([]);
    },
    lie: lying((honest) => ({
      async takeOver(names) {
        for (const name of names) await honest.release(name, 2_000);
        return [...(await honest.takeOver(names)), { schedule: 'alive', nominal: 2_000 }];
      },
    })),
  },

  'keeps a time waiting that is neither claimed nor ended, and lets one of two claim it': {
    async check({ here, there }) {
      await here.open('s', START);
      const waiting = { ...NEXT, waiting: 2_000 };
      expect(await here.advance('s', advanceTo({ to: waiting }))).toBe(true);
      expect((await there.states(['s'])).states).toEqual([{ ...waiting, ...OPENED }]);
      const claim = advanceTo({ from: waiting, to: NEXT, fire: [2_000] });
      const claimed = await Promise.all([here.advance('s', claim), there.advance('s', claim)]);
      expect(claimed.toSorted()).toEqual([false, true]);
      expect((await there.states(['s'])).states).toEqual([{ ...NEXT, ...OPENED, claimed: 1 }]);
    },
    lie: lying((honest) => ({
      advance: (name, move) => honest.advance(name, { ...move, to: { ...move.to, waiting: undefined } }),
    })),
  },

  'counts the times that are claimed, until they are reported as ran': {
    async check({ here, there }) {
      await here.open('s', START);
      await here.advance('s', advanceTo({ fire: [2_000] }));
      expect((await there.states(['s'])).states[0]?.claimed).toBe(1);
      await here.ran('s', 2_000, PLAIN);
      expect((await there.states(['s'])).states[0]?.claimed).toBe(0);
    },
    lie: lying((honest) => ({
      async states(names) {
        const { states, now } = await honest.states(names);
        return { states: states.map((state) => state && { ...state, claimed: 0 }), now };
      },
    })),
  },

  'gives a time over at once that its process has released': {
    async check({ here, there }) {
      await here.open('s', START);
      await here.advance('s', advanceTo({ fire: [2_000] }));
      await there.release('s', 2_000);
      expect(await there.takeOver(['s'])).toEqual([]);
      await here.release('s', 2_000);
      expect(await there.takeOver(['s'])).toEqual([{ schedule: 's', nominal: 2_000 }]);
    },
    lie: lying(() => ({ release: async () => undefined })),
  },

  'remembers which rules named the times, and since when': {
    async check({ here, there }) {
      expect(await here.rules('s')).toEqual([]);
      const first = await here.enlist('s', START, 0);
      await here.enlist('s', START, first.generation);
      const newer = await there.enlist('s', { ...START, rule: '{"cron":"0 2 * * *"}' }, 0);
      expect(await here.rules('s')).toEqual([first.leader, newer.leader]);
      const back = await here.enlist('s', START, 0);
      expect(await here.rules('s')).toEqual([first.leader, newer.leader, back.leader]);
    },
    lie: lying((honest) => ({ rules: async (name) => (await honest.rules(name)).slice(-1) })),
  },
};

export const { clauses: TICK_STORE_CLAUSES, liars: TICK_STORE_LIARS } = apart(clauses);
