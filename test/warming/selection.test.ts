import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { KeyTemplate, LONGEST_VALUE } from '../../src/core/key.ts';
import { parseSelector } from '../../src/core/selector/selector-grammar.ts';
import type { Params } from '../../src/core/source.ts';
import type { SelectedKeys } from '../../src/warming/selected-keys.ts';
import { Selection } from '../../src/warming/selection.ts';
import { buildJobs, type Jobs, type JobsOptions } from '../support/build-jobs.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../support/entries.ts';
import { csvOf, keysOf, marketsCsv, sourceWith } from '../support/sources.ts';
import { NEVER } from './warm.steps.ts';

const QUOTE = sourceWith({ name: 'quote', temperature: 'hot' });
const PROFILE = sourceWith({ name: 'profile', temperature: 'cold' });
const USER = sourceWith({ name: 'user', template: 'user:{user}:{lang}' });

const users = () =>
  csvOf([
    ['user', 'lang'],
    ['u1', 'en'],
    ['u2', 'de'],
  ]);

function build(options: JobsOptions = {}): Jobs {
  return buildJobs({
    sources: [QUOTE, PROFILE, USER],
    entities: { markets: marketsCsv(2), users: users() },
    ...options,
  });
}

async function collect(pages: AsyncIterable<SelectedKeys>): Promise<string[]> {
  const all: string[] = [];
  for await (const { source, keys } of pages) {
    for (const key of keys) expect(source.key.match(key), `${key} of ${source.name}`).toBeDefined();
    all.push(...keys);
  }
  return all;
}

const expected = ({ selection }: Jobs, text: string) =>
  collect(selection.expected(parseSelector(text), NEVER));
const known = ({ selection }: Jobs, text: string) => collect(selection.known(parseSelector(text), NEVER));

test('a row that gives a key tags that a row before it lacks is told of; one with no more tags is not', async () => {
  const tagged = sourceWith({ name: 'quote', tags: [KeyTemplate.parse('r:{region}')] });
  const rows = [
    ['id', 'market', 'region'],
    ['1', 'm1', 'z'],
    ['2', 'm1', 'y'],
    ['3', 'm1', 'z'],
    ['4', 'm2', 'y'],
  ];
  const jobs = buildJobs({ sources: [tagged], entities: { markets: { ...csvOf(rows), id: 'id' } } });
  expect(await expected(jobs, '')).toEqual(['quote:m1', 'quote:m2']);
  const problems = jobs.log.seen.filter(({ name }) => name === 'problem');
  expect(problems.map(({ payload }) => payload)).toMatchObject([
    {
      where: 'entity set "markets", source "quote"',
      error: { message: expect.stringMatching(/^a row gives key "quote:m1" tags .* a key has one row$/) },
    },
  ]);
});

test('rows that a source cannot ask for are left out where bad rows are to be, and told of; else they are planned', async () => {
  const refusal = ({ market }: Params) => (market === '..' ? 'it leads out of its path' : undefined);
  const picky = { ...sourceWith({ name: 'quote' }), refusal };
  const rows = csvOf([['market'], ['m1'], ['..'], ['m2']]);
  const jobs = (badRows: 'skip' | 'refuse') =>
    buildJobs({ sources: [picky, PROFILE], entities: { markets: { ...rows, badRows } } });
  const skipping = jobs('skip');
  const all = ['profile:m1', 'profile:..', 'profile:m2'];
  expect(await expected(skipping, '')).toEqual(['quote:m1', 'quote:m2', ...all]);
  const problems = skipping.log.seen.filter(({ name }) => name === 'problem');
  expect(problems.map(({ payload }) => payload)).toMatchObject([
    {
      where: 'entity set "markets", source "quote"',
      error: { message: 'a row is left out, since it cannot be asked for: it leads out of its path' },
    },
  ]);
  expect(await expected(jobs('refuse'), '')).toEqual(['quote:m1', 'quote:..', 'quote:m2', ...all]);
});

describe('the expected keys', () => {
  test.each([
    ['', ['quote:m0', 'quote:m1', 'profile:m0', 'profile:m1', 'user:u1:en', 'user:u2:de']],
    ['source=quote', ['quote:m0', 'quote:m1']],
    ['source=quote,user', ['quote:m0', 'quote:m1', 'user:u1:en', 'user:u2:de']],
    ['entities=users', ['user:u1:en', 'user:u2:de']],
    ['entities=markets source=profile', ['profile:m0', 'profile:m1']],
    ['entities=users source=profile', []],
    ['temperature=hot', ['quote:m0', 'quote:m1']],
    ['temperature=hot,warm', ['quote:m0', 'quote:m1', 'user:u1:en', 'user:u2:de']],
    ['temperature=hot source=profile', []],
    ['prefix=user:u2', ['user:u2:de']],
    ['prefix=quote:,profile:m1', ['quote:m0', 'quote:m1', 'profile:m1']],
    ['key=profile:m1', ['profile:m1']],
    ['key=profile:m1,quote:elsewhere', ['quote:elsewhere', 'profile:m1']],
    ['key=profile:m1 source=quote', []],
    ['key=profile:m1,profile:m1', ['profile:m1']],
    ['key=profile:m1,profile:elsewhere entities=markets', ['profile:m1']],
  ])('of "%s" are %j', async (text, keys) => {
    expect(await expected(build(), text)).toEqual(keys);
  });

  test('are each selected once, however many entity sets name them', async () => {
    const jobs = build({ entities: { some: marketsCsv(3), all: marketsCsv(5) } });
    expect(await expected(jobs, 'source=quote')).toEqual(keysOf(5, 'quote'));
  });

  test('of a source without params are one, with or without entity sets', async () => {
    const constant = sourceWith({ name: 'summary', template: 'summary' });
    expect(await expected(build({ sources: [constant], entities: {} }), '')).toEqual(['summary']);
    expect(await expected(build({ sources: [constant] }), 'source=summary')).toEqual(['summary']);
    expect(await expected(build({ sources: [constant] }), 'prefix=other')).toEqual([]);
  });

  test('come in pages of one source, and all of them', async () => {
    const jobs = build({ sources: [QUOTE, PROFILE], entities: { markets: marketsCsv(2_500) } });
    const sizes: number[] = [];
    for await (const { keys } of jobs.selection.expected(parseSelector(''), NEVER)) sizes.push(keys.length);
    expect(sizes.reduce((a, b) => a + b)).toBe(5_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
  });

  test('leave a row out that lacks a value, and tell of it', async () => {
    const rows = [
      ['market', 'lang'],
      ['a', 'en'],
      ['b', ''],
      ['c', 'de'],
    ];
    const source = sourceWith({ template: 'profile:{market}:{lang}' });
    const jobs = build({ sources: [source], entities: { markets: csvOf(rows) } });
    expect(await expected(jobs, '')).toEqual(['profile:a:en', 'profile:c:de']);
    const problem = jobs.log.seen.find(({ name }) => name === 'problem');
    expect(problem?.payload).toMatchObject({
      where: 'entity set "markets", source "profile"',
      error: { code: 'E_ENTITIES_INVALID', message: expect.stringContaining('param "lang" is empty') },
    });
  });

  test('carry the params of keys that hold a hash, and of no others', async () => {
    const long = 'y'.repeat(LONGEST_VALUE + 1);
    const jobs = build({
      sources: [QUOTE],
      entities: {
        markets: csvOf([
          ['market', 'more'],
          ['a', '1'],
          [long, '2'],
        ]),
      },
    });
    const params = new Map<string, Params>();
    for await (const page of jobs.selection.expected(parseSelector(''), NEVER)) {
      for (const [key, of] of page.params) params.set(key, of);
    }
    expect([...params]).toEqual([[QUOTE.key.build({ market: long }), { market: long }]]);
  });

  test('of an entity set that cannot be read are refused with its file', async () => {
    const entities = { markets: { ...marketsCsv(1), csv: '/nowhere/markets.csv' } };
    await expect(expected(build({ entities }), '')).rejects.toMatchObject({
      code: 'E_ENTITIES_INVALID',
      message: expect.stringContaining('/nowhere/markets.csv'),
    });
  });

  test('stop coming once the signal aborts', async () => {
    const jobs = build();
    const stopping = new AbortController();
    const reading = async () => {
      for await (const _ of jobs.selection.expected(parseSelector(''), stopping.signal))
        stopping.abort(new Error('stop'));
    };
    await expect(reading()).rejects.toThrow('stop');
  });
});

describe('age', () => {
  /** m0 was confirmed an hour ago, m1 a minute ago, m2 was dropped, m3 is not stored. */
  async function aged(): Promise<Jobs> {
    const jobs = build({ sources: [PROFILE], entities: { markets: marketsCsv(4) } });
    const put = (key: string, ago: number) =>
      ({
        kind: 'put',
        entry: entryOf(key, '1', { fetchedAt: FETCHED_AT - 2 * ago, checkedAt: FETCHED_AT - ago }),
      }) as const;
    const dropped = { kind: 'put', entry: tombstoneOf('profile:m2', 1) } as const;
    await jobs.stack.putMany([put('profile:m0', 3_600_000), put('profile:m1', 60_000), dropped], NEVER);
    await jobs.catalog.track('profile', keysOf(4), FETCHED_AT);
    return jobs;
  }

  test.each([
    ['age>10m', ['profile:m0', 'profile:m2', 'profile:m3'], ['profile:m0']],
    ['age>2h', ['profile:m2', 'profile:m3'], []],
    ['age<10m', ['profile:m1'], ['profile:m1']],
    ['age>30s age<10m', ['profile:m1'], ['profile:m1']],
  ])('"%s" expects %j and knows %j', async (text, toWarm, there) => {
    const jobs = await aged();
    expect(await expected(jobs, text)).toEqual(toWarm);
    expect(await known(jobs, text)).toEqual(there);
  });
});

describe('the known keys', () => {
  test('are those in the catalog, whoever put them there', async () => {
    const jobs = build();
    await jobs.catalog.track('quote', ['quote:m0', 'quote:elsewhere'], 0);
    await jobs.catalog.track('profile', ['profile:m0'], 0);
    await jobs.catalog.track('unconfigured', ['unconfigured:m0'], 0);
    expect((await known(jobs, '')).sort()).toEqual(['profile:m0', 'quote:elsewhere', 'quote:m0']);
    expect(await known(jobs, 'temperature=cold')).toEqual(['profile:m0']);
    expect(await known(jobs, 'prefix=quote:e')).toEqual(['quote:elsewhere']);
  });

  test('are all of them, over many pages', async () => {
    const jobs = build({ sources: [QUOTE] });
    await jobs.catalog.track('quote', keysOf(3_000, 'quote'), 0);
    expect(new Set(await known(jobs, ''))).toEqual(new Set(keysOf(3_000, 'quote')));
  });

  test('of a selector with keys or entity sets are what it names', async () => {
    const jobs = build();
    expect(await known(jobs, 'key=quote:any')).toEqual(['quote:any']);
    expect(await known(jobs, 'entities=markets source=quote')).toEqual(['quote:m0', 'quote:m1']);
    expect(await known(jobs, 'entities=markets temperature=cold')).toEqual(['profile:m0', 'profile:m1']);
  });
});

describe('a selector that names what is not configured is refused', () => {
  test.each([
    ['source=qoute', 'source "qoute" is not configured; did you mean "quote"?'],
    ['entities=market', 'entity set "market" is not configured; did you mean "markets"?'],
    ['source=xyzzyplugh', 'there is quote, profile, user'],
    ['key=quotes:m0', 'key "quotes:m0" fits no source; keys look like quote:{market}, profile:{market}'],
  ])('%s', async (text, message) => {
    const jobs = build();
    for (const walk of [expected, known]) {
      await expect(walk(jobs, text)).rejects.toMatchObject({
        code: 'E_SELECTOR_INVALID',
        message: expect.stringContaining(message),
      });
    }
  });
});

test('a key is of the source whose template it fits', () => {
  const { selection } = build();
  expect(selection.sourceOf('quote:m0')).toBe(QUOTE);
  expect(selection.sourceOf('user:a:b')).toBe(USER);
  expect(() => selection.sourceOf('user:a')).toThrow(/fits no source/);
});

test('a hundred thousand named keys leave others their turn', async () => {
  const jobs = build({ sources: [QUOTE, PROFILE], entities: {} });
  const live = new Selection({ ...jobs, clock: systemClock });
  const named = keysOf(100_000, 'quote');
  const selector = parseSelector(`key=${named.join(',')}`);
  let turns = 0;
  let ended = false;
  const count = () => {
    turns += 1;
    if (!ended) setImmediate(count);
  };
  setImmediate(count);
  const began = process.cpuUsage();
  const keys = await collect(live.expected(selector, NEVER));
  const { user, system } = process.cpuUsage(began);
  ended = true;
  expect(keys).toHaveLength(100_000);
  // Quadratic work takes minutes; what is linear takes less than two seconds on any machine, checks of this test included.
  expect((user + system) / 1_000).toBeLessThan(4_000);
  expect(turns).toBeGreaterThan(5);
});
