/** What its caller gave up while entity sets were being read is not done later. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { entitySetOptions } from '../../src/catalog/entities/options.ts';
import { onErrand } from '../../src/flow/errand.ts';
import { buildJobs } from '../support/build-jobs.ts';
import { temporaryFolder } from '../support/disk.ts';
import { found } from '../support/entry-reads.ts';
import { keysOf } from '../support/sources.ts';
import { warm } from '../warming/warm.steps.ts';
import { type TestedVerbs, verbsOf } from './verbs.steps.ts';

const SELECTOR = 'entities=slow';

/** Its first thousand rows come at once, and the last one when it is let go. */
const SLOW = `
export async function* rows() {
  for (let i = 0; i < 1200; i += 1) yield { market: 'm' + i };
  await new Promise((resolve) => { globalThis.letGo = resolve; });
  yield { market: 'last' };
}`;

async function setUp() {
  const module = join(temporaryFolder(), 'slow.mjs');
  writeFileSync(module, SLOW);
  const jobs = buildJobs({ entities: { slow: entitySetOptions.parse({ module, id: 'market' }) } });
  await warm(jobs, { keys: keysOf(3) });
  Reflect.deleteProperty(globalThis, 'letGo');
  return { jobs, verbs: verbsOf(jobs) };
}

const WRITERS: Record<string, (verbs: TestedVerbs, signal: AbortSignal) => Promise<unknown>> = {
  'an invalidation that drops': (verbs) =>
    verbs.invalidate({ selector: SELECTOR, mode: 'drop', rewarm: true, dryRun: false }, 'api'),
  'an invalidation that makes stale': (verbs) =>
    verbs.invalidate({ selector: SELECTOR, mode: 'stale', rewarm: false, dryRun: false }, 'api'),
  'a purge': (verbs, signal) =>
    verbs.purge({ selector: SELECTOR, expired: false, forget: false, dryRun: false }, signal),
  'a purge that forgets': (verbs, signal) =>
    verbs.purge({ selector: SELECTOR, expired: false, forget: true, dryRun: false }, signal),
};

test.each(Object.entries(WRITERS))('%s leaves everything as it was', async (_, ask) => {
  const { jobs, verbs } = await setUp();
  const before = await jobs.catalog.get('profile', keysOf(3));
  await onErrand(async (errand) => {
    const pending = ask(verbs, errand.signal);
    while (Reflect.get(globalThis, 'letGo') === undefined) await setImmediate();
    errand.giveUp(new Error('the client has left'));
    await expect(pending).rejects.toThrow('the client has left');
    Reflect.get(globalThis, 'letGo')();
    for (let turn = 0; turn < 50; turn += 1) await setImmediate();
  });
  expect(jobs.added).toEqual([]);
  for (const key of keysOf(3)) expect(found(await verbs.get(key, false))?.head.freshness).toBe('fresh');
  expect(await jobs.catalog.get('profile', keysOf(3))).toEqual(before);
});

test('an invalidation whose set is read in time is done, also where it comes last', async () => {
  const { jobs, verbs } = await setUp();
  const pending = onErrand(() =>
    verbs.invalidate({ selector: SELECTOR, mode: 'drop', rewarm: false, dryRun: false }, 'api'),
  );
  // Asked for its columns first, of which one row is enough.
  while (Reflect.get(globalThis, 'letGo') === undefined) await setImmediate();
  expect(jobs.added).toEqual([]);
  Reflect.get(globalThis, 'letGo')();
  expect(await pending).toMatchObject({ keys: 1_201 });
  expect(found(await verbs.get(keysOf(1)[0] ?? '', false))).toBeUndefined();
});
