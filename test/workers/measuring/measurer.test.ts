import { describe, expect, onTestFinished, test } from 'vitest';
import { RedisMeasuredMark } from '../../../src/catalog/redis-measured-mark.ts';
import { RedisRegistry } from '../../../src/catalog/redis-registry.ts';
import { ForewarmError } from '../../../src/core/errors.ts';
import { Events } from '../../../src/core/events.ts';
import { HOLDS_MS, type Section, ServiceMeasurer, TOLD_MS } from '../../../src/workers/measuring/measurer.ts';
import { EventLog } from '../../support/event-log.ts';
import { drive, FakeClock } from '../../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';
import { until } from '../../support/waiting.ts';

const LETTERS: Section = async ({ now }) => ({ deadLetters: [{ of: 'keys', count: now }] });

function create(sections: readonly Section[] = [LETTERS]) {
  const clock = new FakeClock();
  const prefix = uniquePrefix();
  const redis = connectRedis();
  const events = new Events();
  const log = new EventLog(events, ['problem']);
  const mark = new RedisMeasuredMark({ redis, prefix });
  /** Replies that the registry owes. */
  let owed = 0;
  /** Lets time pass, and none while the registry owes a reply. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      await clock.advance(500);
      await until(
        'the reply of the registry',
        async () => owed,
        (count) => count === 0,
      );
    }
  };
  /** A process that measures; `state` is what becomes of its word to the registry. */
  const start = async (id: string, own = sections) => {
    const registry = new RedisRegistry({ redis, prefix });
    const process = { state: 'well' as 'well' | 'away' | 'hangs' | 'passed' };
    const measures = async (...args: Parameters<RedisRegistry['measures']>) => {
      if (process.state === 'hangs') return new Promise<boolean>(() => undefined);
      if (process.state === 'away') throw new ForewarmError('E_REDIS_UNAVAILABLE', 'away');
      if (process.state === 'passed') return false;
      owed += 1;
      return registry.measures(...args).finally(() => {
        owed -= 1;
      });
    };
    const measurer = new ServiceMeasurer({
      ...{ clock, events, id, role: 'worker', sections: own },
      registry: { measures, endMeasuring: (by) => registry.endMeasuring(by) },
      mark,
    });
    onTestFinished(() => drive(clock, measurer.stop(clock.now() + 1_000)));
    await measurer.start();
    const told = () => measurer.rows('deadLetters').map(({ count }) => count);
    return { process, measurer, told };
  };
  return { clock, start, log, pass, mark };
}

type Told = { told(): readonly number[] };

/** Moves the clock until the process tells something, or nothing. */
async function becomes(clock: FakeClock, { told }: Told, tells: boolean): Promise<void> {
  const turns = async () => {
    await clock.advance(1_000);
    return told().length > 0;
  };
  await until(tells ? 'a process that measures' : 'a process that does not', turns, (is) => is === tells);
}

describe('of several processes', () => {
  test('one measures, at once, and another one once that one is gone', async () => {
    const { clock, start } = create();
    const first = await start('a');
    await becomes(clock, first, true);
    const second = await start('b');
    await clock.advance(20_000);
    expect([first.told().length, second.told().length]).toEqual([1, 0]);
    await drive(clock, first.measurer.stop(clock.now() + 1_000));
    expect(first.told()).toEqual([]);
    await becomes(clock, second, true);
  });

  test('another one takes over from one that fell silent, within seconds', async () => {
    const { start, pass } = create();
    const first = await start('a');
    await pass(1_000);
    const second = await start('b');
    await pass(6_000);
    expect([first.told().length, second.told().length]).toEqual([1, 0]);
    first.process.state = 'hangs';
    // Its word may just have been given; the other asks every five seconds.
    await pass(HOLDS_MS + 5_500);
    expect(second.told()).toHaveLength(1);
  });

  test('two never measure at the same time, however long it takes', async () => {
    const { start, pass } = create();
    let [active, most, begun] = [0, 0, 0];
    const endless: Section = async (measuring) => {
      await measuring.part('what hangs', (signal) => {
        [active, begun] = [active + 1, begun + 1];
        most = Math.max(most, active);
        signal.addEventListener('abort', () => {
          active -= 1;
        });
        return new Promise<never>(() => undefined);
      });
      return {};
    };
    const first = await start('a', [endless, LETTERS]);
    await pass(1_000);
    await start('b', [endless, LETTERS]);
    await pass(6_000);
    // Its own turns are none beside each other, and what hangs keeps nothing else back.
    expect([begun, most, first.told().length]).toEqual([1, 1, 1]);
    first.process.state = 'hangs';
    await pass(HOLDS_MS + 20_000);
    expect(begun).toBeGreaterThan(1);
    expect(most).toBe(1);
  });

  test('what was measured under a word that has ended meanwhile is not told', async () => {
    const { clock, start, pass } = create();
    const held = Promise.withResolvers<void>();
    const slept: Section = async (measuring) => {
      await held.promise;
      return LETTERS(measuring);
    };
    const { told } = await start('a', [slept]);
    await pass(1_000);
    // A process that is stopped from outside goes on where it was, before its timers.
    clock.skip(HOLDS_MS);
    held.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(told()).toEqual([]);
  });

  test('it measures again every 15 seconds, and says when', async () => {
    const { clock, start } = create();
    const { measurer, told } = await start('a');
    await becomes(clock, { told }, true);
    const [first = 0] = told();
    const later = async () => {
      await clock.advance(1_000);
      return told()[0] ?? 0;
    };
    const at = await until('the next figure', later, (count) => count > first);
    expect(at - first).toBeGreaterThanOrEqual(15_000);
    expect(measurer.rows('measured')).toEqual([{ role: 'worker', at }]);
  });
});

describe('what is not known now is not told', () => {
  test('of a section that fails, while the others are', async () => {
    const failing: Section = async () => {
      throw new Error('a slip');
    };
    const away: Section = async () => {
      throw new ForewarmError('E_TIER_UNAVAILABLE', 'away');
    };
    const { clock, start, log } = create([failing, LETTERS, away]);
    const { measurer, told } = await start('a');
    await becomes(clock, { told }, true);
    expect(measurer.rows('coverage')).toEqual([]);
    expect(log.seen.map(({ payload }) => payload)).toEqual([
      { where: 'measuring the service', error: new Error('a slip') },
    ]);
  });

  test('from the moment that Redis is known to be away, until it is back', async () => {
    const { clock, start } = create();
    const one = await start('a');
    await becomes(clock, one, true);
    one.process.state = 'away';
    await clock.advance(6_000);
    expect(one.told()).toEqual([]);
    one.process.state = 'well';
    await becomes(clock, one, true);
  });

  test('by a process from which the turn has passed, from the next time that it asks', async () => {
    const { clock, start } = create();
    const one = await start('a');
    await becomes(clock, one, true);
    one.process.state = 'passed';
    await clock.advance(6_000);
    expect(one.told()).toEqual([]);
  });

  test('by a process that has stopped, though a section ends later', async () => {
    const held = Promise.withResolvers<void>();
    let asked = 0;
    const late: Section = async () => {
      asked += 1;
      await held.promise;
      return { deadLetters: [{ of: 'keys', count: 1 }] };
    };
    const { clock, start } = create([late]);
    const { measurer, told } = await start('a');
    const begun = async () => {
      await clock.advance(1);
      return asked;
    };
    await until('a section that was asked', begun, (times) => times > 0);
    await drive(clock, measurer.stop(clock.now() + 1_000));
    held.resolve();
    await clock.advance(1_000);
    expect(told()).toEqual([]);
  });

  test('when nothing was heard for half a minute, though nobody said that anything failed', async () => {
    const { clock, start } = create();
    const one = await start('a');
    await becomes(clock, one, true);
    one.process.state = 'hangs';
    await clock.advance(TOLD_MS + 1);
    expect(one.told()).toEqual([]);
  });
});

test('the others hear when it was measured, and how many keys of a source are in quarantine', async () => {
  const rows = { quarantined: [3, 0].map((keys, i) => ({ source: `s${i}`, keys })) };
  const { clock, start, mark } = create([async () => rows]);
  const at = clock.now();
  await start('a');
  const hear = async () => {
    await clock.advance(1);
    return mark.read();
  };
  const heard = await until('word of what was measured', hear, (measured) => measured !== undefined);
  expect(heard).toEqual({ at, quarantined: { s0: 3 } });
});
