/** Clauses about runs. */
import { expect } from 'vitest';
import { actAs } from '../../src/flow/actor.ts';
import { type RunFilter, type RunView, runView } from '../../src/verbs/runs/run-shapes.ts';
import {
  collect,
  expectRejection,
  expectToAddUp,
  finished,
  NEVER,
  pages,
  UNKNOWN,
  type VerbsClauses,
  warmOf,
} from './verbs.steps.ts';

export const runClauses: VerbsClauses = {
  'a run begins as planning, with no keys, and names who asked for it': {
    async check({ verbs }) {
      const { run, created } = await verbs.warm(warmOf({ id: 'r1', selector: 'source=profile' }), 'cli');
      expect(created).toBe(true);
      expect(runView.parse(run)).toMatchObject({
        ...{ id: 'r1', state: 'planning', selector: 'source=profile', cause: 'cli', schedule: null },
        ...{ total: 0, pending: 0, endedAt: null, endedReason: null },
      });
    },
    lie: ({ verbs }) => ({
      async warm(request, cause) {
        const { run, created } = await verbs.warm(request, cause);
        return { run: { ...run, state: 'running', total: 10, pending: 10 }, created };
      },
    }),
  },

  'the same id returns the same run, and creates none': {
    async check({ verbs }) {
      const first = await verbs.warm(warmOf({ id: 'r1' }), 'cli');
      const second = await verbs.warm(warmOf({ id: 'r1', selector: 'source=profile' }), 'api');
      expect(second).toEqual({ run: first.run, created: false });
      expect((await verbs.runs(10, undefined)).runs).toHaveLength(1);
    },
    lie: ({ verbs }) => ({ warm: (request, cause) => verbs.warm({ ...request, id: undefined }, cause) }),
  },

  'a selector that names what nothing provides is refused, and no run is created': {
    async check({ verbs }) {
      for (const selector of UNKNOWN)
        await expectRejection(verbs.warm(warmOf({ selector }), 'api'), 'E_SELECTOR_INVALID');
      expect((await verbs.runs(10, undefined)).runs).toEqual([]);
    },
    lie: ({ verbs }) => ({ warm: (request, cause) => verbs.warm({ ...request, selector: '' }, cause) }),
  },

  'a finished run has an outcome for every key of its manifest': {
    async check(subject) {
      const run = await finished(subject);
      expectToAddUp(run);
      expect(run).toMatchObject({ state: 'ended', endedReason: 'finished', total: 10, pending: 0 });
      expect(await subject.verbs.get(subject.keys[9] ?? '', false)).toMatchObject({ state: 'value' });
    },
    lie: ({ verbs }) => ({ run: async (id) => ({ ...(await verbs.run(id)), total: 9 }) }),
  },

  'a limit bounds the manifest': {
    async check(subject) {
      expect(await finished(subject, { limit: 3 })).toMatchObject({ total: 3 });
    },
    lie: ({ verbs }) => ({ warm: (request, cause) => verbs.warm({ ...request, limit: undefined }, cause) }),
  },

  'runs are listed newest first, in pages without a gap': {
    async check({ verbs, pass }) {
      for (const id of ['a', 'b', 'c', 'd', 'e']) {
        await verbs.warm(warmOf({ id }), 'cli');
        await pass(1_000);
      }
      const rows = await pages(async (cursor) => {
        const page = await verbs.runs(2, cursor);
        expect(page.runs.length).toBeLessThanOrEqual(2);
        return { rows: page.runs.map(({ id }) => id), cursor: page.cursor };
      });
      expect(rows).toEqual(['e', 'd', 'c', 'b', 'a']);
    },
    lie: ({ verbs }) => ({
      runs: async (limit, cursor) => ({ ...(await verbs.runs(limit, cursor)), cursor: null }),
    }),
  },

  'runs are filtered, in pages without a gap': {
    async check({ verbs, pass }) {
      for (const [id, cause, selector] of [
        ['a1', 'api', 'source=profile'],
        ['b1', 'cli', ''],
        ['a2', 'cli', 'temperature=warm'],
        ['B2', 'cli', 'key=profile:x'],
        ['a3', 'cli', 'source=profile'],
      ] as const) {
        await verbs.warm(warmOf({ id, selector }), cause);
        await pass(1_000);
      }
      await verbs.stopRun('a2');
      const begin = (await verbs.run('a1')).createdAt;
      const found = (filter: RunFilter) =>
        pages(async (cursor) => {
          const page = await verbs.runs(1, cursor, filter);
          return { rows: page.runs.map(({ id }) => id), cursor: page.cursor };
        });
      expect(await found({ state: 'active' })).toEqual(['a3', 'B2', 'b1', 'a1']);
      expect(await found({ state: 'ended' })).toEqual(['a2']);
      expect(await found({ reason: 'stopped' })).toEqual(['a2']);
      expect(await found({ failures: true })).toEqual([]);
      expect(await found({ cause: 'cli', text: 'b' })).toEqual(['B2', 'b1']);
      expect(await found({ text: 'PROFILE' })).toEqual(['a3', 'B2', 'a1']);
      expect(await found({ schedule: 'nightly' })).toEqual([]);
      expect(await found({ source: 'no-such-source' })).toEqual(['B2', 'b1']);
      expect(await found({ since: begin + 1_000, until: begin + 2_000 })).toEqual(['a2', 'b1']);
      expect(await verbs.runs(10, undefined, { state: 'active' })).toMatchObject({ lookedBackTo: null });
      await expectRejection(verbs.runs(10, undefined, { state: 'gone' as 'ended' }), 'E_REQUEST_INVALID');
    },
    lie: ({ verbs }) => ({
      runs: (limit, cursor, filter) => verbs.runs(limit, cursor, { ...filter, text: undefined }),
    }),
  },

  'a cursor that no page of runs returned is refused': {
    check: ({ verbs }) => expectRejection(verbs.runs(10, 'nonsense'), 'E_REQUEST_INVALID'),
    lie: ({ verbs }) => ({ runs: (limit) => verbs.runs(limit, undefined) }),
  },

  'a run that does not exist is not found, whatever is asked of it': {
    async check({ verbs, drive }) {
      await expectRejection(verbs.run('unknown'), 'E_NOT_FOUND');
      await expectRejection(verbs.stopRun('unknown'), 'E_NOT_FOUND');
      await expectRejection(drive(collect(verbs.watchRun('unknown', NEVER))), 'E_NOT_FOUND');
    },
    lie: () => ({ async *watchRun() {} }),
  },

  'stopping a run cancels what is pending': {
    async check({ verbs }) {
      await verbs.warm(warmOf({ id: 'r1' }), 'api');
      const stopped = await verbs.stopRun('r1');
      expectToAddUp(stopped);
      expect(stopped).toMatchObject({ state: 'ended', endedReason: 'stopped', pending: 0 });
      expect(await verbs.run('r1')).toEqual(stopped);
    },
    lie: ({ verbs }) => ({
      stopRun: async (id) => ({ ...(await verbs.run(id)), state: 'ended', endedReason: 'stopped' }),
    }),
  },

  'a run says who asked for it and why, and who stopped it and why': {
    async check({ verbs }) {
      const who = { who: 'ops', way: 'api' } as const;
      const said = await actAs(who, () => verbs.warm(warmOf({ id: 'r1', why: 'after the import' }), 'api'));
      const { run } = await actAs(who, () => verbs.warm(warmOf({ id: 'r2' }), 'api'));
      expect([said.run.note, run.note]).toEqual(['ops: after the import', '']);
      const stopped = await actAs(who, () => verbs.stopRun('r1', { why: 'it moves' }));
      expect(stopped.endedNote).toBe('by ops: it moves');
      expect((await actAs(who, () => verbs.stopRun('r2'))).endedNote).toBe('by ops');
      expect(await verbs.run('r1')).toMatchObject({
        note: 'ops: after the import',
        endedNote: stopped.endedNote,
      });
    },
    lie: ({ verbs }) => ({ stopRun: (id) => verbs.stopRun(id) }),
  },

  'the same run asked for again keeps its first note': {
    async check({ verbs }) {
      const ask = (why: string) => verbs.warm(warmOf({ id: 'r1', why }), 'api');
      const { note } = (await ask('the first')).run;
      expect(note).toContain('the first');
      expect((await ask('the second')).run.note).toBe(note);
    },
    lie: ({ verbs }) => ({
      async warm(request, cause) {
        const { run, created } = await verbs.warm(request, cause);
        return { run: { ...run, note: request.why ?? '' }, created };
      },
    }),
  },

  'a run that has ended cannot be stopped': {
    async check(subject) {
      const run = await finished(subject);
      await expectRejection(subject.verbs.stopRun(run.id), 'E_CONFLICT');
      expect(await subject.verbs.run(run.id)).toEqual(run);
    },
    lie: ({ verbs }) => ({ stopRun: (id) => verbs.run(id) }),
  },

  'a watch shows the run at once and at each change, and ends with it': {
    async check(subject) {
      const { run } = await subject.verbs.warm(warmOf(), 'api');
      const watching = collect(subject.verbs.watchRun(run.id, NEVER));
      await subject.work(run.id);
      const seen: RunView[] = await subject.drive(watching);
      expect(seen[0]).toMatchObject({ id: run.id, state: 'planning' });
      expect(seen.at(-1)).toEqual(await subject.verbs.run(run.id));
      // One that does not go on is shown again with what it waits for.
      const revisions = seen.filter(({ waits }) => waits.length === 0).map(({ revision }) => revision);
      expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
    },
    lie: ({ verbs }) => ({
      async *watchRun(id) {
        yield await verbs.run(id);
      },
    }),
  },

  'a watch ends when its signal aborts': {
    async check({ verbs, drive }) {
      const { run } = await verbs.warm(warmOf(), 'api');
      const away = new AbortController();
      const views = verbs.watchRun(run.id, away.signal)[Symbol.asyncIterator]();
      expect((await views.next()).value).toMatchObject({ state: 'planning' });
      const next = views.next();
      away.abort();
      expect(await drive(next)).toMatchObject({ done: true });
    },
    lie: ({ verbs }) => ({
      async *watchRun(id) {
        for (;;) yield await verbs.run(id);
      },
    }),
  },
};
