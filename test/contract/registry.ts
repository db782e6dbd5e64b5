/** What every registry must do, and for each clause one that does not. */
import { expect } from 'vitest';
import { LIVE_WITHIN_MS, type ProcessBeat, type Registry } from '../../src/catalog/registry.ts';
import { NO_STATISTICS } from '../../src/core/metrics/statistics.ts';
import { countsOf } from '../../src/core/outcome.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

export function beatOf(id: string, seenAt: number): ProcessBeat {
  return {
    ...{ id, roles: ['worker', 'api'], host: 'one', pid: 42, startedAt: 5, seenAt },
    memory: { entries: 3, bytes: 1_000 },
    statistics: NO_STATISTICS,
  };
}

const registryClauses: ClausesWithLiars<Registry> = {
  'returns the live processes by id, each as it last was': {
    async check(registry) {
      const scheduler = { ...beatOf('a', 2_000), memory: undefined };
      await registry.beat(beatOf('b', 1_000));
      await registry.beat(scheduler);
      await registry.beat({ ...beatOf('b', 3_000), roles: ['worker'] });
      expect(await registry.processes(3_000)).toEqual([
        scheduler,
        { ...beatOf('b', 3_000), roles: ['worker'] },
      ]);
    },
    lie(honest) {
      const known = new Set<string>();
      return liar(honest, {
        async beat(process) {
          if (!known.has(process.id)) await honest.beat(process);
          known.add(process.id);
        },
      });
    },
  },

  'keeps what a process has done': {
    async check(registry) {
      const statistics = { ...NO_STATISTICS, evicted: [{ tier: 'disk', keys: 5, unread: 1 }], problems: 3 };
      await registry.beat({ ...beatOf('a', 1_000), statistics });
      expect(await registry.processes(1_000)).toEqual([{ ...beatOf('a', 1_000), statistics }]);
    },
    lie: (honest) =>
      liar(honest, { beat: (process) => honest.beat({ ...process, statistics: NO_STATISTICS }) }),
  },

  'keeps what a process knows': {
    async check(registry) {
      const names = { sources: { quote: 'hot' }, entities: ['places'] } as const;
      const all = { ...names, jobs: ['prefetch'], version: '1.2.3' };
      await registry.beat({ ...beatOf('a', 1_000), knows: names });
      await registry.beat({ ...beatOf('b', 1_000), knows: all });
      expect((await registry.processes(1_000)).map(({ knows }) => knows)).toEqual([names, all]);
    },
    lie: (honest) =>
      liar(honest, {
        beat: ({ knows, ...rest }) =>
          honest.beat(knows === undefined ? rest : { ...rest, knows: { ...knows, jobs: undefined } }),
      }),
  },

  'forgets a process that is silent for too long, until it beats again': {
    async check(registry) {
      await registry.beat(beatOf('a', 1_000));
      expect(await registry.processes(1_000 + LIVE_WITHIN_MS)).toHaveLength(1);
      expect(await registry.processes(1_001 + LIVE_WITHIN_MS)).toEqual([]);
      await registry.beat(beatOf('a', 50_000));
      expect(await registry.processes(50_000)).toHaveLength(1);
    },
    lie: (honest) => liar(honest, { processes: () => honest.processes(0) }),
  },

  'forgets a process that leaves, and no other': {
    async check(registry) {
      await registry.beat(beatOf('a', 1_000));
      await registry.beat(beatOf('b', 1_000));
      await registry.leave('a');
      await registry.leave('unknown');
      expect((await registry.processes(1_000)).map(({ id }) => id)).toEqual(['b']);
    },
    lie: (honest) => liar(honest, { leave: async () => {} }),
  },

  'keeps what is wanted of the log of each process until it is over': {
    async check(registry) {
      const wish = { level: 'debug', by: 'ann', at: 1_000, until: 5_000 } as const;
      await registry.askLogLevel('a', { ...wish, level: null });
      await registry.askLogLevel('b', { ...wish, until: 4_000 });
      await registry.askLogLevel('a', wish);
      expect([...(await registry.logLevels(3_999))].toSorted()).toEqual([
        ['a', wish],
        ['b', { ...wish, until: 4_000 }],
      ]);
      expect([...(await registry.logLevels(4_000)).keys()]).toEqual(['a']);
    },
    lie: (honest) => liar(honest, { logLevels: () => honest.logLevels(0) }),
  },

  'has what is wanted of all processes take the place of what was wanted of any': {
    async check(registry) {
      const wish = { level: 'debug', by: 'ann', at: 1_000, until: 5_000 } as const;
      await registry.askLogLevel('a', wish);
      await registry.askLogLevel('all', { ...wish, level: null });
      await registry.askLogLevel('b', wish);
      expect([...(await registry.logLevels(1_000)).keys()].toSorted()).toEqual(['all', 'b']);
    },
    lie: (honest) =>
      liar(honest, {
        askLogLevel: (process, wish) => honest.askLogLevel(process === 'all' ? 'every' : process, wish),
      }),
  },

  'remembers the latest tick of each schedule, in whatever order they are noted': {
    async check(registry) {
      await registry.noteTick('nightly', 2_000, 'nightly-2000');
      await registry.noteTick('nightly', 1_000, 'nightly-1000');
      await registry.noteTick('hot', 500);
      await registry.noteTick('hot', 600);
      expect((await registry.ticks()).toSorted((a, b) => a.nominal - b.nominal)).toEqual([
        { schedule: 'hot', nominal: 600, run: undefined },
        { schedule: 'nightly', nominal: 2_000, run: 'nightly-2000' },
      ]);
    },
    lie(honest) {
      const last = new Map<string, [nominal: number, run: string | undefined]>();
      return liar(honest, {
        async noteTick(schedule, nominal, run) {
          last.set(schedule, [nominal, run]);
        },
        ticks: async () => [...last].map(([schedule, [nominal, run]]) => ({ schedule, nominal, run })),
      });
    },
  },

  'lets one process measure at a time, for as long as it goes on, and the next one when it ends or falls silent':
    {
      async check(registry) {
        expect(await registry.measures('a', 1_000, 2_000)).toBe(true);
        expect(await registry.measures('b', 1_500, 2_500)).toBe(false);
        expect(await registry.measures('a', 1_500, 2_500)).toBe(true);
        expect(await registry.measures('b', 2_499, 3_500)).toBe(false);
        expect(await registry.measures('b', 2_500, 3_500)).toBe(true);
        await registry.endMeasuring('a');
        expect(await registry.measures('a', 3_000, 4_000)).toBe(false);
        await registry.endMeasuring('b');
        expect(await registry.measures('a', 3_000, 4_000)).toBe(true);
      },
      lie: (honest) => liar(honest, { measures: async () => true }),
    },

  'adds up the outcomes of each source': {
    async check(registry) {
      await Promise.all([
        registry.count('quote', { warmed: 5, failed: 1 }),
        registry.count('quote', { warmed: 2, unchanged: 0 }),
        registry.count('profile', { refused: 4 }),
      ]);
      expect(await registry.counts(['quote'])).toEqual([countsOf({ warmed: 7, failed: 1 })]);
    },
    lie: (honest) => liar(honest, { count: (_, outcomes) => honest.count('quote', outcomes) }),
  },

  'returns the totals of the sources in order, zeros for those without': {
    async check(registry) {
      await registry.count('quote', { warmed: 5 });
      await registry.count('profile', {});
      expect(await registry.counts(['profile', 'quote', 'new'])).toEqual([
        countsOf(),
        countsOf({ warmed: 5 }),
        countsOf(),
      ]);
      expect(await registry.counts([])).toEqual([]);
    },
    lie: (honest) => liar(honest, { counts: (sources) => honest.counts(sources.toSorted().toReversed()) }),
  },
};

export const { clauses: REGISTRY_CLAUSES, liars: REGISTRY_LIARS } = apart(registryClauses);
