/** What every audit log must do, and for each clause one that does not. */
import { expect } from 'vitest';
import type { Action, AuditLog } from '../../src/catalog/audit-log.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';
import { pages } from './verbs.steps.ts';

export function actionOf(verb: string, change: Partial<Action> = {}): Action {
  return {
    ...{ who: 'ann', way: 'api', verb, about: 'selector=source=profile', note: '' },
    ...{ outcome: 'done', result: '3 keys', ms: 12 },
    ...change,
  };
}

async function fill(log: AuditLog): Promise<void> {
  for (const [i, who] of ['ann', 'bob', 'ann', 'ann', 'bob'].entries())
    await log.add(`k${i}`, actionOf(`verb${i}`, { who }));
}

const verbsIn = async (log: AuditLog, ...asked: Parameters<AuditLog['list']>) =>
  (await log.list(...asked)).actions.map(({ verb }) => verb);

const auditLogClauses: ClausesWithLiars<AuditLog> = {
  'returns what was added, the newest first, with when it was': {
    async check(log) {
      const noted = actionOf('purge', { note: 'a "freeze", and more', outcome: 'failed', way: 'cli' });
      await log.add('a', actionOf('warm'));
      await log.add('b', noted);
      const { actions, cursor } = await log.list({}, 10, undefined);
      const [newest, older] = actions;
      expect([newest, older?.verb, cursor]).toEqual([
        { ...noted, id: expect.stringMatching(/^\d+-\d+$/), at: expect.any(Number) },
        'warm',
        undefined,
      ]);
      expect(newest?.at).toBeGreaterThanOrEqual(older?.at ?? Number.NaN);
    },
    lie: (honest) => liar(honest, { add: (key, action) => honest.add(key, { ...action, note: '' }) }),
  },

  'has a call that is added again once': {
    async check(log) {
      await log.add('a', actionOf('warm'));
      await log.add('b', actionOf('purge'));
      await log.add('a', actionOf('warm'));
      expect(await verbsIn(log, {}, 10, undefined)).toEqual(['purge', 'warm']);
    },
    lie(honest) {
      let count = 0;
      return liar(honest, { add: (key, action) => honest.add(`${key}${++count}`, action) });
    },
  },

  'goes on page by page, with each action once': {
    async check(log) {
      await fill(log);
      const all = await pages(async (cursor) => {
        const page = await log.list({}, 2, cursor);
        expect(page.actions.length).toBeLessThanOrEqual(2);
        return { rows: page.actions, cursor: page.cursor ?? null };
      });
      expect(all.map(({ verb }) => verb)).toEqual(['verb4', 'verb3', 'verb2', 'verb1', 'verb0']);
    },
    lie: (honest) => liar(honest, { list: (filter, limit) => honest.list(filter, limit, undefined) }),
  },

  'has only what they did who are asked for, also over pages': {
    async check(log) {
      await fill(log);
      const first = await log.list({ who: 'ann' }, 2, undefined);
      expect(first.actions.map(({ verb }) => verb)).toEqual(['verb3', 'verb2']);
      expect(await verbsIn(log, { who: 'ann' }, 2, first.cursor)).toEqual(['verb0']);
      expect(await verbsIn(log, { who: 'carl' }, 2, undefined)).toEqual([]);
    },
    lie: (honest) =>
      liar(honest, { list: ({ who: _, ...filter }, limit, cursor) => honest.list(filter, limit, cursor) }),
  },

  'has only the verb that is asked for': {
    async check(log) {
      await fill(log);
      expect(await verbsIn(log, { verb: 'verb1' }, 10, undefined)).toEqual(['verb1']);
      expect(await verbsIn(log, { verb: 'verb1', who: 'ann' }, 10, undefined)).toEqual([]);
    },
    lie: (honest) =>
      liar(honest, { list: ({ verb: _, ...filter }, limit, cursor) => honest.list(filter, limit, cursor) }),
  },

  'has only what is of the time that is asked for': {
    async check(log) {
      await fill(log);
      const at = (await log.list({}, 1, undefined)).actions[0]?.at ?? 0;
      expect(await verbsIn(log, { since: at + 1 }, 10, undefined)).toEqual([]);
      expect(await verbsIn(log, { until: at - 60_000 }, 10, undefined)).toEqual([]);
      expect(await verbsIn(log, { since: at - 60_000, until: at }, 10, undefined)).toHaveLength(5);
    },
    lie: (honest) =>
      liar(honest, { list: ({ since: _, ...filter }, limit, cursor) => honest.list(filter, limit, cursor) }),
  },

  'refuses what is no cursor': {
    check: async (log) =>
      await expect(log.list({}, 10, 'nonsense')).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' }),
    lie: (honest) => liar(honest, { list: (filter, limit) => honest.list(filter, limit, undefined) }),
  },
};

export const { clauses: AUDIT_LOG_CLAUSES, liars: AUDIT_LOG_LIARS } = apart(auditLogClauses);
