import { describe, expect, test } from 'vitest';
import type { Run } from '../../src/catalog/runs/runs.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { Events } from '../../src/core/events.ts';
import { type Backlog, Drain, type DrainOptions, type DrainReport } from '../../src/workers/drain.ts';
import { FakeClock } from '../support/fake-clock.ts';

const WAIT_MS = 60_000;
const NONE = { waiting: 0, active: 0, delayed: 0, failed: 0 };

/** A drain of one lane whose jobs the test tells: `delayed` holds when they are due. */
function create(options: Partial<DrainOptions> = {}) {
  const clock = new FakeClock();
  const events = new Events();
  const lane = { waiting: 0, active: 0, delayed: [] as number[], runs: 0, isAway: false };
  /** Of which it takes no jobs, by name: jobs that wait, and that somebody has in hand. */
  const others: Record<string, { waiting: number; active: number }> = {};
  const stop = new AbortController();
  const looks: Backlog[] = [];
  const answer = async <T>(value: T) => {
    if (lane.isAway) throw new ForewarmError('E_REDIS_UNAVAILABLE', 'away');
    return value;
  };
  const drain = new Drain(
    {
      ...{ clock, events, lanes: ['markets'] },
      queue: {
        counts: (name) => {
          const { waiting, active } = others[name] ?? lane;
          return answer({ ...NONE, waiting, active, delayed: name in others ? 0 : lane.delayed.length });
        },
        lanes: () => answer(['markets', ...Object.keys(others)]),
        dueBy: (_lane, at) => answer(lane.delayed.filter((due) => due <= at).length),
      },
      // Only their number is used.
      runs: { active: () => answer(Array.from({ length: lane.runs }, () => ({}) as Run)) },
    },
    { wait: WAIT_MS, maxTime: undefined, ...options },
  );
  const told: { report?: DrainReport; error?: unknown } = {};
  const ended = drain
    .run(stop.signal, (left) => looks.push(left))
    .then(
      (report) => Object.assign(told, { report }),
      (error: unknown) => Object.assign(told, { error }),
    );
  const jobEnds = (ending: string) =>
    events.emit('job:ended', { kind: 'prefetch', id: 'a', lane: 'markets', ms: 1, ending });
  return { clock, events, lane, others, stop, looks, told, ended, jobEnds };
}

describe('a drain', () => {
  test('ends when two looks find nothing: between two jobs there may be a moment without any', async () => {
    const { clock, told, lane } = create();
    await clock.advance(0);
    lane.waiting = 1;
    await clock.advance(1_000);
    lane.waiting = 0;
    await clock.advance(1_000);
    expect(told.report).toBeUndefined();
    await clock.advance(1_000);
    expect(told.report).toEqual({
      end: 'drained',
      left: { waiting: 0, active: 0, soon: 0, later: 0, runs: 0, orphans: [] },
    });
  });

  test.each([
    ['jobs that others have in hand', { active: 1 }],
    ['jobs that wait while they end one after the other', { waiting: 5 }],
    ['a run that has no job at the moment, and is written all the same', { runs: 1 }],
  ])('goes on for %s', async (_, change) => {
    const { clock, told, lane, events } = create();
    Object.assign(lane, change);
    for (let minutes = 0; minutes < 10; minutes += 1) {
      await clock.advance(50_000);
      events.emit('keys:ended', { source: 'profile', outcomes: { warmed: 1 } });
    }
    expect(told).toEqual({});
    Object.assign(lane, { active: 0, waiting: 0, runs: 0 });
    await clock.advance(2_000);
    expect(told.report?.end).toBe('drained');
  });

  test('waits for jobs whose time comes within its wait', async () => {
    const { clock, told, lane } = create();
    lane.delayed = [clock.now() + 40_000];
    await clock.advance(39_000);
    expect(told).toEqual({});
    lane.delayed = [];
    await clock.advance(2_000);
    expect(told.report?.end).toBe('drained');
  });

  test('leaves jobs whose time comes later, at once, and says how many', async () => {
    const { clock, told, lane } = create();
    lane.runs = 1;
    lane.delayed = [clock.now() + 600_000, clock.now() + 700_000];
    await clock.advance(1_000);
    expect(told.report).toMatchObject({ end: 'left', left: { later: 2, soon: 0, runs: 1 } });
  });

  test('leaves jobs that go back to the queue again and again, and lets the others end first', async () => {
    const { clock, told, lane, jobEnds } = create();
    for (let second = 0; second < 100; second += 1) {
      lane.delayed = [clock.now() + 500];
      jobEnds('later');
      if (second === 30) jobEnds('done');
      await clock.advance(1_000);
      if (second < 89) expect(told).toEqual({});
    }
    expect(told.report).toMatchObject({ end: 'left', left: { soon: 1 } });
  });

  test('leaves a run that nothing brings on', async () => {
    const { clock, told, lane } = create();
    lane.runs = 1;
    await clock.advance(WAIT_MS - 1_000);
    expect(told).toEqual({});
    await clock.advance(1_000);
    expect(told.report).toMatchObject({ end: 'left', left: { runs: 1 } });
  });

  test('waits as long from the end of what another process had in hand, however long that took', async () => {
    const { clock, told, lane } = create();
    lane.active = 1;
    await clock.advance(10 * WAIT_MS);
    Object.assign(lane, { active: 0, waiting: 1 });
    await clock.advance(WAIT_MS - 2_000);
    expect(told).toEqual({});
    await clock.advance(2_000);
    expect(told.report).toMatchObject({ end: 'left', left: { waiting: 1 } });
  });

  test('gives a worker that has just begun time to take something, however short its wait', async () => {
    const { clock, told, lane } = create({ wait: 0 });
    lane.waiting = 5;
    await clock.advance(2_000);
    expect(told).toEqual({});
    await clock.advance(2_000);
    expect(told.report).toMatchObject({ end: 'left', left: { waiting: 5 } });
  });

  test('leaves lanes that it takes no jobs of by name, once nobody else seems to do them', async () => {
    const { clock, told, others, looks } = create();
    Object.assign(others, { old: { waiting: 4, active: 0 }, older: { waiting: 0, active: 1 } });
    await clock.advance(WAIT_MS - 1_000);
    expect(told).toEqual({});
    others.old = { waiting: 3, active: 0 };
    await clock.advance(WAIT_MS - 1_000);
    expect(told).toEqual({});
    // A job in hand of a process that has died looks like one that is done.
    await clock.advance(2_000);
    const orphans = [
      { lane: 'old', jobs: 3 },
      { lane: 'older', jobs: 1 },
    ];
    expect(told.report).toEqual({ end: 'left', left: { ...looks.at(-1), orphans } });
    expect(told.report?.left).toMatchObject({ waiting: 0, active: 0 });
  });

  test('is done when others have done what was in their lanes', async () => {
    const { clock, told, others } = create();
    others.old = { waiting: 1, active: 0 };
    await clock.advance(30_000);
    others.old = { waiting: 0, active: 0 };
    await clock.advance(2_000);
    expect(told.report).toMatchObject({ end: 'drained', left: { orphans: [] } });
  });

  test('ends when its time is over, whatever is under way', async () => {
    const { clock, told, lane } = create({ maxTime: 90_500 });
    lane.active = 3;
    await clock.advance(90_000);
    expect(told).toEqual({});
    await clock.advance(500);
    expect(told.report).toMatchObject({ end: 'late', left: { active: 3 } });
  });

  test('ends at a signal, at once', async () => {
    const { clock, told, lane, stop } = create();
    lane.waiting = 1;
    await clock.advance(500);
    stop.abort('SIGTERM');
    await clock.advance(0);
    expect(told.report).toMatchObject({ end: 'stopped', left: { waiting: 1 } });
  });

  test('waits for a jobs Redis that is away for less than a minute, and fails after that', async () => {
    const { clock, told, lane } = create({ wait: 10_000 });
    lane.waiting = 1;
    await clock.advance(1_000);
    lane.isAway = true;
    await clock.advance(55_000);
    lane.isAway = false;
    await clock.advance(9_000);
    expect(told).toEqual({});
    lane.isAway = true;
    await clock.advance(59_000);
    expect(told).toEqual({});
    await clock.advance(2_000);
    expect(told.error).toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
  });

  test('tells at each look what is left', async () => {
    const { clock, lane, looks } = create();
    Object.assign(lane, {
      waiting: 2,
      active: 1,
      runs: 1,
      delayed: [clock.now() + 1_000, clock.now() + 1e7],
    });
    await clock.advance(1_000);
    expect(looks.slice(1)).toEqual([{ waiting: 2, active: 1, soon: 1, later: 1, runs: 1, orphans: [] }]);
  });
});
