import { describe, expect, test } from 'vitest';
import type { CatalogRecord } from '../../src/catalog/catalog.ts';
import { Events } from '../../src/core/events.ts';
import type { Source } from '../../src/core/source.ts';
import { LostKeys } from '../../src/jobs/lost-keys.ts';
import type { Stack, Survey } from '../../src/tiers/stack/stack.ts';
import { liar } from '../contract/liar.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { tombstoneOf } from '../support/entries.ts';
import { EventLog } from '../support/event-log.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { keysOf, sourceWith } from '../support/sources.ts';
import { bodies, loseIn, NEVER, warm } from '../warming/warm.steps.ts';

const DAY = 86_400_000;
const SOURCE = sourceWith({ lifetime: { ttl: DAY, refreshAhead: 0.9, grace: DAY } });
const KEYS = keysOf(3);
const [ONE = '', TWO = ''] = KEYS;

/** Keys that are in every tier, and not due for most of a day. */
async function allWarm(): Promise<Jobs> {
  const jobs = buildJobs({ sources: [SOURCE] });
  await jobs.catalog.track('profile', KEYS, jobs.clock.now());
  await warm(jobs, { keys: KEYS });
  return jobs;
}

async function lose(jobs: Jobs, keys: readonly string[], from: readonly ('shared' | 'disk')[]) {
  for (const tier of from) await loseIn(jobs, tier, keys, KEYS);
}

/** Looks as `recover` does, and returns the keys that are queued for it. */
async function look(jobs: Jobs): Promise<string[]> {
  const before = jobs.added.length;
  const payload = { step: 'recover', temperature: 'warm', next: jobs.clock.now() + 60_000 };
  await jobs.refresh.run(jobs.refresh.parse(payload), { id: 'warm-1', signal: NEVER });
  const payloads = jobs.added.slice(before).map(({ payload: queued }) => queued as { keys: string[] });
  return payloads.flatMap(({ keys }) => keys).sort();
}

describe('a key that no tier has any more', () => {
  test('is fetched at the next look, and not when it would be due', async () => {
    const jobs = await allWarm();
    const lost = new EventLog(jobs.events, ['keys:lost']);
    expect(await look(jobs)).toEqual([]);
    await lose(jobs, [ONE, TWO], ['shared', 'disk']);
    expect(await look(jobs)).toEqual([ONE, TWO]);
    expect(lost.seen).toMatchObject([{ payload: { source: 'profile', keys: 2 } }]);
  });

  test('is also one that is a tombstone everywhere, and that nobody made due', async () => {
    const jobs = await allWarm();
    const stamp = await jobs.ledger.stamp('markets');
    await jobs.stack.putMany([{ kind: 'put', entry: tombstoneOf(ONE, stamp) }], NEVER);
    expect(await look(jobs)).toEqual([ONE]);
  });

  test('is left alone while a tier does not answer, and when it is in hand, due soon, or failing', async () => {
    const jobs = await allWarm();
    await lose(jobs, KEYS, ['shared', 'disk']);
    const now = jobs.clock.now();
    const failure = { outcome: 'failed', reason: 'it was away', at: now } as const;
    await jobs.catalog.settle('profile', [{ key: TWO, dueAt: now + DAY, failure }]);
    await jobs.catalog.reschedule('profile', KEYS.slice(2), now + 600_000);
    jobs.disk.chaos.down = true;
    expect(await look(jobs)).toEqual([]);
    jobs.disk.chaos.down = false;
    expect(await look(jobs)).toEqual([ONE]);
  });

  test('is brought back once in its ttl, so that tiers without room have nothing fetched in a circle', async () => {
    const jobs = await allWarm();
    for (const expected of [[ONE], [], []]) {
      await lose(jobs, [ONE], ['shared', 'disk']);
      expect(await look(jobs)).toEqual(expected);
      await warm(jobs, { keys: [ONE], options: { reason: 'due', since: 0 } });
      await jobs.clock.advance(60_000);
    }
    await jobs.clock.advance(DAY);
    await warm(jobs, { keys: KEYS, options: { reason: 'due', since: 0 } });
    await lose(jobs, [ONE], ['shared', 'disk']);
    expect(await look(jobs)).toEqual([ONE]);
  });

  test('is left alone while a shared tier overflows', async () => {
    const jobs = await allWarm();
    await lose(jobs, [ONE], ['shared', 'disk']);
    const looks = (isFull: boolean) => {
      const stack = liar<Stack>(jobs.stack, { overflows: () => isFull });
      return new LostKeys({ ...jobs, stack }).look([SOURCE], NEVER);
    };
    await looks(true);
    expect(await jobs.catalog.claim('profile', jobs.clock.now(), 0, 9)).toEqual([]);
    await looks(false);
    expect(await jobs.catalog.claim('profile', jobs.clock.now(), 0, 9)).toEqual([ONE]);
  });

  test('is looked for in a bucket, which wants its price for each request, only where the other tiers lack it', async () => {
    const jobs = await allWarm();
    const asked: (readonly string[])[] = [];
    const [bucket] = jobs.stack.tiers.filter(({ traits }) => traits.reach === 'shared');
    const stack = liar<Stack>(jobs.stack, {
      tiers: jobs.stack.tiers.map((tier) =>
        tier === bucket ? liar(tier, { traits: { ...tier.traits, writes: 'long' } }) : tier,
      ),
      survey: (keys, signal) => {
        asked.push(keys);
        return jobs.stack.survey(keys, signal);
      },
    });
    const looks = new LostKeys({ ...jobs, stack });
    await looks.look([SOURCE], NEVER);
    await lose(jobs, [ONE], ['disk']);
    await looks.look([SOURCE], NEVER);
    expect(asked).toEqual([[], [ONE]]);
    expect(await jobs.catalog.claim('profile', jobs.clock.now(), 0, 9)).toEqual([]);
    await lose(jobs, [ONE], ['shared', 'disk']);
    jobs.disk.chaos.down = true;
    await looks.look([SOURCE], NEVER);
    expect(await jobs.catalog.claim('profile', jobs.clock.now(), 0, 9)).toEqual([]);
    jobs.disk.chaos.down = false;
    await looks.look([SOURCE], NEVER);
    expect(await jobs.catalog.claim('profile', jobs.clock.now(), 0, 9)).toEqual([ONE]);
  });

  test('of a shared tier alone is copied there from the disk, without a call', async () => {
    const jobs = await allWarm();
    const calls = jobs.origin.calls.length;
    await lose(jobs, [ONE], ['shared']);
    expect(await look(jobs)).toEqual([]);
    expect((await bodies(jobs, ONE))[1]).toBeDefined();
    expect(jobs.origin.calls.length).toBe(calls);
  });
});

test('looks take a part of what there is, and together all of it, source after source', async () => {
  const clock = new FakeClock(0);
  const catalogs: Readonly<Record<string, number>> = { a: 45_000, b: 0, c: 500 };
  const seen: string[] = [];
  const looks = new LostKeys({
    clock,
    events: new Events(),
    catalog: {
      async scan(source, cursor = '0', count) {
        const first = Number(cursor);
        const last = Math.min(first + count, catalogs[source] ?? 0);
        const records = Array.from({ length: last - first }, (_, i): CatalogRecord => {
          return {
            key: `${source}:${first + i}`,
            dueAt: DAY,
            ...{ failure: undefined, keptUntil: undefined },
          };
        });
        return { records, cursor: last < (catalogs[source] ?? 0) ? `${last}` : undefined };
      },
      reschedule: async () => 0,
    },
    stack: {
      tiers: [],
      overflows: () => false,
      fill: async () => 0,
      look: async () => [],
      async survey(keys) {
        seen.push(...keys);
        const there = { goneAt: DAY, staleAt: DAY, dueAt: DAY, kind: 'value' } as Survey['newest'];
        return keys.map((key) => ({ key, newest: there, holder: 'redis', lacking: [], silent: [] }));
      },
    },
  });
  const sources = ['a', 'b', 'c'].map((name): Source => sourceWith({ name }));
  const counts: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    const before = seen.length;
    await looks.look(sources, NEVER);
    counts.push(seen.length - before);
  }
  expect(counts.slice(0, 2)).toEqual([20_000, 20_000]);
  expect(new Set(seen).size).toBe(45_500);
  expect(new Set(seen.slice(0, 40_000)).size).toBe(40_000);
});
