import { describe, expect, onTestFinished, test } from 'vitest';
import { RedisRegistry } from '../../../src/catalog/redis-registry.ts';
import { ForewarmError } from '../../../src/core/errors.ts';
import { Events } from '../../../src/core/events.ts';
import { type Section, ServiceMeasurer, TOLD_MS } from '../../../src/workers/measuring/measurer.ts';
import { EventLog } from '../../support/event-log.ts';
import { drive, FakeClock } from '../../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';
import { until } from '../../support/waiting.ts';

const LETTERS: Section = async (now) => ({ deadLetters: [{ of: 'keys', count: now }] });

function create(sections: readonly Section[] = [LETTERS]) {
  const clock = new FakeClock();
  const prefix = uniquePrefix();
  const redis = connectRedis();
  const events = new Events();
  const log = new EventLog(events, ['problem']);
  /** A process that measures; `state` is what becomes of its word to the registry. */
  const start = async (id: string) => {
    const registry = new RedisRegistry({ redis, prefix });
    const process = { state: 'well' as 'well' | 'away' | 'hangs' | 'passed' };
    const measures = async (...args: Parameters<RedisRegistry['measures']>) => {
      if (process.state === 'hangs') return new Promise<boolean>(() => undefined);
      if (process.state === 'away') throw new ForewarmError('E_REDIS_UNAVAILABLE', 'away');
      return process.state === 'passed' ? false : registry.measures(...args);
    };
    const measurer = new ServiceMeasurer({
      ...{ clock, events, id, role: 'worker', sections },
      registry: { measures, endMeasuring: (by) => registry.endMeasuring(by) },
    });
    onTestFinished(() => drive(clock, measurer.stop(clock.now() + 1_000)));
    await measurer.start();
    const told = () => measurer.rows('deadLetters').map(({ count }) => count);
    return { process, measurer, told };
  };
  return { clock, start, log };
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
    const { clock, start } = create();
    const first = await start('a');
    await becomes(clock, first, true);
    const second = await start('b');
    await clock.advance(6_000);
    first.process.state = 'hangs';
    const died = clock.now();
    await becomes(clock, second, true);
    expect(clock.now() - died).toBeLessThan(60_000);
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
      return LETTERS(1, new AbortController().signal);
    };
    const { clock, start } = create([late]);
    const { measurer, told } = await start('a');
    const begun = async () => asked;
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
