/** What programs hand to the library by mistake: not all of them are written in TypeScript. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, connect } from 'forewarm';
import { beforeAll, describe, expect, test } from 'vitest';
import { ForewarmError } from '../../src/core/errors.ts';
import { uniquePrefix } from '../support/redis.ts';
import { configOf } from './reader.steps.ts';

// biome-ignore lint/suspicious/noExplicitAny: a program without types is what this is about
type Untyped = any;
type Call = (reader: Untyped) => unknown;

let reader: Connection;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-test-'));
  const schedules = { nightly: { cron: '0 2 * * *', warm: { sources: ['profile'] } } };
  reader = await connect({ config: configOf({ folder, prefix: uniquePrefix() }, { schedules }), env: {} });
  return async () => {
    await reader.close();
    await rm(folder, { recursive: true });
  };
});

/** What a call throws, or rejects with, be it at once or at the first step. */
async function thrownBy(call: Call): Promise<unknown> {
  try {
    const result = await call(reader);
    if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result)
      await (result as AsyncIterable<unknown>)[Symbol.asyncIterator]().next();
  } catch (error) {
    return error;
  }
  return undefined;
}

const DENVER = { market: 'denver' };

describe('a call of the library is refused, with the method, the argument and the value', () => {
  test.each<[string, Call, string]>([
    ['a number as a key', (r) => r.get(5), 'get: key: must be text, not 5'],
    ['nothing as a key', (r) => r.get(null), 'get: key: must be text, not nothing'],
    ['params in place of a key', (r) => r.peek(DENVER), 'peek: key: must be text, not a map'],
    ['nothing to look up', (r) => r.lookup(), 'lookup: key: must be text, not nothing'],
    ['a Set of keys', (r) => r.getMany(new Set(['a'])), 'getMany: keys: must be a list, not a Set'],
    ['one key as many', (r) => r.lookupMany('abc'), 'lookupMany: keys: must be a list, not "abc"'],
    ['one of many keys', (r) => r.getMany(['profile:a', 7]), 'getMany: keys.1: must be text, not 7'],
    ['has of nothing', (r) => r.has(null), 'has: key: must be text, not nothing'],
    [
      'a misspelled option',
      (r) => r.set('profile:a', 1, { ttll: 5 }),
      'set: options.ttll: is not known here; did you mean "ttl"?',
    ],
    [
      'a ttl below nothing',
      (r) => r.set('profile:a', 1, { ttl: -1 }),
      'set: options.ttl: must be at least 1, not -1',
    ],
    [
      'a ttl in words',
      (r) => r.set('profile:a', 1, { ttl: '5m' }),
      'options.ttl: must be a number, not "5m"',
    ],
    [
      'a ttl in place of options',
      (r) => r.set('profile:a', 1, 60_000),
      'set: options: must be an object, not 60000',
    ],
    ['one tag as many', (r) => r.set('profile:a', 1, { tags: 'x' }), 'options.tags: must be a list, not "x"'],
    [
      'a controller as a signal',
      (r) => r.get('profile:a', { signal: new AbortController() }),
      'get: options.signal: must be an AbortSignal, not an AbortController',
    ],
    ['a number to invalidate', (r) => r.invalidate(5), 'invalidate: keys: must be a list, not 5'],
    [
      'a mode that there is not',
      (r) => r.invalidate('profile:a', { mode: 'dropp' }),
      'options.mode: must be one of stale, drop, not "dropp"; did you mean "drop"?',
    ],
    ['an event that there is not', (r) => r.on('run:endd', () => {}), 'did you mean "run:ended"?'],
    ['no listener', (r) => r.on('run:ended'), 'on: listener: must be a function, not nothing'],
    ['a source that is none', (r) => r.source(5), 'source: name: must be text, not 5'],
    ['a prefix in place of options', (r) => r.entries('profile:'), 'entries: options: must be an object'],
    [
      'params in place of many',
      (r) => r.source('profile').getMany(DENVER),
      'params: must be a list, not a map',
    ],
    [
      'a Map of values',
      (r) => r.source('profile').setMany(new Map([[DENVER, 1]])),
      'setMany: values: must be a list, not a Map',
    ],
    [
      'an option of the set of a source that there is not',
      (r) => r.source('profile').set(DENVER, 1, { ttll: 5 }),
      'set: options.ttll: is not known here; did you mean "ttl"?',
    ],
    [
      'values without params',
      (r) => r.source('profile').setMany([{ a: 1 }]),
      'setMany: values.0: must be a pair, not a map',
    ],
    [
      'an option of a source that there is not',
      (r) => r.source('profile').get(DENVER, { ofline: true }),
      'get: options.ofline: is not known here; did you mean "offline"?',
    ],
    [
      'a file in place of options',
      () => connect('forewarm.yaml' as never),
      'connect: options: must be an object',
    ],
    [
      'an option to connect with',
      () => connect({ cofig: {} } as never),
      'connect: options.cofig: is not known here; did you mean "config"?',
    ],
    ['no request to warm', (r) => r.warm(), 'warm: request: must be an object, not nothing'],
    [
      'a selector to warm',
      (r) => r.warm('source=profile'),
      'warm: request: must be an object, not "source=profile"',
    ],
    ['no name', (r) => r.verbs.schedule(), 'schedule: name: must be text, not nothing'],
    ['a limit in words', (r) => r.verbs.ticks('nightly', 'all'), 'ticks: limit: must be a number, not "all"'],
    ['too many', (r) => r.verbs.schedule('nightly', 5_000), 'limit: must be at most 1000, not 5000'],
    [
      'a name as a filter',
      (r) => r.verbs.pauseSchedules('nightly'),
      'filter: must be an object, not "nightly"',
    ],
    ['a run of no id', (r) => r.verbs.watchRun(), 'watchRun: id: must be text, not nothing'],
    ['no stream', (r) => r.verbs.import('x'), 'import: input: must be an async iterable of bytes'],
  ])('%s', async (_, call, says) => {
    const thrown = await thrownBy(call);
    expect(thrown).toBeInstanceOf(ForewarmError);
    expect(thrown).toMatchObject({ code: 'E_REQUEST_INVALID', message: expect.stringContaining(says) });
  });
});

test('what a call leaves out has the same default as in the API and the command', async () => {
  const { verbs } = reader as Untyped;
  expect(await verbs.schedule('nightly')).toMatchObject({ name: 'nightly', byHand: [] });
  expect(await verbs.runs()).toEqual({ runs: [], cursor: null, lookedBackTo: null });
  expect(await verbs.list()).toMatchObject({ entries: [] });
  expect(await verbs.backfill('nightly', { from: Date.now() - 60_000 })).toMatchObject({ dryRun: false });
  const [paused] = await verbs.pauseSchedules({ names: ['nightly'] });
  expect(paused.paused).toMatchObject({ by: 'library', until: null });
  await verbs.resumeSchedules({ all: true });
});

/** None of them is what any argument may be: null and undefined stand for one that is left out. */
const HOSTILE: readonly unknown[] = [
  ...[Number.NaN, Symbol('x'), () => 1, 10n, new Date(0), Promise.resolve('a'), new Set(['a']), new Map()],
  ...[Object.create(null), [[]], { length: { toString: 1 } }, { get: 1 }, '\ud800', '__proto__'],
];

describe('whatever a call is given, what it rejects with is an error of Forewarm', () => {
  const methods = 'source get getMany lookup lookupMany peek has set invalidate entries on warm'.split(' ');
  test.each(methods)('%s', async (method) => {
    for (const value of [...HOSTILE, null, undefined, 5, ''])
      for (const given of [[value], ['profile:a', value], ['profile:a', 1, value], [['profile:a'], value]]) {
        const thrown = await thrownBy((r) => r[method](...given));
        if (thrown !== undefined) expect(thrown, String(thrown)).toBeInstanceOf(ForewarmError);
      }
  });

  test('every verb that takes an argument refuses what cannot be one, and names it', async () => {
    const { verbs } = reader as Untyped;
    const alone = ['schedules', 'overview', 'stats', 'ready', 'logLevel', 'gc', 'processes', 'lanes'];
    for (const name of Object.keys(verbs).filter((verb) => !alone.includes(verb)))
      for (const value of [Symbol('x'), () => 1, 10n, new Set(['a']), Number.NaN]) {
        const thrown = await thrownBy(() => verbs[name](value));
        expect(thrown, `${name}(${String(value)})`).toBeInstanceOf(ForewarmError);
        expect((thrown as Error).message).toMatch(new RegExp(`^${name}: \\w+`));
      }
  });

  test('every verb refuses what cannot be its second argument, and names it', async () => {
    const { verbs } = reader as Untyped;
    const one =
      'run stopRun getMany inspect explain deadLetters redrive quarantine release doctor clockChanges history audit'.split(
        ' ',
      );
    const alone = ['schedules', 'overview', 'stats', 'ready', 'logLevel', 'gc', 'processes', 'lanes'];
    for (const name of Object.keys(verbs).filter((verb) => ![...alone, ...one].includes(verb))) {
      const thrown = await thrownBy(() => verbs[name]({}, Symbol('x')));
      expect(thrown, name).toBeInstanceOf(ForewarmError);
      expect((thrown as Error).message, name).toMatch(/\w+: .*Symbol\(x\)/);
    }
  });
});
