/** Warming keys that are named, one by one or by rows. */
import { describe, expect, test } from 'vitest';
import { KeyTemplate, LONGEST_VALUE, type Params } from '../../../src/core/key.ts';
import { redisKeys } from '../../../src/redis/keys.ts';
import type { WarmRequest } from '../../../src/verbs/runs/warm-request.ts';
import { current, doJob } from '../../jobs/run.steps.ts';
import { buildJobs, type Jobs } from '../../support/build-jobs.ts';
import { found } from '../../support/entry-reads.ts';
import { keysOf, sourceWith, TTL } from '../../support/sources.ts';
import { NEVER } from '../../warming/warm.steps.ts';
import { verbsOf } from '../verbs.steps.ts';

const QUOTE = sourceWith({ name: 'quote', template: 'quote:{market}:{day}' });
const TAGS = [KeyTemplate.parse('r:{region}'), KeyTemplate.parse('k:{kind}')];
const TEXT = sourceWith({ name: 'text', template: 'text:{text}' });
const build = () => buildJobs({ sources: [sourceWith(), QUOTE, TEXT], chunkSize: 1_000 });

/** Rows of markets that are in no entity set. */
const rowsOf = (count: number) => Array.from({ length: count }, (_, i) => ({ market: `x${i}` }));

/** Makes the run of a request and does its jobs. */
async function warmed(jobs: Jobs, request: WarmRequest) {
  const { run } = await verbsOf(jobs).warm(request, 'api');
  await jobs.planner.plan(run.id, NEVER);
  const { chunks } = await current(jobs, run.id);
  for (let chunk = 0; chunk < chunks; chunk += 1)
    await doJob(jobs, { step: 'warm', run: run.id, chunk, attempt: 1 });
  await doJob(jobs, { step: 'verify', run: run.id });
  return verbsOf(jobs).run(run.id);
}

const stored = async (jobs: Jobs) => (await jobs.redis.keys(`${jobs.prefix}:*`)).length;

describe('rows', () => {
  test('make a run of their keys, each once, which are in no entity set', async () => {
    const jobs = build();
    const rows = [...rowsOf(3_000), { market: 'x7', more: 'this is passed over' }];
    const run = await warmed(jobs, { source: 'profile', rows, from: 'prices.csv' });
    expect(run).toMatchObject({
      ...{ state: 'ended', endedReason: 'finished', total: 3_000, pending: 0 },
      selector: 'source=profile rows=3,001 (from prices.csv)',
      named: { keys: 3_000, sources: ['profile'] },
    });
    expect(run.counts.warmed).toBe(3_000);
    expect(await verbsOf(jobs).get('profile:x2999', false)).toBeDefined();
  });

  test('of one key with different tags are refused by their index, unless one has the tags of both', async () => {
    const tagged = sourceWith({ name: 'quote', template: 'quote:{market}', tags: TAGS });
    const jobs = buildJobs({ sources: [tagged] });
    const warm = (rows: NonNullable<WarmRequest['rows']>) =>
      verbsOf(jobs).warm({ source: 'quote', rows }, 'api');
    const z = { market: '31', region: 'z' };
    await expect(warm([z, { market: '31', region: 'y' }])).rejects.toMatchObject({
      code: 'E_REQUEST_INVALID',
      message: expect.stringContaining('gives key "quote:31" the tags "r:y", and a row before it "r:z"'),
    });
    const both = { ...z, kind: 'k' };
    for (const rows of [
      [z, z],
      [both, z],
      [z, both],
      [{ market: '31' }, both, z],
    ]) {
      const jobs = buildJobs({ sources: [tagged] });
      await warmed(jobs, { source: 'quote', rows });
      const [entry] = await jobs.stack.getMany(['quote:31'], 'head', NEVER);
      expect(entry?.head.tags).toEqual(rows.includes(both) ? ['r:z', 'k:k'] : ['r:z']);
    }
  });

  test('may hold numbers, booleans and texts that only a hash of is in the key', async () => {
    const jobs = build();
    const text = 'a'.repeat(LONGEST_VALUE + 1);
    expect(await warmed(jobs, { source: 'text', rows: [{ text, market: 'no' }] })).toMatchObject({
      total: 1,
    });
    expect(await warmed(jobs, { source: 'quote', rows: [{ market: 7, day: true }] })).toMatchObject({
      total: 1,
    });
    const asked = jobs.origin.calls.flatMap(({ requests }) => requests.map(({ params }) => params));
    expect(asked).toEqual([{ text }, { market: '7', day: 'true' }]);
  });

  test('that their origin cannot be asked for are refused, by rows and by keys', async () => {
    const refusal = ({ market }: Params) => (market === '..' ? 'it makes a step' : undefined);
    const verbs = verbsOf(buildJobs({ sources: [sourceWith({ refusal })] }));
    const says = { message: expect.stringContaining('market ".." cannot be asked for: it makes a step') };
    const rows = [{ market: 'a' }, { market: '..' }];
    await expect(verbs.warm({ source: 'profile', rows }, 'api')).rejects.toMatchObject(says);
    await expect(verbs.warm({ keys: ['profile:a', 'profile:..'] }, 'api')).rejects.toMatchObject(says);
  });

  const LONG = 'x'.repeat(65_537);
  test.each<[string, unknown, string]>([
    ['lacks a param', { day: '1' }, 'rows.1: param "market" is missing'],
    ['writes a param wrongly', { day: '1', markt: 'a' }, 'param "market" is missing; did you mean "markt"?'],
    ['has an empty one', { market: '', day: '1' }, 'rows.1: param "market" is empty'],
    ['has null', { market: 'a', day: null }, 'rows.1: param "day" is empty'],
    ['has a list in one', { market: ['a'], day: '1' }, 'rows.1: param "market" is not text, a number'],
    [
      'has a number that is not exact',
      { market: 2 ** 53, day: '1' },
      'is 9007199254740992, which is not an exact number',
    ],
    [
      'has no number',
      { market: Number.NaN, day: '1' },
      'param "market" is NaN, which is not an exact number',
    ],
    ['has half of a surrogate pair', { market: 'a\ud800', day: '1' }, 'param "market" holds U+D800'],
    ['has a text without end', { market: LONG, day: '1' }, 'has 65537 characters; 65536 are allowed'],
    ['is a text', 'a', 'rows.1: "a" is not an object'],
    ['is a list', ['a'], 'rows.1: a list is not an object'],
    ['is nothing', null, 'rows.1: nothing is not an object'],
  ])('of which one %s are refused with its index, and nothing is made', async (_, row, message) => {
    const jobs = build();
    const before = await stored(jobs);
    const rows = [{ market: 'a', day: '1' }, row, { market: 'b', day: '1' }] as NonNullable<
      WarmRequest['rows']
    >;
    await expect(verbsOf(jobs).warm({ source: 'quote', rows }, 'api')).rejects.toMatchObject({
      ...{ code: 'E_REQUEST_INVALID', message: expect.stringContaining(message) },
      details: { errors: [{ place: 'rows.1' }] },
    });
    expect(await stored(jobs)).toBe(before);
    expect(jobs.added).toEqual([]);
  });

  test('of which many are wrong are refused with ten of them and a count', async () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => (i % 2 === 0 ? { market: 'a' } : {}));
    const refused = verbsOf(build()).warm({ source: 'profile', rows }, 'api');
    await expect(refused).rejects.toThrow(
      /^2500 of 5000 rows cannot be warmed.*rows\.19: .*; and 2490 more$/,
    );
  });
});

describe('keys', () => {
  test('make a run of several sources, and hold up nobody with their number', async () => {
    const jobs = build();
    const keys = [...keysOf(20_000), 'quote:a:1', 'quote:a:1'];
    const { run } = await verbsOf(jobs).warm({ keys }, 'api');
    expect(run).toMatchObject({ selector: 'source=profile,quote keys=20,001', cause: 'api' });
    expect(JSON.stringify(run).length).toBeLessThan(1_000);
    await jobs.planner.plan(run.id, NEVER);
    expect(await verbsOf(jobs).run(run.id)).toMatchObject({ total: 20_001, pending: 20_001 });
  });

  test.each([
    [
      'fits no source',
      ['profile:a', 'nowhere'],
      undefined,
      '"nowhere" fits no source; keys look like profile:',
    ],
    ['is of another source', ['profile:a'], 'quote', '"profile:a" is not like quote:{market}:{day}'],
    ['is no text', [7], undefined, 'keys.0: 7 is not text'],
    ['is endless', [`profile:${'a'.repeat(9_000)}`], undefined, 'characters; 4096 are allowed'],
  ])('of which one %s are refused', async (_, keys, source, message) => {
    const jobs = build();
    const refused = verbsOf(jobs).warm({ source, keys: keys as string[] }, 'api');
    await expect(refused).rejects.toMatchObject({
      ...{ code: 'E_REQUEST_INVALID', message: expect.stringContaining(message) },
    });
    expect((await verbsOf(jobs).runs(10, undefined)).runs).toEqual([]);
  });

  test('in a selector of many are taken as a list, so that no run carries them', async () => {
    const jobs = build();
    const { run } = await verbsOf(jobs).warm({ selector: `key=${keysOf(3_000).join(',')}` }, 'cli');
    expect(run.selector).toBe('source=profile keys=3,000');
    await jobs.planner.plan(run.id, NEVER);
    expect(await verbsOf(jobs).run(run.id)).toMatchObject({ total: 3_000 });
  });
});

describe('a list of keys', () => {
  test('leaves Redis once its run is planned, or has ended before that', async () => {
    const jobs = build();
    const lists = () => jobs.redis.keys(redisKeys(jobs.prefix).runList('*', '*'));
    const verbs = verbsOf(jobs);
    for (const id of ['planned', 'stopped']) await verbs.warm({ id, keys: keysOf(3) }, 'api');
    expect(await Promise.all((await lists()).map((key) => jobs.redis.ttl(key)))).toEqual([-1, -1]);
    await verbs.stopRun('stopped');
    for (const id of ['planned', 'stopped']) await jobs.planner.plan(id, NEVER);
    expect(await lists()).toEqual([]);
  });

  test('is that of the first of two callers who name the same run', async () => {
    const jobs = build();
    const both = ['a', 'b'].map((market) =>
      verbsOf(jobs).warm({ id: 'one', source: 'profile', rows: [{ market }] }, 'api'),
    );
    const made = await Promise.all(both);
    expect(made.filter(({ created }) => created)).toHaveLength(1);
    await jobs.planner.plan('one', NEVER);
    const winner = made.findIndex(({ created }) => created) === 0 ? 'profile:a' : 'profile:b';
    expect((await jobs.runs.chunk('one', 0))?.keys).toEqual([winner]);
    expect(await jobs.redis.keys(redisKeys(jobs.prefix).runList('*', '*'))).toEqual([]);
  });

  test('that went before its run was planned ends the run with the reason', async () => {
    const jobs = build();
    const { run } = await verbsOf(jobs).warm({ keys: keysOf(3) }, 'api');
    await jobs.redis.unlink(...(await jobs.redis.keys(redisKeys(jobs.prefix).runList('*', '*'))));
    await expect(jobs.planner.plan(run.id, NEVER)).rejects.toThrow('the list of its keys is not there');
  });
});

describe('keys that were named', () => {
  test.each<[string, WarmRequest, number]>([
    ['for three ttls, from when they were planned', { source: 'profile', rows: rowsOf(2) }, 3 * TTL],
    ['for as long as the caller says', { keys: ['profile:x0', 'profile:x1'], keep: 50_000 }, 50_000],
    ['also when a selector names them', { selector: 'key=profile:x0,profile:x1' }, 3 * TTL],
  ])('are kept %s, and then go by themselves', async (_, request, ms) => {
    const jobs = build();
    await warmed(jobs, request);
    const until = jobs.clock.now() + ms;
    expect(await verbsOf(jobs).inspect('profile:x0')).toMatchObject({ catalogued: true, keptUntil: until });
    await jobs.clock.advance(ms - 1_000);
    expect(await jobs.gc.collect(NEVER)).toMatchObject({ orphans: 0 });
    await jobs.clock.advance(1_000);
    expect(await jobs.gc.collect(NEVER)).toMatchObject({ orphans: 2 });
    expect(await verbsOf(jobs).inspect('profile:x0')).toMatchObject({ catalogued: false, keptUntil: null });
  });

  test('stay when an entity set has them, and go when no set feeds their source', async () => {
    const jobs = build();
    await warmed(jobs, { keys: ['profile:m0', 'text:hello'], keep: 1_000 });
    await jobs.catalog.track('text', ['text:set-by-a-reader'], 0);
    await jobs.clock.advance(1_000);
    expect(await jobs.gc.collect(NEVER)).toMatchObject({ orphans: 1 });
    expect((await verbsOf(jobs).inspect('profile:m0')).catalogued).toBe(true);
    expect((await verbsOf(jobs).inspect('text:set-by-a-reader')).catalogued).toBe(true);
  });

  test('carry the tags that their rows say', async () => {
    const tagged = sourceWith({ tags: [KeyTemplate.parse('region:{region}')] });
    const jobs = buildJobs({ sources: [tagged] });
    await warmed(jobs, { source: 'profile', rows: [{ market: 'x0', region: 'north', more: 'no' }] });
    expect(found(await verbsOf(jobs).get('profile:x0', false))?.head.tags).toEqual(['region:north']);
    expect((await verbsOf(jobs).inspect('profile:x0')).params).toEqual({ market: 'x0', region: 'north' });
  });
});
