import { describe, expect, test } from 'vitest';
import { Events } from '../../src/core/events.ts';
import { ServerClock } from '../../src/redis/server-clock.ts';
import { EventLog } from '../support/event-log.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/waiting.ts';

const SERVER = Date.UTC(2027, 0, 1);

/** A host whose clock is so far behind that of the server, and whose round trips take so long. */
function create(behind: number, roundTrip = 0) {
  const host = new FakeClock(SERVER - behind);
  const events = new Events();
  const log = new EventLog(events, ['clock:off', 'problem']);
  const server = { ahead: behind, answers: true };
  const time = async () => {
    if (!server.answers) return undefined;
    await host.advance(roundTrip / 2);
    const now = host.now() + server.ahead;
    await host.advance(roundTrip / 2);
    return [String(Math.floor(now / 1_000)), String((now % 1_000) * 1_000)];
  };
  return { host, server, log, clock: new ServerClock({ clock: host, time, events, every: 10_000 }) };
}

describe('the clock of the jobs Redis', () => {
  test.each([300_000, -300_000])('is followed by a host that is %d ms behind it', async (behind) => {
    const { host, clock } = create(behind, 40);
    await clock.measure();
    expect(clock.now()).toBe(host.now() + behind);
    await host.advance(1_234);
    expect(clock.now()).toBe(host.now() + behind);
    expect(clock.behind).toBe(behind);
  });

  test('is that of the host until the server has answered', async () => {
    const { host, server, clock } = create(300_000);
    server.answers = false;
    await clock.measure();
    expect(clock.now()).toBe(host.now());
  });

  test('does not move by what a round trip leaves unknown', async () => {
    const { host, clock } = create(15, 30);
    await clock.measure();
    expect(clock.now()).toBe(host.now());
  });

  test('goes on when the host is set, and when the server does not answer', async () => {
    const { host, server, clock } = create(0);
    await clock.measure();
    const before = clock.now();
    server.answers = false;
    const later = host.now.bind(host);
    host.now = () => later() + 3_600_000;
    await host.advance(5_000);
    await clock.measure();
    expect(clock.now()).toBe(before + 5_000);
  });

  test('is asked every ten seconds while the process runs', async () => {
    const { host, server, clock } = create(0);
    await clock.start();
    server.ahead = 120_000;
    await host.advance(10_000);
    await until(
      'the answer',
      async () => clock.behind,
      (behind) => behind === 120_000,
    );
    expect(clock.now()).toBe(host.now() + 120_000);
    await clock.stop(clock.now() + 1_000);
  });

  test('is told once when the host is off by more than a second, and once when it is right again', async () => {
    const { server, log, clock } = create(0);
    for (const ahead of [0, 900, 5_000, 5_100, 5_000, 0, 0]) {
      server.ahead = ahead;
      await clock.measure();
    }
    expect(log.seen.map(({ payload }) => payload)).toEqual([{ behind: 5_000 }, { behind: 0 }]);
  });

  test('rejects what is no time', async () => {
    const events = new Events();
    const clock = new ServerClock({
      clock: new FakeClock(),
      events,
      time: async () => ['soon'],
      every: 10_000,
    });
    await expect(clock.measure()).rejects.toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
  });
});
