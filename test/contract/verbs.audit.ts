/** Who changed what. */
import { expect } from 'vitest';
import { until } from '../support/waiting.ts';
import {
  expectRejection,
  pages,
  purgeOf,
  type VerbsClauses,
  type VerbsSubject,
  warmOf,
} from './verbs.steps.ts';

/** So many actions: they are recorded when the verb has answered. */
function recorded({ verbs }: VerbsSubject, count: number) {
  const read = async () => (await verbs.audit()).actions;
  return until('a record', read, (actions) => actions.length >= count);
}

const NIGHTLY = { names: ['nightly'], kinds: [], all: false };

export const auditClauses: VerbsClauses = {
  'what was changed is on record, the newest first, with who asked, for what, why, and what came of it': {
    async check(subject) {
      const { run } = await subject.verbs.warm(warmOf({ selector: 'source=profile' }), 'api');
      await recorded(subject, 1);
      await subject.verbs.pauseSchedules(NIGHTLY, { why: 'a freeze' }, 'ann');
      const who = { who: 'ann@host', way: 'library', outcome: 'done' };
      expect(await recorded(subject, 2)).toMatchObject([
        { ...who, verb: 'pauseSchedules', about: 'names=["nightly"]', note: 'a freeze', result: 'nightly' },
        { ...who, verb: 'warm', about: 'selector=source=profile', note: '', result: `run ${run.id}` },
      ]);
    },
    lie: ({ verbs }) => ({
      async audit(request) {
        const page = await verbs.audit(request);
        return { ...page, actions: page.actions.map((action) => ({ ...action, note: '' })) };
      },
    }),
  },

  'what only looks is not on record, and neither is what was refused': {
    async check(subject) {
      const { verbs, keys } = subject;
      await verbs.invalidate({ selector: 'source=profile', mode: 'drop', rewarm: false, dryRun: true });
      await verbs.purge(purgeOf({ dryRun: true }), new AbortController().signal);
      await verbs.get(keys[0] ?? '');
      await expect(verbs.stopRun('nobody')).rejects.toThrow();
      await expect(verbs.warm({ selector: 'source=nothing' })).rejects.toThrow();
      await verbs.release(keys.slice(0, 1));
      const [action, ...others] = await recorded(subject, 1);
      expect([action?.verb, action?.about, others]).toEqual(['release', `keys=${keys[0]}`, []]);
    },
    lie: ({ verbs }) => ({ get: () => verbs.release([]) as never }),
  },

  'what was said of an action is on record with it, whatever was done, and apart from what it was about': {
    async check(subject) {
      const { verbs } = subject;
      const { run } = await verbs.warm(
        warmOf({ selector: 'source=profile', why: 'after the import' }),
        'api',
      );
      const invalidation = {
        selector: 'source=profile',
        mode: 'stale',
        rewarm: false,
        dryRun: false,
      } as const;
      await verbs.stopRun(run.id, { why: 'it moves' });
      await verbs.invalidate({ ...invalidation, why: 'wrong prices' });
      await verbs.clear({ mode: 'stale', rewarm: false, why: 'a new version' });
      await verbs.purge(purgeOf({ why: 'a leak' }), new AbortController().signal);
      await verbs.gc({ why: 'the disk fills' });
      await verbs.trigger('nightly', { why: 'needed now' });
      await verbs.setLogLevel({ level: 'debug', why: 'a slow origin' });
      const actions = await recorded(subject, 8);
      const notes = actions.map(({ verb, note }) => `${verb}: ${note}`);
      expect(notes.toSorted()).toEqual([
        ...['clear: a new version', 'gc: the disk fills', 'invalidate: wrong prices', 'purge: a leak'],
        ...[
          'setLogLevel: a slow origin',
          'stopRun: it moves',
          'trigger: needed now',
          'warm: after the import',
        ],
      ]);
      for (const { about, note } of actions) expect(about).not.toContain(note);
    },
    lie: ({ verbs }) => ({ stopRun: (id) => verbs.stopRun(id) }),
  },

  'a note of several lines is refused, and so is a long one': {
    async check({ verbs }) {
      await verbs.warm(warmOf({ id: 'r1' }), 'api');
      for (const why of ['one\ntwo', '\u001b[2J', 'x'.repeat(501)])
        await expectRejection(verbs.stopRun('r1', { why }), 'E_REQUEST_INVALID');
      expect((await verbs.run('r1')).state).not.toBe('ended');
    },
    lie: ({ verbs }) => ({ stopRun: (id) => verbs.stopRun(id) }),
  },

  'the record is read page by page, and by who and what': {
    async check(subject) {
      const { verbs } = subject;
      await verbs.pauseSchedules(NIGHTLY);
      await recorded(subject, 1);
      await verbs.release([]);
      await recorded(subject, 2);
      const all = await pages(async (cursor) => {
        const page = await verbs.audit({ limit: 1, cursor });
        return { rows: page.actions, cursor: page.cursor };
      });
      expect(all.map(({ verb }) => verb)).toEqual(['release', 'pauseSchedules']);
      expect((await verbs.audit({ verb: 'pauseSchedules' })).actions).toHaveLength(1);
      expect((await verbs.audit({ who: 'bob' })).actions).toEqual([]);
      expect((await verbs.audit({ who: 'ann@host', since: 0 })).actions).toHaveLength(2);
    },
    lie: ({ verbs }) => ({ audit: ({ who: _, ...request } = {}) => verbs.audit(request) }),
  },
};
