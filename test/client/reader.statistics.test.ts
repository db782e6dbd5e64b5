import { expect, test } from 'vitest';
import { VERSION } from '../../src/core/version.ts';
import { json, startScriptedServer } from '../support/scripted-server.ts';
import { newPlace, openReader, PROFILE } from './reader.steps.ts';

test('the statistics of all processes include the reads of a reader, even those that its memory serves', async () => {
  const place = newPlace();
  const writer = await openReader(place);
  const reader = await openReader(place);
  await writer.set('profile:denver', { name: 'Denver' });
  for (let i = 0; i < 1_000; i += 1) await reader.get('profile:denver');
  reader.peek('profile:denver');
  await reader.get('profile:boulder');
  const { processes, statistics } = await reader.verbs.stats();
  expect(processes.map(({ roles }) => roles)).toEqual([['reader'], ['reader']]);
  const none = { source: 'profile', hits: 0, stale: 0, absent: 0, misses: 0, errors: 0 };
  expect(statistics.reads.toSorted((a, b) => (a.tier < b.tier ? -1 : 1))).toEqual([
    { ...none, tier: 'disk', misses: 1 },
    { ...none, tier: 'memory', hits: 1_000, misses: 2 },
    { ...none, tier: 'redis', hits: 1, misses: 1 },
    { ...none, tier: 'stack', hits: 1_001, misses: 1 },
  ]);
  expect(statistics.answers).toEqual([
    { source: 'profile', value: 1_001, stale: 0, absent: 0, missing: 1, unavailable: 0 },
  ]);
  expect(statistics.build).toEqual([{ version: VERSION, role: 'reader', processes: 2 }]);
  expect(statistics.memory).toMatchObject([{ tier: 'memory', entries: expect.any(Number) }]);
});

test('a read that is loaded from the origin counts as one miss', async () => {
  const origin = await startScriptedServer();
  origin.answer(json({ name: 'Denver' }));
  const reader = await openReader(newPlace(), {
    origins: { markets: { kind: 'http', url: origin.url } },
    sources: { profile: { ...PROFILE, miss: 'origin' } },
  });
  const called: string[] = [];
  reader.on('http:called', (call) => called.push(call.http_response_status_code));
  const keys = ['profile:denver', 'profile:boulder'];
  expect(await reader.getMany(keys)).toEqual([{ name: 'Denver' }, { name: 'Denver' }]);
  expect(await reader.getMany(keys)).toEqual([{ name: 'Denver' }, { name: 'Denver' }]);
  expect(called).toEqual(['200', '200']);
  const { statistics } = await reader.verbs.stats();
  const whole = statistics.reads.find(({ tier }) => tier === 'stack');
  expect(whole).toEqual({
    tier: 'stack',
    source: 'profile',
    hits: 2,
    stale: 0,
    absent: 0,
    misses: 2,
    errors: 0,
  });
  // Each key was loaded once, and then read from memory: all four reads got their value.
  expect(statistics.answers).toEqual([
    { source: 'profile', value: 4, stale: 0, absent: 0, missing: 0, unavailable: 0 },
  ]);
  expect(statistics.readTimes).toMatchObject([{ source: 'profile', way: 'load', p50: expect.any(Number) }]);
});
