/** Filtering many runs: what a page says of how far it looked. */
import { expect, test } from 'vitest';
import { redisKeys } from '../../../src/redis/keys.ts';
import { buildJobs } from '../../support/build-jobs.ts';
import { request, verbsOf } from '../verbs.steps.ts';

const RUNS = 4_500;
const LOOKED_AT = 2_000;

/** Runs of a second each, the oldest of which is `run-0`, of the schedule `rare`; the others are of `hourly`. */
async function manyRuns() {
  const jobs = buildJobs();
  const verbs = verbsOf(jobs);
  await verbs.warm(request({ id: 'model', selector: 'source=profile' }), 'api');
  await verbs.stopRun('model');
  const { redis } = jobs;
  const keys = redisKeys(jobs.prefix);
  const { spec = '', ...fields } = await redis.hgetall(keys.run('model', 'run'));
  const writing = redis.pipeline();
  for (let i = 0; i < RUNS; i += 1) {
    const id = `run-${i}`;
    const own = { id, createdAt: createdAt(i), schedule: i === 0 ? 'rare' : 'hourly' };
    writing.hset(keys.run(id, 'run'), { ...fields, spec: JSON.stringify({ ...JSON.parse(spec), ...own }) });
    writing.zadd(keys.runIndex(), own.createdAt, id);
  }
  writing.zrem(keys.runIndex(), 'model');
  await writing.exec();
  return verbs;
}

const createdAt = (i: number) => 1_700_000_000_000 + i * 1_000;

test('of thousands of runs a page looks through some, says how far, and the last one has the match', async () => {
  const verbs = await manyRuns();
  const rare = { schedule: 'rare' };
  const first = await verbs.runs(50, undefined, rare);
  expect(first).toMatchObject({ runs: [], lookedBackTo: createdAt(RUNS - LOOKED_AT) });
  const second = await verbs.runs(50, first.cursor ?? '', rare);
  expect(second).toMatchObject({ runs: [], lookedBackTo: createdAt(RUNS - 2 * LOOKED_AT) });
  const last = await verbs.runs(50, second.cursor ?? '', rare);
  expect(last).toMatchObject({ runs: [{ id: 'run-0' }], cursor: null, lookedBackTo: null });

  // Times say where to begin and where to end: nothing else is looked at.
  const until = { ...rare, until: createdAt(10) };
  expect(await verbs.runs(50, undefined, until)).toMatchObject({ runs: [{ id: 'run-0' }], cursor: null });
  const since = { ...rare, since: createdAt(RUNS - 600) };
  expect(await verbs.runs(50, undefined, since)).toEqual({ runs: [], cursor: null, lookedBackTo: null });
  // A page that is full goes on behind its last run.
  const two = await verbs.runs(2, undefined, { text: 'RUN-44' });
  expect(two.runs.map(({ id }) => id)).toEqual(['run-4499', 'run-4498']);
  const next = await verbs.runs(1, two.cursor ?? '', { text: 'RUN-44' });
  expect(next).toMatchObject({ runs: [{ id: 'run-4497' }], lookedBackTo: createdAt(4_497) });
});
