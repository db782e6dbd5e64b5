/** Who changed what. */
import { expect } from 'vitest';
import { until } from '../support/waiting.ts';
import { pages, purgeOf, type VerbsClauses, type VerbsSubject, warmOf } from './verbs.steps.ts';

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
