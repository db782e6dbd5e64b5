/** What fences hid, seen by the verbs that look after what is stored. */
import { describe, expect, test } from 'vitest';
import type { InvalidationMode } from '../../../src/core/invalidation-mode.ts';
import { KeyTemplate } from '../../../src/core/key.ts';
import { ofSource, ofTag } from '../../../src/tiers/invalidation/fences.ts';
import { buildJobs, type Jobs } from '../../support/build-jobs.ts';
import { keysOf, sourceWith } from '../../support/sources.ts';
import { expected, inTiers, loseAll, NEVER, warm } from '../../warming/warm.steps.ts';
import { verbsOf } from '../verbs.steps.ts';
import { exported, imported, lasting, WATCH } from './maintenance.steps.ts';

const SOURCE = sourceWith({ tags: [KeyTemplate.parse('market:{market}')] });
const KEY = 'profile:m1';

/** Three keys that are warm since ten seconds, each with a tag of its own. */
async function warmed(): Promise<Jobs> {
  const jobs = buildJobs({ sources: [SOURCE] });
  await expected(jobs, keysOf(3));
  await warm(jobs, { keys: keysOf(3) });
  await jobs.clock.advance(10_000);
  return jobs;
}

const keysIn = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).key).sort();

describe.each([
  ['a tag', ofTag('market:m1'), 1],
  ['a source', ofSource('profile'), 3],
])('a fence on %s', (_, target, hidden) => {
  const left = keysOf(3).filter((key) => hidden === 1 && key !== KEY);

  test('keeps what it dropped out of an export', async () => {
    const jobs = await warmed();
    await jobs.fences.raise([target], 'drop');
    for (const bodies of [true, false]) expect(keysIn(await exported(jobs, '', bodies))).toEqual(left);
  });

  test.each(['drop', 'stale'] as const)(
    'that was raised since is not undone by an import (%s)',
    async (mode: InvalidationMode) => {
      const jobs = await warmed();
      const lines = await exported(jobs);
      await jobs.fences.raise([target], mode);
      await loseAll(jobs);
      const report = await imported(jobs, lines);
      const superseded = mode === 'drop' ? hidden : 0;
      expect(report).toMatchObject({ superseded, written: 3 - superseded });
      const [seen] = await jobs.stack.survey([KEY], NEVER);
      if (mode === 'drop') expect(await lasting(jobs, KEY)).toEqual([undefined, undefined]);
      else expect(seen?.newest?.staleAt).toBeLessThan(jobs.clock.now());
    },
  );

  test('that made stale leaves its mark in an export', async () => {
    const jobs = await warmed();
    await jobs.fences.raise([target], 'stale');
    const line = (await exported(jobs)).map((text) => JSON.parse(text)).find(({ key }) => key === KEY);
    expect(line.staleAt).toBeLessThan(jobs.clock.now());
    expect(line.body).toBe(KEY);
  });

  test('leaves bodies behind, which a purge and clear-expired remove', async () => {
    for (const expired of [true, false]) {
      const jobs = await warmed();
      await jobs.fences.raise([target], 'drop');
      const report = await verbsOf(jobs).purge(
        { selector: 'source=profile', expired, forget: false, dryRun: false },
        NEVER,
      );
      expect(report.keys).toBe(expired ? hidden : 3);
      for (const entry of await inTiers(jobs, KEY)) expect(entry?.body.byteLength ?? 0).toBe(0);
    }
  });

  test('is nothing that a validation finds', async () => {
    const jobs = await warmed();
    await jobs.fences.raise([target], 'drop');
    const { sound, findings } = await verbsOf(jobs).validate(
      { selector: '', repair: true, samples: 3 },
      WATCH,
    );
    expect(findings.filter(({ found }) => found > 0)).toEqual([]);
    expect(sound).toBe(true);
  });
});
