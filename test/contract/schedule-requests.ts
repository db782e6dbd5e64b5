/** What every store of requests must do, and for each clause one that does not. Two processes share the account. */
import { expect } from 'vitest';
import { until } from '../support/waiting.ts';
import { apart, type ClausesWithLiars } from './suite.ts';
import { advanceTo, lying, OPENED, START, type TwoSchedulers } from './tick-store.steps.ts';

/** Somebody who asks, in one request. */
const ANN = { by: 'ann', why: 'moving', id: 'a' };

const clauses: ClausesWithLiars<TwoSchedulers> = {
  'fires nothing of a schedule that is paused, and skips its times': {
    async check({ here, there }) {
      await here.pause('s', START, { ...ANN, end: undefined });
      const { states, now } = await there.states(['s']);
      expect(states[0]).toEqual({
        ...START,
        ...OPENED,
        requests: 1,
        paused: { by: 'ann', why: 'moving', until: undefined, since: expect.closeTo(now, -4) },
      });
      expect(await there.advance('s', advanceTo({ fire: [2_000] }))).toBe(false);
      const skipped = [{ nominal: 2_000, reason: 'paused', note: 'ann: moving' }] as const;
      expect(await there.advance('s', advanceTo({ skipped }))).toBe(true);
      expect(await here.history('s', 9)).toMatchObject([{ reason: 'paused', note: 'ann: moving' }]);
    },
    lie: lying(() => ({ pause: async () => undefined })),
  },

  'forgets a pause when it is resumed, and when its time has passed': {
    async check({ here, there }) {
      const pause = { ...ANN, end: undefined };
      await here.pause('s', START, pause);
      expect([await there.resume('s', ANN), await there.resume('s', ANN)]).toEqual([true, false]);
      await here.pause('s', START, { ...pause, end: { length: 1 } });
      const states = async () => (await there.states(['s'])).states;
      await until('the end of the pause', states, ([state]) => state?.paused === undefined);
      const lapsed = { by: 'ann', why: 'moving', since: expect.any(Number), until: expect.any(Number) };
      expect(await states()).toEqual([{ ...START, ...OPENED, requests: 3, lapsed }]);
      expect(await there.advance('s', advanceTo({ fire: [2_000] }))).toBe(true);
    },
    lie: lying(() => ({ resume: async () => true })),
  },

  'ends a pause at the very time that it was asked for': {
    async check({ here, there }) {
      const { now } = await here.states(['s']);
      const end = { until: now + 60_000 };
      await here.pause('s', START, { ...ANN, end });
      expect((await there.states(['s'])).states[0]?.paused?.until).toBe(end.until);
      expect(await there.interventions('s', 1)).toMatchObject([{ kind: 'paused', ...end }]);
    },
    lie: lying((honest) => ({
      pause: (name, state, pause) => honest.pause(name, state, { ...pause, end: { length: 60_001 } }),
    })),
  },

  'does not fire a time that somebody asked to be left out, until it is skipped or asked back': {
    async check({ here, there }) {
      await here.open('s', START);
      const skip = { ...ANN, nominal: 2_000 };
      await there.ask('s', skip, false);
      expect((await here.states(['s'])).states[0]?.asked).toEqual([
        { nominal: 2_000, by: 'ann', why: 'moving' },
      ]);
      expect(await here.advance('s', advanceTo({ fire: [2_000] }))).toBe(false);
      await there.ask('s', skip, true);
      await there.ask('s', { ...skip, nominal: 1_500 }, false);
      const skipped = [{ nominal: 1_500, reason: 'asked', note: 'ann: moving' }] as const;
      expect(await here.advance('s', advanceTo({ fire: [2_000], skipped }))).toBe(true);
      expect((await here.states(['s'])).states[0]?.asked).toEqual([]);
    },
    lie: lying(() => ({ ask: async () => undefined })),
  },

  'notes what people did, once for a request, the newest first': {
    async check({ here, there }) {
      await here.pause('s', START, { ...ANN, end: { length: 60_000 } });
      await there.resume('s', { ...ANN, id: 'b' });
      await there.resume('s', { ...ANN, id: 'c' });
      await here.ask('s', { ...ANN, nominal: 2_000, id: 'd' }, false);
      await here.ask('s', { ...ANN, nominal: 2_000, id: 'e' }, true);
      const fill = { ...ANN, kind: 'back-filled', id: 'f', nominal: 500, run: 'run-1' } as const;
      await here.note('s', [fill]);
      await here.note('s', [fill]);
      await here.note('s', []);
      const noted = await there.interventions('s', 9);
      expect(noted.map(({ kind }) => kind).toSorted()).toEqual([
        'back-filled',
        'left-out',
        'let-fire',
        'paused',
        'resumed',
      ]);
      expect(noted.find(({ kind }) => kind === 'back-filled')).toEqual({ ...fill, at: expect.any(Number) });
      expect(noted.find(({ kind }) => kind === 'paused')).toMatchObject({ ...ANN, length: 60_000 });
      expect(noted.map(({ at }) => -at)).toEqual(noted.map(({ at }) => -at).toSorted((a, b) => a - b));
      expect(await there.interventions('s', 2)).toEqual(noted.slice(0, 2));
    },
    lie: lying((honest) => ({
      note: (name, done) =>
        honest.note(
          name,
          done.map((one) => ({ ...one, id: `${Math.random()}` })),
        ),
    })),
  },

  'forgets requests for times up to its cursor, however these ended': {
    async check({ here }) {
      await here.open('s', START);
      for (const nominal of [1_500, 2_000, 2_001]) await here.ask('s', { ...ANN, nominal }, false);
      // None of them is among what was skipped: the rule may have changed since they were asked for.
      const skipped = [{ nominal: 1_500, reason: 'paused', note: '' }] as const;
      expect(await here.advance('s', advanceTo({ skipped }))).toBe(true);
      expect((await here.states(['s'])).states[0]?.asked.map(({ nominal }) => nominal)).toEqual([2_001]);
    },
    lie: lying((honest) => ({
      async states(names) {
        const { states, now } = await honest.states(names);
        const old = { by: 'ann', why: '', nominal: 2_000 };
        return { states: states.map((state) => state && { ...state, asked: [old, ...state.asked] }), now };
      },
    })),
  },

  'remembers a pause that ended by itself, and does not end it a second time': {
    async check({ here }) {
      await here.pause('s', START, { ...ANN, end: { length: 1 } });
      const state = await until(
        'the end of the pause',
        async () => (await here.states(['s'])).states[0],
        (one) => one?.paused === undefined,
      );
      expect(state?.lapsed).toMatchObject({ by: 'ann' });
      expect((state?.lapsed?.until ?? 0) - (state?.lapsed?.since ?? 0)).toBe(1);
      expect(await here.resume('s', ANN)).toBe(false);
      expect((await here.states(['s'])).states).toMatchObject([{ lapsed: { by: 'ann' } }]);
      expect((await here.interventions('s', 9)).map(({ kind }) => kind)).toEqual(['paused']);
    },
    lie: lying((honest) => ({
      async states(names) {
        const { states, now } = await honest.states(names);
        return { states: states.map((state) => state && { ...state, lapsed: undefined }), now };
      },
    })),
  },

  'takes back what people want when it had lost that, and not what it knows': {
    async check({ here, there }) {
      await here.pause('known', START, { ...ANN, end: undefined });
      await here.ask('known', { ...ANN, nominal: 2_000 }, false);
      const [known = { ...START, ...OPENED, opened: 0 }] = (await here.states(['known'])).states;
      expect(await there.restore('known', known)).toBe(false);
      // It was emptied, and has another name here.
      expect(await there.restore('s', known)).toBe(true);
      expect(await there.restore('s', known)).toBe(false);
      const { paused, asked } = known;
      expect((await here.states(['s'])).states).toMatchObject([{ ...START, paused, asked, requests: 2 }]);
      expect(await here.interventions('s', 9)).toMatchObject([{ kind: 'restored' }]);
    },
    lie: lying((honest) => ({
      restore: (name, known) => honest.restore(name, { ...known, paused: undefined }),
    })),
  },

  'keeps what people wanted since it was emptied': {
    async check({ here, there }) {
      const known = {
        ...{ ...START, ...OPENED, opened: 5, requests: 7 },
        paused: { by: 'bob', why: '', since: 1, until: undefined },
        asked: [500, 2_000, 3_000].map((nominal) => ({ nominal, by: 'bob', why: '' })),
      };
      await here.pause('s', START, { ...ANN, end: undefined });
      await here.ask('s', { ...ANN, nominal: 2_000 }, false);
      expect(await there.restore('s', known)).toBe(true);
      const [state] = (await here.states(['s'])).states;
      expect(state?.paused).toMatchObject({ by: 'ann' });
      // The time before the cursor has passed.
      expect(state?.asked.map(({ nominal, by }) => [nominal, by])).toEqual([
        [2_000, 'ann'],
        [3_000, 'bob'],
      ]);
    },
    lie: lying((honest) => ({
      async restore(name, known) {
        await honest.resume(name, ANN);
        return honest.restore(name, known);
      },
    })),
  },

  'forgets the pause that a copy without the last requests has, when somebody knows that it was ended': {
    async check({ here, there }) {
      await here.pause('s', START, { ...ANN, end: undefined });
      const [state] = (await here.states(['s'])).states;
      const known = { ...START, ...OPENED, opened: state?.opened ?? 0, requests: 2 };
      expect(await there.restore('s', known)).toBe(true);
      expect((await here.states(['s'])).states).toMatchObject([{ paused: undefined, requests: 2 }]);
    },
    lie: lying((honest) => ({ restore: (name, known) => honest.restore(name, { ...known, opened: 0 }) })),
  },
};

export const { clauses: SCHEDULE_REQUEST_CLAUSES, liars: SCHEDULE_REQUEST_LIARS } = apart(clauses);
