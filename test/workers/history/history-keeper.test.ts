import { describe, expect, onTestFinished, test } from 'vitest';
import { countedApart, type LedgerState } from '../../../src/budget/ledger.ts';
import type { HistoryPoint } from '../../../src/catalog/history.ts';
import type { ProcessBeat } from '../../../src/catalog/registry.ts';
import { BUDGET_USERS } from '../../../src/core/budget.ts';
import { ForewarmError } from '../../../src/core/errors.ts';
import { Events } from '../../../src/core/events.ts';
import { Histogram } from '../../../src/core/metrics/histogram.ts';
import { NO_STATISTICS, type Statistics } from '../../../src/core/metrics/statistics.ts';
import { MINUTE_MS } from '../../../src/core/units.ts';
import { HistoryKeeper } from '../../../src/workers/history/history-keeper.ts';
import type { MeasuredRows } from '../../../src/workers/history/looks.ts';
import { callsSince } from '../../../src/workers/history/recent-counts.ts';
// Loaded before: the keeper imports it when it first records, and the clock of the test does not wait for a disk.
import '../../../src/workers/history/points.ts';
import { EventLog } from '../../support/event-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const HOUR = 3_600_000;

function usedAt(hour: number, run: number, throttled = 0, { ms = 0, absent = 0 } = {}) {
  const apart = { ...countedApart(() => 0), absent };
  return { hour, by: { live: 0, hot: 0, warm: 0, cold: 0, run }, throttled, failed: 0, apart, ms };
}

/** A process whose measurements, ledger and registry are in the hands of the test. */
function setup() {
  const clock = new FakeClock(Date.UTC(2026, 0, 1, 12, 0, 10));
  const events = new Events();
  const log = new EventLog(events, ['problem']);
  const world = {
    isMeasuring: true,
    rows: { coverage: [{ tier: 'redis', source: 'profile', warm: 0.5 }] } as Record<string, object[]>,
    beats: [] as ProcessBeat[],
    used: [usedAt(clock.now() - (clock.now() % HOUR), 0)],
    fails: undefined as Error | undefined,
    records: [] as { at: number; points: Map<string, number> }[],
    rolled: 0,
  };
  const measured = ((group: string) => {
    if (!world.isMeasuring) return [];
    return group === 'measured' ? [{ role: 'worker', at: clock.now() }] : (world.rows[group] ?? []);
  }) as MeasuredRows;
  const keeper = new HistoryKeeper({
    ...{ clock, events, measured, origins: ['markets'] },
    registry: { processes: async () => world.beats },
    // The keeper looks at nothing else of it.
    ledger: { state: async () => ({ origin: 'markets', used: world.used }) as unknown as LedgerState },
    history: {
      async record(at: number, points: readonly HistoryPoint[]) {
        if (world.fails !== undefined) throw world.fails;
        world.records.push({ at, points: new Map(points.map(({ row, value }) => [row, value])) });
        return 0;
      },
      rollUp: async () => {
        world.rolled += 1;
      },
    },
  });
  onTestFinished(() => keeper.stop(clock.now()));
  const of = (row: string) => world.records.map(({ points }) => points.get(row.replaceAll(' ', '\t')));
  return { clock, log, world, keeper, of };
}

function beat(change: Partial<Statistics>, startedAt = 0, id = 'p1'): ProcessBeat {
  const statistics = { ...NO_STATISTICS, ...change };
  return { id, roles: [], host: 'h', pid: 1, startedAt, seenAt: 0, memory: undefined, statistics };
}

function buckets(...all: readonly number[]) {
  const histogram = new Histogram();
  for (const ms of all) histogram.record(ms);
  return histogram.buckets();
}

describe('the keeper of the history', () => {
  test('records a point a minute of what was measured, however often that is', async () => {
    const { clock, world, keeper, of } = setup();
    await keeper.start();
    await clock.advance(3 * MINUTE_MS);
    expect(of('coverage profile redis')).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(world.records.map(({ at }) => (at - Date.UTC(2026, 0, 1, 12)) / MINUTE_MS)).toEqual([0, 1, 2, 3]);
  });

  test('records nothing while another process measures, and nothing of an unknown group', async () => {
    const { clock, world, keeper } = setup();
    world.isMeasuring = false;
    await keeper.start();
    await clock.advance(3 * MINUTE_MS);
    expect(world.records).toEqual([]);
    world.isMeasuring = true;
    world.rows = {};
    await clock.advance(MINUTE_MS);
    expect([...(world.records[0]?.points.keys() ?? [])]).toEqual([]);
  });

  test('counts what grew since the minute before, and knows nothing of that at first', async () => {
    const { clock, world, keeper, of } = setup();
    const [hour] = world.used.map((each) => each.hour);
    world.used = [usedAt(hour ?? 0, 100)];
    await keeper.start();
    await clock.advance(10_000);
    world.used = [usedAt(hour ?? 0, 130, 2, { ms: 90_000, absent: 4 })];
    await clock.advance(MINUTE_MS);
    await clock.advance(MINUTE_MS);
    expect(of('calls markets run')).toEqual([undefined, 30, 0]);
    expect(of('calls-throttled markets')).toEqual([undefined, 2, 0]);
    expect(of('calls-absent markets')).toEqual([undefined, 4, 0]);
    // It looked again after 45 s: 90 s of calls are two at a time.
    expect(of('calls-at-once markets')).toEqual([undefined, 2, 0]);
  });

  test('does not take what grew in a longer time for that of a minute', async () => {
    const { clock, world, keeper, of } = setup();
    await keeper.start();
    await clock.advance(10_000);
    world.fails = new ForewarmError('E_REDIS_UNAVAILABLE', 'it is down');
    await clock.advance(3 * MINUTE_MS);
    world.fails = undefined;
    await clock.advance(2 * MINUTE_MS);
    expect(of('calls markets run')).toEqual([undefined, undefined, 0, 0]);
  });

  test('begins anew after another process measured', async () => {
    const { clock, world, keeper, of } = setup();
    await keeper.start();
    await clock.advance(10_000);
    world.isMeasuring = false;
    await clock.advance(20_000);
    world.isMeasuring = true;
    await clock.advance(MINUTE_MS);
    expect(of('calls markets run')).toEqual([undefined, undefined]);
  });

  test('takes waits, ticks and outcomes of all processes, of new ones all and of ended ones nothing', async () => {
    const { clock, world, keeper, of } = setup();
    const outcomes = (warmed: number) => {
      const none = {
        unchanged: 0,
        'already-warm': 0,
        absent: 0,
        refused: 0,
        failed: 0,
        excluded: 0,
        cancelled: 0,
      };
      return [{ source: 'profile', warmed, ...none }];
    };
    world.beats = [
      beat({ jobWaits: [{ lane: 'markets', buckets: buckets(9_000, 9_000) }], outcomes: outcomes(5) }),
      beat({ outcomes: outcomes(1_000) }, 0, 'ends'),
    ];
    await keeper.start();
    await clock.advance(10_000);
    world.beats = [
      beat({
        jobWaits: [{ lane: 'markets', buckets: buckets(9_000, 9_000, 100, 100, 100) }],
        outcomes: outcomes(8),
      }),
      beat({ outcomes: outcomes(2) }, clock.now() + 1_000, 'new'),
      beat({ outcomes: outcomes(7_000) }, 0, 'was silent'),
    ];
    await clock.advance(MINUTE_MS);
    await clock.advance(MINUTE_MS);
    expect(of('keys-ended warmed')).toEqual([undefined, 5, 0]);
    expect(of('wait-p99 markets')).toEqual([undefined, expect.closeTo(100, -1), undefined]);
  });

  test('has hours made when one is over, once', async () => {
    const { clock, world, keeper } = setup();
    await keeper.start();
    await clock.advance(30 * MINUTE_MS);
    expect(world.rolled).toBe(1);
    await clock.advance(31 * MINUTE_MS);
    expect(world.rolled).toBe(2);
  });

  test('says what went wrong, but not that a server is away', async () => {
    const { clock, world, keeper, log } = setup();
    world.fails = new ForewarmError('E_REDIS_UNAVAILABLE', 'it is down');
    await keeper.start();
    await clock.advance(MINUTE_MS);
    expect(log.seen).toEqual([]);
    world.fails = new TypeError('a mistake');
    await clock.advance(10_000);
    expect(log.seen[0]?.payload).toMatchObject({ where: 'keeping the history' });
  });
});

describe('calls since a look', () => {
  test('are those of all hours since, also over the end of one', () => {
    const { by, throttled } = callsSince(
      [usedAt(0, 5), usedAt(1, 90, 1)],
      [usedAt(1, 100, 1), usedAt(2, 7, 3)],
    );
    expect([by.run, throttled]).toEqual([17, 3]);
    expect(Object.keys(by)).toEqual([...BUDGET_USERS]);
  });

  test('are never less than none, and hours of before are none', () => {
    expect(callsSince([usedAt(1, 90)], [usedAt(0, 50), usedAt(1, 10)]).by.run).toBe(0);
    expect(callsSince([], [usedAt(5, 3)]).by.run).toBe(3);
  });
});
