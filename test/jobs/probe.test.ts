import { describe, expect, test } from 'vitest';
import { OriginError } from '../../src/core/errors.ts';
import { freshnessAt } from '../../src/core/freshness.ts';
import { probeJob } from '../../src/jobs/probe.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { bodyOf } from '../support/scripted-origin.ts';
import { keysOf, sourceWith } from '../support/sources.ts';
import { bodies, expected, inTiers, NEVER, warm } from '../warming/warm.steps.ts';

const KEYS = keysOf(10);
const SOURCE = sourceWith({ request: { versionProbe: {} } });

/** Ten warm keys, of a source at version `v1` that was asked for once. */
async function warmAtFirst(): Promise<Jobs> {
  const jobs = buildJobs({ sources: [SOURCE] });
  await expected(jobs, KEYS);
  await warm(jobs, { keys: KEYS });
  await ask(jobs);
  return jobs;
}

let ticks = 0;

/** What a tick queues, done. */
async function ask(jobs: Jobs): Promise<void> {
  ticks += 1;
  const work = jobs.probe.parse({ step: 'ask', source: 'profile' });
  expect(await jobs.probe.run(work, context(`profile.version-${ticks}`))).toEqual({ kind: 'done' });
}

function context(id: string, signal = NEVER) {
  return { id, signal };
}

/** Does what was queued since, and what that queues, in order. */
async function work(jobs: Jobs): Promise<string[]> {
  const done: string[] = [];
  for (const { id, kind, payload } of jobs.added) {
    const { step } = payload as { step: string };
    done.push(`${kind} ${step}`);
    if (kind === 'probe') await jobs.probe.run(jobs.probe.parse(payload), context(id));
    else await jobs.refresh.run(jobs.refresh.parse(payload), context(id));
  }
  return done;
}

async function freshness(jobs: Jobs): Promise<Set<string>> {
  const found = await Promise.all(KEYS.map((key) => inTiers(jobs, key)));
  return new Set(
    found.flat().map((entry) => {
      const head = entry && jobs.stack.fences.see(entry.head);
      return head === undefined ? 'none' : freshnessAt(head, jobs.clock.now());
    }),
  );
}

describe('a version probe', () => {
  test('remembers the first version, and does nothing while it stays', async () => {
    const jobs = await warmAtFirst();
    await ask(jobs);
    expect(jobs.added).toEqual([]);
    expect((await jobs.versions.of('profile'))?.version).toBe('v1');
    expect(await freshness(jobs)).toEqual(new Set(['fresh']));
  });

  test('when the version has moved, ends the freshness of every key in every tier, and refreshes it', async () => {
    const jobs = await warmAtFirst();
    jobs.origin.version = () => 'v2';
    jobs.origin.answerEach(({ key }) => bodyOf(`"new ${key}"`));
    const before = jobs.origin.asked.length;
    await ask(jobs);
    expect(await freshness(jobs), 'at once').toEqual(new Set(['stale']));
    const [due] = jobs.added;
    await jobs.probe.run(jobs.probe.parse(due?.payload), context('due'));
    expect(await work(jobs)).toEqual([
      'probe due',
      'refresh source',
      'refresh source',
      ...Array.from({ length: 3 }, () => 'refresh warm'),
    ]);
    expect(jobs.origin.asked.slice(before).sort()).toEqual(KEYS);
    for (const key of KEYS) {
      expect(await bodies(jobs, key)).toEqual(Array.from({ length: 3 }, () => `"new ${key}"`));
    }
    expect(jobs.log.seen.filter(({ name }) => name === 'source:moved')).toHaveLength(1);
  });

  test('queues as many jobs as there are chunks, however many keys there are', async () => {
    const jobs = await warmAtFirst();
    jobs.origin.version = () => 'v2';
    await ask(jobs);
    expect(jobs.added).toMatchObject([{ lane: 'control', kind: 'probe', payload: { step: 'due' } }]);
  });

  test('asks once more after the version has moved, and then no more', async () => {
    const jobs = await warmAtFirst();
    jobs.origin.version = () => 'v2';
    await ask(jobs);
    await ask(jobs);
    expect(jobs.added).toHaveLength(1);
  });

  test('leaves alone what was fetched after the version had moved', async () => {
    const jobs = await warmAtFirst();
    jobs.origin.version = () => 'v2';
    await ask(jobs);
    await jobs.clock.advance(1_000);
    jobs.origin.answerEach(() => bodyOf('"newer"'));
    await warm(jobs, { keys: KEYS, options: { reason: 'force' } });
    const before = jobs.origin.asked.length;
    await work(jobs);
    expect(jobs.origin.asked.length).toBe(before);
    expect(await freshness(jobs)).toEqual(new Set(['fresh']));
  });

  test('that fails changes nothing, and is told', async () => {
    const jobs = await warmAtFirst();
    jobs.origin.version = () => {
      throw new OriginError('permanent', 'no such path');
    };
    await ask(jobs);
    expect(jobs.added).toEqual([]);
    expect((await jobs.versions.of('profile'))?.version).toBe('v1');
    expect(await freshness(jobs)).toEqual(new Set(['fresh']));
    expect(jobs.log.seen.filter(({ name }) => name === 'problem')).toMatchObject([
      { payload: { where: 'version probe of source "profile"' } },
    ]);
  });

  test('takes a permit for its call, and waits with the others while the origin is paused', async () => {
    const jobs = await warmAtFirst();
    const calls = jobs.origin.versionCalls;
    await jobs.ledger.pause('markets', jobs.clock.now() + 60_000, 'as asked');
    await ask(jobs);
    expect(jobs.origin.versionCalls).toBe(calls);
  });

  test('that was overtaken by a later one changes nothing', async () => {
    const jobs = await warmAtFirst();
    const { stamp = 0 } = (await jobs.versions.of('profile')) ?? {};
    await jobs.versions.note('profile', { version: 'v3', stamp: stamp + 60_000_000 });
    await ask(jobs);
    expect(jobs.added).toEqual([]);
    expect((await jobs.versions.of('profile'))?.version).toBe('v3');
  });

  test('whose process dies before the version is noted finds it moved again', async () => {
    const jobs = await warmAtFirst();
    jobs.origin.version = () => 'v2';
    const note = jobs.versions.note.bind(jobs.versions);
    jobs.versions.note = () => Promise.reject(new Error('died'));
    await expect(ask(jobs)).rejects.toThrow('died');
    jobs.versions.note = note;
    await ask(jobs);
    expect(jobs.added).toHaveLength(2);
    await work(jobs);
    expect(await freshness(jobs)).toEqual(new Set(['fresh']));
  });

  test('of a source that is not configured any more is nothing', async () => {
    const jobs = buildJobs({ sources: [SOURCE] });
    const work = jobs.probe.parse({ step: 'ask', source: 'gone' });
    expect(await jobs.probe.run(work, context('x'))).toEqual({ kind: 'done' });
    expect(jobs.origin.versionCalls).toBe(0);
  });

  test('waits in the lane of its origin, in a class of its own: for no chunk of a run', () => {
    const envelope = probeJob('profile.version-1', { name: 'profile', origin: 'markets' });
    expect(envelope).toMatchObject({ lane: 'markets', priority: 50, delayMs: 0 });
  });
});
