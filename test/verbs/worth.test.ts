import { expect, test } from 'vitest';
import { MOST_COUNTED } from '../../src/catalog/popularity.ts';
import { worthVerbs } from '../../src/verbs/worth.ts';
import { buildJobs } from '../support/build-jobs.ts';
import { keysOf, sourceWith } from '../support/sources.ts';
import { reportedForAnHour, verbsOf } from './verbs.steps.ts';

const DAY = 86_400_000;
const QUOTE = sourceWith({ name: 'quote', keysPerCall: 5 });
const NEWS = sourceWith({ name: 'news', lifetime: { ttl: DAY, refreshAhead: 0.5, grace: 0 } });

test('what is refreshed and not read is told apart from what nothing is known of, with its calls', async () => {
  const jobs = buildJobs({ sources: [sourceWith(), QUOTE, NEWS] });
  const now = jobs.clock.now();
  for (const source of ['profile', 'quote', 'news'])
    await jobs.catalog.track(source, keysOf(10, source), now);
  await reportedForAnHour(jobs, ['quote', 'news']);
  const reads = { 'quote:m0': 1_000, 'quote:m1': 1, 'quote:elsewhere': 7 };
  await jobs.popularity.count('quote', new Map(Object.entries(reads)), now);
  await jobs.popularity.count('news', new Map([['news:m0', 3]]), now);
  const { sources, overMs } = await verbsOf(jobs).worth('', 3);
  expect(overMs).toBe(3_600_000);
  // Each is refreshed after 80 s, 1,080 times a day; of quotes five together.
  expect(sources.map(({ samples, ...row }) => ({ ...row, samples: samples.length }))).toEqual([
    {
      ...{ source: 'quote', temperature: 'warm', keys: 10, everyMs: 80_000, reported: true, reads: 1_001 },
      ...{ since: now - 3_600_000, overMs: 3_600_000, by: [] },
      ...{ worth: 1, seldom: 1, unread: 8, untold: 0, callsPerDay: 2_160, callsUnread: 1_728, samples: 3 },
    },
    expect.objectContaining({ source: 'profile', reported: false, unread: 0, untold: 10, samples: 0 }),
    expect.objectContaining({ source: 'news', worth: 1, unread: 0, untold: 9, callsPerDay: 20 }),
  ]);
  expect(sources[0]?.samples).not.toContain('quote:m0');
  expect((await verbsOf(jobs).worth('source=news')).sources).toHaveLength(1);
});

test('of more keys than reads are counted of, none is called unread', async () => {
  const jobs = buildJobs();
  const page = { source: sourceWith(), keys: keysOf(1_000), params: new Map(), unkeyed: 0 };
  const selection = {
    async *known() {
      for (let keys = 0; keys <= MOST_COUNTED; keys += 1_000) yield page;
    },
  };
  await reportedForAnHour(jobs, ['profile']);
  await jobs.popularity.count('profile', new Map([['profile:m0', 1]]), jobs.clock.now());
  const { sources } = await worthVerbs({ ...jobs, selection }).worth('', 3);
  expect(sources).toMatchObject([{ keys: 51_000, unread: 0, seldom: 51, untold: 50_949, samples: [] }]);
});

test('of a source with more keys than reads are counted of, no part is called unread, and no single key', async () => {
  const jobs = buildJobs();
  const { catalog, clock } = jobs;
  await catalog.track('profile', ['profile:m1', 'profile:m2'], clock.now());
  await reportedForAnHour(jobs, ['profile']);
  await jobs.popularity.count('profile', new Map([['profile:m1', 1_000]]), clock.now());
  const verbs = verbsOf(jobs);
  expect((await verbs.worth('prefix=profile:m')).sources).toMatchObject([{ worth: 1, unread: 1, untold: 0 }]);
  expect((await verbs.explain('profile:m2')).worth.verdict).toBe('unread');
  catalog.size = async () => ({ keys: MOST_COUNTED + 1, due: 0, failing: 0 });
  expect((await verbs.worth('prefix=profile:m')).sources).toMatchObject([
    { keys: 2, worth: 1, unread: 0, untold: 1, callsUnread: 0, samples: [] },
  ]);
  expect((await verbs.explain('profile:m2')).worth.verdict).toBe('untold');
  expect((await verbs.explain('profile:m1')).worth.verdict).toBe('worth');
});

test('nothing is called seldom or unread by a look of a few minutes, and who has looked since when is told', async () => {
  const jobs = buildJobs();
  const { catalog, clock, popularity, registry } = jobs;
  await catalog.track('profile', ['profile:m1', 'profile:m2', 'profile:m3'], clock.now());
  const beat = { id: 'me', roles: ['reader'], host: 'here', pid: 7, startedAt: 0, seenAt: clock.now() };
  await registry.beat({ ...beat, memory: undefined, statistics: undefined });
  await popularity.count('profile', new Map([['profile:m1', 1]]), clock.now() - 120_000);
  await popularity.count('profile', new Map([['profile:m2', 50]]), clock.now());
  const watched = { since: clock.now() - 120_000, overMs: 120_000, by: ['reader 7 on here'] };
  const verbs = verbsOf(jobs);
  expect((await verbs.worth('')).sources).toMatchObject([
    { ...watched, reported: true, worth: 1, seldom: 0, unread: 0, untold: 2, callsUnread: 0, samples: [] },
  ]);
  for (const [key, verdict] of [
    ['profile:m1', 'untold'],
    ['profile:m2', 'worth'],
    ['profile:m3', 'untold'],
  ] as const) {
    const { worth, reported } = await verbs.explain(key);
    expect([worth.verdict, reported]).toEqual([verdict, watched]);
    expect(worth.sentence).toMatch(/ in 2m/);
  }
  expect((await verbs.check('', 0)).reads).toEqual({ all: 51, warm: 0, overMs: 120_000 });
});
