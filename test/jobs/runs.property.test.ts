/** Whole runs, on a real queue with real workers, against an origin that behaves at random: every key ends once. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countsOf, outcomeOfCode, sumOf } from '../../src/core/outcome.ts';
import { planJob } from '../../src/jobs/run-jobs.ts';
import type { Fetched } from '../../src/origins/origin.ts';
import { buildLiveJobs } from '../support/build-jobs.ts';
import { ABSENT, bodyOf, errorOf, failing, type Script, UNCHANGED } from '../support/scripted-origin.ts';
import { keysOf, marketsCsv, sourceWith } from '../support/sources.ts';
import { NEVER } from '../warming/warm.steps.ts';
import { type AnyJobs, createRun, current, endOfRun, RUN, startWorkers } from './run.steps.ts';

const KEYS = 12;

/** What the origin does with one key. */
const manners = {
  good: bodyOf('"v"', { etag: '"e"' }),
  empty: bodyOf('{}'),
  broken: bodyOf('{"a":'),
  absent: ABSENT,
  retryable: errorOf('retryable', 'no'),
  permanent: errorOf('permanent', 'never'),
  unchanged: UNCHANGED,
  /** The answers of a batch end before this key's. */
  nothing: undefined,
} as const satisfies Record<string, Fetched | undefined>;
type Manner = keyof typeof manners;

// Object.keys loses the names' type.
const names = Object.keys(manners) as Manner[];
/** Try by try, for each key; the last one goes on. */
const scripts = fc.array(fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }), {
  minLength: KEYS,
  maxLength: KEYS,
});
type Fate = 'answered' | 'retryable' | 'throttled' | 'permanent';
/** What becomes of each call as a whole, in order; calls after the last are answered. */
const fates = fc.array(fc.constantFrom<Fate[]>('answered', 'retryable', 'throttled', 'permanent'), {
  maxLength: 8,
});
const shapes = fc.record({
  keysPerCall: fc.constantFrom(1, 3, 50),
  chunkSize: fc.constantFrom(1, 4, 50),
  /** The run is stopped during this call. */
  stopAt: fc.option(fc.nat(8), { nil: undefined }),
});

interface Case {
  readonly scripts: readonly (readonly Manner[])[];
  readonly fates: readonly Fate[];
  readonly shape: {
    readonly keysPerCall: number;
    readonly chunkSize: number;
    readonly stopAt: number | undefined;
  };
}

/** Answers as the case says. */
function playing(jobs: AnyJobs, { scripts: keys, fates: whole, shape }: Case): Script {
  const tries = new Map<string, number>();
  const left = [...whole];
  let count = 0;
  return async (requests, source, signal) => {
    count += 1;
    if (count - 1 === shape.stopAt) await jobs.runs.stop(RUN, 'stopped', '', jobs.clock.now());
    const fate = left.shift() ?? 'answered';
    if (fate !== 'answered')
      return failing(fate, 'by chance', jobs.clock.now() + 5)(requests, source, signal);
    const answers: Fetched[] = [];
    for (const { key } of requests) {
      const tried = tries.get(key) ?? 0;
      tries.set(key, tried + 1);
      const script = keys[Number(key.slice('profile:m'.length))] ?? [];
      const answer = manners[script[Math.min(tried, script.length - 1)] ?? 'good'];
      if (answer === undefined) break;
      answers.push(answer);
    }
    return answers;
  };
}

/** Makes the run and has workers do it to the end. */
async function played(given: Case): Promise<AnyJobs> {
  const jobs = buildLiveJobs({
    sources: [sourceWith({ keysPerCall: given.shape.keysPerCall })],
    entities: { markets: marketsCsv(KEYS) },
    chunkSize: given.shape.chunkSize,
    ...{ attempts: 3, backoff: { base: 1, max: 5 }, patienceMs: 50, random: () => 0 },
  });
  jobs.origin.answer(playing(jobs, given));
  await createRun(jobs);
  const pool = await startWorkers(jobs);
  await jobs.queue.add([planJob(RUN)]);
  await endOfRun(jobs);
  await pool.stop(jobs.clock.now() + 500);
  return jobs;
}

/** An outcome must be one that the key's answers can lead to, and a promised value must be there. */
async function checkOutcomes(jobs: AnyJobs, { scripts: keys }: Case): Promise<void> {
  const { chunks } = await current(jobs);
  for (let n = 0; n < chunks; n += 1) {
    const chunk = await jobs.runs.chunk(RUN, n);
    const stored = await jobs.disk.getMany(chunk?.keys ?? [], 'head', NEVER);
    chunk?.keys.forEach((key, i) => {
      const script = keys[Number(key.slice('profile:m'.length))] ?? [];
      const outcome = outcomeOfCode(chunk.outcomes[i] ?? '');
      const says = `${key} of ${script} is ${outcome}`;
      if (outcome === 'warmed') {
        expect(script.includes('good') || script.includes('absent'), says).toBe(true);
        expect(stored[i], says).toBeDefined();
      }
      if (outcome === 'refused')
        expect(script.includes('empty') || script.includes('broken'), says).toBe(true);
    });
  }
}

test('every key of a run ends in exactly one outcome, whatever the origin does', async () => {
  const cases = fc.record({ scripts, fates, shape: shapes });
  const property = fc.asyncProperty(cases, async (given) => {
    const jobs = await played(given);
    const run = await current(jobs);
    const stopped = run.endedReason === 'stopped';
    expect(run).toMatchObject({ endedReason: stopped ? 'stopped' : 'finished', total: KEYS, pending: 0 });
    expect(sumOf(run.counts)).toBe(KEYS);
    if (!stopped) expect(run.counts.cancelled).toBe(0);
    await checkOutcomes(jobs, given);
    expect(jobs.ledger.out).toBe(0);
  });
  await fc.assert(property, { numRuns: 12, interruptAfterTimeLimit: 30_000 });
});

test('a run whose answers are all good is warm, in the fewest calls', async () => {
  const all = Array.from({ length: KEYS }, (): Manner[] => ['good']);
  const jobs = await played({
    scripts: all,
    fates: [],
    shape: { keysPerCall: 3, chunkSize: 3, stopAt: undefined },
  });
  expect((await current(jobs)).counts).toEqual(countsOf({ warmed: KEYS }));
  expect(jobs.origin.calls).toHaveLength(KEYS / 3);
  expect(new Set(jobs.origin.asked)).toEqual(new Set(keysOf(KEYS)));
});
