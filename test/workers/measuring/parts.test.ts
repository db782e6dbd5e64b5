/** Each gauge of the whole service, with each of what it is measured from failing, or hanging. */
import { describe, expect, test } from 'vitest';
import { byUser } from '../../../src/budget/call-counter.ts';
import { countedApart, type LedgerState } from '../../../src/budget/ledger.ts';
import { type Budget, intervalOf } from '../../../src/core/budget.ts';
import { ForewarmError, messageOf } from '../../../src/core/errors.ts';
import { SERVICE_GROUPS, type ServiceGroup } from '../../../src/core/metrics/service-metrics.ts';
import type { AnyRow } from '../../../src/core/metrics/statistics.ts';
import type { Fences } from '../../../src/tiers/invalidation/fences.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import type { Tier } from '../../../src/tiers/tier.ts';
import type { Section } from '../../../src/workers/measuring/measurer.ts';
import { samples } from '../../../src/workers/measuring/samples.ts';
import { UsageLooks } from '../../../src/workers/measuring/tier-usage.ts';
import { upkeep } from '../../../src/workers/measuring/upkeep.ts';
import { waitingWork } from '../../../src/workers/measuring/waiting-work.ts';
import { drive, FakeClock } from '../../support/fake-clock.ts';
import { newMeasuring } from '../../support/measuring.ts';
import { sourceWith } from '../../support/sources.ts';

const NOW = 1_700_000_000_000;
const BUDGET: Budget = { concurrency: 4, rate: { calls: 10, perMs: 1_000 } };
/** Each source has an origin of its own name. */
const NAMES = ['good', 'bad'];

function stateOf(origin: string): LedgerState {
  return {
    ...{
      origin,
      inFlight: 0,
      processes: 1,
      pausedUntil: 0,
      pauseReason: '',
      pausedBy: '',
      outage: undefined,
    },
    limits: { concurrency: 4, intervalMs: intervalOf(BUDGET) },
    ...{ lowered: undefined, quota: { left: 7, resetAt: NOW + 60_000 }, freely: 0, counted: [], windows: [] },
    calls: { ok: 0, throttled: 0, failed: 0, ms: 0, by: byUser(() => 0), apart: countedApart(() => 0) },
    ...{ waiting: byUser(() => 0), used: [] },
  };
}

/** A tier of that name that all processes share. */
function sharedTier(name: string, usage: Tier['usage']): Tier {
  const tier = new MemoryTier({ name, maxSize: 1e6, clock: new FakeClock() });
  return Object.assign(tier, { traits: { ...tier.traits, reach: 'shared', writes: 'brief' }, usage });
}

/** What becomes of a question about a name; undefined: it is answered. */
type Trouble = (of: string) => Promise<never> | undefined;
type Input =
  | 'outlook'
  | 'scan'
  | 'sample'
  | 'state'
  | 'counts'
  | 'oldest'
  | 'lanes'
  | 'total'
  | 'look'
  | 'usage';

function create(input: Input | undefined, trouble: Trouble) {
  const clock = new FakeClock();
  const asked =
    <R>(name: Input, answer: (of: string) => R) =>
    async (of: string): Promise<R> =>
      (input === name ? trouble(of) : undefined) ?? answer(of);
  const outlook = {
    of: asked('outlook', () => ({ keys: 3, failing: 1, earliest: NOW - 5, dueBy: [1, 1, 1, 2] })),
    sample: asked('sample', (source) => [{ key: `${source}:1`, due: NOW }]),
  };
  const catalog = { scan: asked('scan', () => ({ records: [], cursor: undefined })) };
  const ledger = { state: asked('state', stateOf) };
  const counts = { waiting: 1, delayed: 0, active: 0, failed: 2 };
  const queue = {
    counts: asked('counts', () => counts),
    oldest: asked('oldest', () => NOW - 9),
    lanes: async () => {
      const lanes = asked('lanes', () => ['control', ...NAMES, 'orphan']);
      return lanes('bad');
    },
  };
  const total = asked('total', () => 4);
  const look = asked('look', () => [undefined]);
  const budgets = new Map(NAMES.map((name) => [name, BUDGET]));
  const sources = new Map(NAMES.map((name) => [name, { ...sourceWith({ name }), origin: name }]));
  const use = asked('usage', () => ({ entries: 1, bytes: 9 }));
  const tiers = NAMES.map((name) => sharedTier(name, () => use(name)));
  const stack = {
    ...{ tiers, fences: { sync: async () => {} } as unknown as Fences },
    look: ({ name }: Tier) => look(name),
  };
  const usage = new UsageLooks({ clock, tiers });
  const { section: sampled, unlisted } = samples({ outlook, sources, stack });
  const sections: Section[] = [
    ...upkeep({ catalog, outlook, ledger, sources, budgets, unlisted }),
    waitingWork({ queue, deadLetters: { total: () => total('bad') }, budgets }),
    sampled,
    async (measuring) => ({ shared: await usage.look(measuring) }),
  ];
  const { measuring, told } = newMeasuring(NOW, { clock, ms: 1_000 });
  const measured = async () => {
    const rows = await drive(clock, Promise.all(sections.map((section) => section(measuring))));
    return Object.assign({}, ...rows) as Partial<Record<ServiceGroup, readonly AnyRow[]>>;
  };
  return { measured, told };
}

const SLIP = () => Promise.reject(new Error('a slip'));
const HANGS = () => new Promise<never>(() => undefined);

/** Of each input the groups that are made from it. */
const MADE_FROM: Readonly<Record<Input, readonly ServiceGroup[]>> = {
  outlook: ['worklist', 'quarantined', 'expiring', 'runway'],
  scan: ['quarantined'],
  sample: ['coverage', 'stored'],
  state: ['limits', 'rates', 'quotas', 'affordable'],
  counts: ['lanes', 'deadLetters'],
  oldest: ['oldest'],
  lanes: ['lanes', 'oldest', 'deadLetters'],
  total: ['deadLetters'],
  look: ['coverage', 'stored'],
  usage: ['shared'],
};
const INPUTS = Object.keys(MADE_FROM) as Input[];

describe.each([
  ['fails', SLIP],
  ['hangs', HANGS],
])('where one part %s', (_, trouble) => {
  test.each(INPUTS)('of what "%s" says, its own gauges are absent, and no other', async (input) => {
    const well = await create(undefined, () => undefined).measured();
    const { measured, told } = create(input, (of) => (of === 'bad' ? trouble() : undefined));
    const rows = await measured();
    for (const group of SERVICE_GROUPS) {
      const [before = [], now = []] = [well[group], rows[group]];
      if (!MADE_FROM[input].includes(group)) expect(now, group).toEqual(before);
      else expect(now.length, group).toBeLessThan(before.length);
      // What is left is what there was, and not some sum of the rest.
      for (const row of now) expect(before, group).toContainEqual(row);
    }
    expect(told).toHaveLength(1);
  });

  test.each(INPUTS)('and all of what "%s" says, each fault is told once', async (input) => {
    const { measured, told } = create(input, trouble);
    const rows = await measured();
    for (const group of MADE_FROM[input]) {
      // Some of these are made from something else, too.
      if (group !== 'deadLetters' && input !== 'lanes') expect(rows[group] ?? [], group).toEqual([]);
    }
    const texts = told.map(messageOf);
    expect(texts.length).toBeGreaterThan(0);
    expect(texts).toEqual([...new Set(texts)]);
  });
});

test('that a server is away is told by others', async () => {
  const away = () => Promise.reject(new ForewarmError('E_REDIS_UNAVAILABLE', 'away'));
  const { measured, told } = create('state', away);
  expect((await measured()).limits).toEqual([]);
  expect(told).toEqual([]);
});
