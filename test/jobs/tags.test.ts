/** Tags by columns of an entity set that no key has. */
import { describe, expect, test } from 'vitest';
import { KeyTemplate } from '../../src/core/key.ts';
import { parseSelector } from '../../src/core/selector/selector-grammar.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { found } from '../support/entry-reads.ts';
import { csvOf, sourceWith } from '../support/sources.ts';
import { request, verbsOf } from '../verbs/verbs.steps.ts';
import { NEVER } from '../warming/warm.steps.ts';
import { current, doJob } from './run.steps.ts';

const SOURCE = sourceWith({ tags: [KeyTemplate.parse('region:{region}')] });
const ROWS = [
  ['market', 'region'],
  ['m0', 'north'],
  ['m1', 'south'],
  ['m2', 'north'],
  ['m3', ''],
];
const DROP = { selector: 'tag=region:north', mode: 'drop', rewarm: false, dryRun: false } as const;

async function warmAll(jobs: Jobs, change = {}): Promise<void> {
  const { run } = await verbsOf(jobs).warm(request(change), 'cli');
  await jobs.planner.plan(run.id, NEVER);
  const { chunks } = await current(jobs, run.id);
  for (let chunk = 0; chunk < chunks; chunk += 1)
    await doJob(jobs, { step: 'warm', run: run.id, chunk, attempt: 1 });
}

const build = () => buildJobs({ sources: [SOURCE], entities: { markets: csvOf(ROWS) } });

const tagsOf = async (jobs: Jobs) =>
  (await jobs.shared.getMany(['profile:m0', 'profile:m1', 'profile:m3'], 'head', NEVER)).map(
    (entry) => entry?.head.tags,
  );

const left = async (jobs: Jobs) =>
  (await verbsOf(jobs).getMany(['profile:m0', 'profile:m1', 'profile:m2', 'profile:m3'])).flatMap(
    (value) => found(value)?.head.key ?? [],
  );

describe('a tag by a column that the key does not have', () => {
  test('is carried by the values of a run, and of later refreshes, which know only keys', async () => {
    const jobs = build();
    await warmAll(jobs);
    expect(await tagsOf(jobs)).toEqual([['region:north'], ['region:south'], []]);
    await jobs.clock.advance(1_000);
    await jobs.warmer.warm({
      ...{ source: SOURCE, keys: ['profile:m0', 'profile:m1', 'profile:m3'], run: undefined, signal: NEVER },
      ...{ user: 'run', options: { reason: 'force', since: 0 }, onEnded: async () => {} },
    });
    expect(jobs.origin.calls.length).toBeGreaterThan(4);
    expect(await tagsOf(jobs)).toEqual([['region:north'], ['region:south'], []]);
  });

  test('drops those that carry it, and those of which nobody knows', async () => {
    const jobs = build();
    await warmAll(jobs);
    expect(await verbsOf(jobs).invalidate({ ...DROP, dryRun: true }, 'api')).toMatchObject({ keys: 3 });
    await verbsOf(jobs).invalidate(DROP, 'api');
    expect(await left(jobs)).toEqual(['profile:m1']);
  });

  test('selects what to warm by what the rows say', async () => {
    const jobs = build();
    const keys: string[] = [];
    for await (const page of jobs.selection.expected(parseSelector('tag=region:north'), NEVER))
      keys.push(...page.keys);
    expect(keys).toEqual(['profile:m0', 'profile:m2']);
  });
});
