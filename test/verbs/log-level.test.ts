/** Levels of logs that are changed while processes run: what is asked for reaches them, and is over in time. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { RedisRegistry } from '../../src/catalog/redis-registry.ts';
import { Events } from '../../src/core/events.ts';
import { LOG_LEVELS, LogLevel } from '../../src/core/log-level.ts';
import { NO_STATISTICS } from '../../src/core/metrics/statistics.ts';
import { startLogging } from '../../src/telemetry/logging.ts';
import { logLevelVerbs } from '../../src/verbs/log-level.ts';
import { Presence } from '../../src/workers/presence.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { until } from '../support/waiting.ts';

const BEAT_MS = 4_000;

function system() {
  const clock = new FakeClock();
  const registry = new RedisRegistry({ redis: connectRedis(), prefix: uniquePrefix() });
  const processOf = (id: string, roles = ['worker']) => {
    const events = new Events();
    const logLevel = new LogLevel({
      ...{ configured: 'info', clock },
      onChange: (change) => events.emit('log-level:changed', change),
    });
    const log = roles.includes('reader') ? {} : { logLevel };
    const presence = new Presence({
      ...{ registry, clock, events, id, roles, host: 'here', pid: 7, ...log },
      memory: async () => undefined,
      statistics: () => NO_STATISTICS,
    });
    onTestFinished(() => presence.stop(clock.now()));
    const lines: { event: string; level: string; to?: string }[] = [];
    const logging = startLogging({
      ...{ events, clock, options: { level: 'info', format: 'json' } },
      about: { version: '1.2.3', role: 'worker' },
      to: { write: (text) => lines.push(JSON.parse(text)) },
      ...{ isTTY: false, colour: false },
    });
    const verbs = logLevelVerbs({ registry, clock, self: { id }, logLevel });
    return { id, events, presence, logLevel, lines, logging, verbs };
  };
  /** Each looks what is wanted of it. */
  const beat = async (...all: readonly ReturnType<typeof processOf>[]) => {
    const before = clock.now();
    await clock.advance(BEAT_MS);
    const seen = async () => (await registry.processes(clock.now())).filter(({ seenAt }) => seenAt > before);
    await until('the beats', seen, (live) => live.length === all.length);
  };
  return { clock, registry, processOf, beat };
}

describe('the level of logs', () => {
  test('follows in every process that logs, also in one that starts later, and falls back in time', async () => {
    const { clock, processOf, beat } = system();
    const [a, b, reader] = [processOf('aaaa-1'), processOf('bbbb-1'), processOf('cccc-1', ['reader'])];
    for (const { presence } of [a, b, reader]) await presence.start();
    await a.verbs.setLogLevel({ level: 'debug', for: 60_000 }, 'ann');
    await beat(a, b, reader);
    const late = processOf('dddd-1');
    await late.presence.start();
    expect([a, b, late].map(({ logLevel }) => logLevel.level)).toEqual(['debug', 'debug', 'debug']);
    b.events.emit('job:started', { kind: 'refresh', id: '1', lane: 'markets', attempt: 1 });
    expect(b.lines.map(({ event }) => event)).toEqual(['log-level.changed', 'job.started']);
    await beat(a, b, reader, late);
    const { processes } = await a.verbs.logLevel();
    expect(processes.map(({ id, level, configured }) => [id, level, configured])).toEqual(
      ['aaaa-1', 'bbbb-1', 'dddd-1'].map((id) => [id, 'debug', 'info']),
    );
    await clock.advance(60_000);
    expect([a, b, late].map(({ logLevel }) => [logLevel.level, logLevel.until])).toEqual(
      Array(3).fill(['info', undefined]),
    );
    b.events.emit('job:started', { kind: 'refresh', id: '1', lane: 'markets', attempt: 1 });
    expect(b.lines.at(-1)).toMatchObject({ event: 'log-level.changed', to: 'info' });
  });

  test('of one process is asked for by the beginning of its id, and the last wish counts, of one or of all', async () => {
    const { clock, processOf, beat } = system();
    const [a, b] = [processOf('aaaa-1'), processOf('aaab-1')];
    for (const { presence } of [a, b]) await presence.start();
    await expect(a.verbs.setLogLevel({ level: 'debug', process: 'aaa' })).rejects.toThrow(
      '2 processes have an id that begins with "aaa": give more of it',
    );
    await a.verbs.setLogLevel({ level: 'debug', process: 'aaab' });
    await beat(a, b);
    expect([a, b].map(({ logLevel }) => logLevel.level)).toEqual(['info', 'debug']);
    await clock.advance(1);
    await a.verbs.setLogLevel({ level: 'error' });
    await beat(a, b);
    expect([a, b].map(({ logLevel }) => logLevel.level)).toEqual(['error', 'error']);
    await a.verbs.setLogLevel({ level: 'configured' });
    await beat(a, b);
    expect([a, b].map(({ logLevel }) => logLevel.level)).toEqual(['info', 'info']);
    expect(b.lines.map(({ to }) => to)).toEqual(['debug', 'error', 'info']);
  });

  test('of the process that is asked changes at once, and without Redis', async () => {
    const { clock, processOf } = system();
    const gone = { processes: () => Promise.reject(new Error('gone')), logLevels: async () => new Map() };
    const { logLevel } = processOf('aaaa-1');
    const registry = { ...gone, askLogLevel: () => Promise.reject(new Error('gone')) };
    const verbs = logLevelVerbs({ registry, clock, self: { id: 'aaaa-1' }, logLevel });
    const { asked } = await verbs.setLogLevel({ level: 'debug', process: 'this' }, 'ann');
    expect(asked).toMatchObject([{ process: 'aaaa-1', level: 'debug', by: 'ann' }]);
    expect(logLevel.level).toBe('debug');
    await expect(verbs.setLogLevel({ level: 'info' })).rejects.toThrow('gone');
  });

  test('of the process that is asked is shown as it is, and not as it last reported', async () => {
    const { processOf } = system();
    const a = processOf('aaaa-1');
    await a.presence.start();
    const { processes } = await a.verbs.setLogLevel({ level: 'debug', process: 'this' });
    expect(processes).toMatchObject([{ id: 'aaaa-1', level: 'debug', configured: 'info' }]);
  });

  test('is debug for ten minutes after a signal, and as configured after the next', async () => {
    const { clock, processOf } = system();
    const { logLevel, lines } = processOf('aaaa-1');
    logLevel.toggle('SIGUSR2');
    expect([logLevel.level, logLevel.until]).toEqual(['debug', clock.now() + 600_000]);
    logLevel.toggle('SIGUSR2');
    expect(logLevel.level).toBe('info');
    logLevel.toggle('SIGUSR2');
    await clock.advance(600_000);
    expect(logLevel.level).toBe('info');
    expect(lines.map(({ to }) => to)).toEqual(['debug', 'info', 'debug', 'info']);
  });

  test('lasts no longer than a day, and is none that there is not', async () => {
    const { verbs } = system().processOf('aaaa-1');
    await expect(verbs.setLogLevel({ level: 'debug', for: 86_400_001 })).rejects.toThrow('longer than a day');
    // @ts-expect-error It is no level.
    const refused = await verbs.setLogLevel({ level: 'loud' }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'E_REQUEST_INVALID' });
    for (const level of [...LOG_LEVELS, 'configured']) expect(String(refused)).toContain(level);
  });

  test('is told where silence begins and where it ends', () => {
    const { events, lines } = system().processOf('aaaa-1');
    events.emit('log-level:changed', { to: 'silent', by: 'ann', until: 5 });
    events.emit('run:ended', { run: 'r1', reason: 'finished' });
    events.emit('log-level:changed', { to: 'info', by: 'its time is over' });
    expect(lines.map(({ to }) => to)).toEqual(['silent', 'info']);
  });

  test('is again what a command writes, where that is less than is configured', () => {
    const { clock, processOf } = system();
    const { events } = processOf('aaaa-1');
    const lines: string[] = [];
    const quiet = startLogging({
      ...{ events, clock, options: { level: 'warn', format: 'text' }, isTTY: false, colour: false },
      ...{ about: { version: '1.2.3', role: 'command' }, to: { write: (text) => lines.push(text) } },
    });
    events.emit('log-level:changed', { to: 'debug', by: 'ann', until: 5 });
    events.emit('log-level:changed', { to: 'info', by: 'ann' });
    events.emit('run:ended', { run: 'r1', reason: 'finished' });
    expect(lines).toHaveLength(2);
    quiet.close();
  });

  test('is told at every level, and is a warning at the most while a bar is shown', () => {
    const { events, lines, logging } = system().processOf('aaaa-1');
    events.emit('log-level:changed', { to: 'error', by: 'ann', until: 5 });
    events.emit('log-level:changed', { to: 'info', by: 'ann' });
    expect(lines.map(({ to }) => to)).toEqual(['error', 'info']);
    logging.hush(true);
    events.emit('run:ended', { run: 'r1', reason: 'finished' });
    expect(lines).toHaveLength(2);
    logging.hush(false);
    events.emit('run:ended', { run: 'r2', reason: 'finished' });
    expect(lines).toHaveLength(3);
  });
});
