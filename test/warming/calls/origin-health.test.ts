import { describe, expect, test } from 'vitest';
import {
  type CallFailure,
  OriginHealth,
  type Pause,
  type Turn,
} from '../../../src/warming/calls/origin-health.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const GIVEN_UP_AFTER = 60_000;

function create() {
  const clock = new FakeClock();
  return { clock, health: new OriginHealth({ clock, givenUpAfter: GIVEN_UP_AFTER }) };
}

let asked = 0;

/** A key that was never asked for. */
function newKey(): readonly string[] {
  asked += 1;
  return [`key-${asked}`];
}

function failureOf(reason: string, { reached = true, isPart = false } = {}): CallFailure {
  return { reason, reached, isPart };
}

async function enter(health: OriginHealth, keys = newKey()): Promise<Turn> {
  const turn = await health.enter(keys);
  if (turn.kind !== 'turn') throw new Error(`paused until ${turn.until}`);
  return turn;
}

/** One call that gives no answer. */
async function fail(health: OriginHealth, keys = newKey(), change = {}): Promise<Pause | undefined> {
  const turn = await enter(health, keys);
  const pause = turn.failed(failureOf('no answer', change));
  turn.over();
  return pause;
}

async function succeed(health: OriginHealth, keys = newKey()): Promise<void> {
  const turn = await enter(health, keys);
  turn.succeeded();
  turn.over();
}

async function failTimes(health: OriginHealth, times: number): Promise<Pause | undefined> {
  let last: Pause | undefined;
  for (let i = 0; i < times; i += 1) last = await fail(health);
  return last;
}

describe('an origin that gives no answer', () => {
  test('is paused after calls for five different keys in a row, and not before', async () => {
    const { clock, health } = create();
    expect(await failTimes(health, 4)).toBeUndefined();
    expect(await fail(health)).toEqual({
      kind: 'pause',
      until: clock.now() + 1_000,
      reason: 'no answer',
      onlyThese: false,
    });
    expect(await health.enter(newKey())).toMatchObject({ kind: 'pause', until: clock.now() + 1_000 });
  });

  test('is not paused when one of the five is answered', async () => {
    const { health } = create();
    await failTimes(health, 4);
    await succeed(health);
    expect(await failTimes(health, 4)).toBeUndefined();
  });

  test('is paused once by many calls that were under way together', async () => {
    const { clock, health } = create();
    const turns = await Promise.all(Array.from({ length: 20 }, () => enter(health)));
    await clock.advance(10);
    const pauses = turns.map((turn) => turn.failed(failureOf('no answer')));
    const times = new Set(pauses.flatMap((pause) => (pause === undefined ? [] : [pause.until])));
    expect(times).toEqual(new Set([clock.now() + 1_000]));
  });

  test('is paused longer each time that its probe fails, up to half a minute', async () => {
    const { clock, health } = create();
    const pauses: number[] = [];
    let pause = await failTimes(health, 5);
    for (let i = 0; i < 8; i += 1) {
      const ms = (pause?.until ?? 0) - clock.now();
      pauses.push(ms);
      await clock.advance(ms);
      pause = await fail(health);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('is well again once its probe is answered: the next pause is a short one', async () => {
    const { clock, health } = create();
    await failTimes(health, 5);
    await clock.advance(1_000);
    await fail(health);
    await clock.advance(2_000);
    await succeed(health);
    expect(await failTimes(health, 4)).toBeUndefined();
    expect((await fail(health))?.until).toBe(clock.now() + 1_000);
  });
});

describe('an origin in doubt', () => {
  async function inDoubt() {
    const { clock, health } = create();
    await failTimes(health, 5);
    await clock.advance(1_000);
    return { clock, health };
  }

  test('gets one probe; the others wait, and go on once it is answered', async () => {
    const { health } = await inDoubt();
    const probe = await enter(health);
    const entered: string[] = [];
    const others = [1, 2, 3].map(async () => entered.push((await health.enter(newKey())).kind));
    await new Promise((resolve) => setImmediate(resolve));
    expect(entered).toEqual([]);
    probe.succeeded();
    probe.over();
    await Promise.all(others);
    expect(entered).toEqual(['turn', 'turn', 'turn']);
  });

  test('that does not answer its probe sends the others away', async () => {
    const { clock, health } = await inDoubt();
    const probe = await enter(health);
    const others = [1, 2, 3].map(() => health.enter(newKey()));
    probe.failed(failureOf('still no answer'));
    probe.over();
    for (const other of await Promise.all(others)) {
      expect(other).toEqual({
        kind: 'pause',
        until: clock.now() + 2_000,
        reason: 'still no answer',
        onlyThese: false,
      });
    }
  });

  test('whose probe ended without news gets another one', async () => {
    const { health } = await inDoubt();
    const probe = await enter(health);
    const other = health.enter(newKey());
    probe.over();
    expect((await other).kind).toBe('turn');
  });
});

describe('an outage', () => {
  test('that lasts longer than was configured is given up on, until the origin answers', async () => {
    const { clock, health } = create();
    let pause = await failTimes(health, 5);
    while (clock.elapsed() <= GIVEN_UP_AFTER) {
      expect(health.isGivenUp).toBe(false);
      await clock.advance((pause?.until ?? 0) - clock.now());
      if (clock.elapsed() <= GIVEN_UP_AFTER) pause = await fail(health);
    }
    expect(health.isGivenUp).toBe(true);
    await succeed(health);
    expect(health.isGivenUp).toBe(false);
  });

  test('is not ended by an answer to a call that began before the pause, in it or after it', async () => {
    const { clock, health } = create();
    const [early, late] = [await enter(health), await enter(health)];
    const pause = await failTimes(health, 5);
    early.succeeded();
    expect(await health.enter(newKey())).toEqual(pause);
    await clock.advance(1_000);
    late.succeeded();
    // Still in doubt: one probe at a time, and a longer pause after it.
    const probe = await enter(health);
    const other = health.enter(newKey());
    const again = probe.failed(failureOf('no answer'));
    probe.over();
    expect(again?.until).toBe(clock.now() + 2_000);
    expect(await other).toEqual(again);
  });

  test('goes on, and is given up on, while old calls are answered all the time', async () => {
    const { clock, health } = create();
    const old = await Promise.all(Array.from({ length: 20 }, () => enter(health)));
    let pause = await failTimes(health, 5);
    for (let i = 0; i < 8; i += 1) {
      await clock.advance((pause?.until ?? 0) - clock.now());
      old.pop()?.succeeded();
      pause = await fail(health);
      old.pop()?.succeeded();
    }
    expect(health.isGivenUp).toBe(true);
    old.pop()?.succeeded();
    expect(health.isGivenUp).toBe(true);
  });

  test('is none before an origin has been paused, however long ago a call failed', async () => {
    const { clock, health } = create();
    await fail(health);
    await clock.advance(10 * GIVEN_UP_AFTER);
    expect(health.isGivenUp).toBe(false);
  });
});

describe('keys that fail by themselves', () => {
  test('do not pause an origin, however often one of them fails', async () => {
    const { health } = create();
    for (let i = 0; i < 50; i += 1) expect(await fail(health, ['poison'])).toBeUndefined();
  });

  test('do not pause an origin once others were answered, however many they are', async () => {
    const { health } = create();
    const poison = Array.from({ length: 20 }, (_, i) => [`poison-${i}`]);
    for (const keys of poison) {
      await fail(health, keys);
      await succeed(health);
    }
    for (const keys of [...poison, ...poison]) expect(await fail(health, keys)).toBeUndefined();
    await failTimes(health, 4);
    expect(await fail(health)).toMatchObject({ kind: 'pause' });
  });

  test('count again when they failed alone long ago, or were answered since', async () => {
    const { clock, health } = create();
    const poison = Array.from({ length: 5 }, (_, i) => [`poison-${i}`]);
    for (const keys of poison) await fail(health, keys).then(() => succeed(health));
    await clock.advance(31 * 60_000);
    let last: Pause | undefined;
    for (const keys of poison) last = await fail(health, keys);
    expect(last).toMatchObject({ kind: 'pause' });
    await clock.advance(2_000);
    for (const keys of poison) await succeed(health, keys);
    for (const keys of poison) last = await fail(health, keys);
    expect(last).toMatchObject({ kind: 'pause' });
  });

  test('of one call count once, however it is cut', async () => {
    const { health } = create();
    const keys = Array.from({ length: 100 }, (_, i) => `b${i}`);
    expect(await fail(health, keys)).toBeUndefined();
    for (const key of keys) expect(await fail(health, [key], { isPart: true })).toBeUndefined();
    for (const key of keys) expect(await fail(health, [key])).toBeUndefined();
  });

  test('wait a little longer than the others for an origin in doubt, and only they', async () => {
    const { clock, health } = create();
    const poison = Array.from({ length: 5 }, (_, i) => [`poison-${i}`]);
    for (const keys of poison) await fail(health, keys);
    await clock.advance(1_000);
    expect(await health.enter(['poison-0'])).toMatchObject({ until: clock.now() + 500, onlyThese: true });
    await succeed(health);
    for (const keys of poison) expect((await health.enter(keys)).kind).toBe('turn');
  });

  test('are probes themselves where there is no other key', async () => {
    const { clock, health } = create();
    const poison = Array.from({ length: 5 }, (_, i) => [`poison-${i}`]);
    for (const keys of poison) await fail(health, keys);
    await clock.advance(1_500);
    expect(await fail(health, ['poison-3'])).toMatchObject({ until: clock.now() + 2_000 });
  });
});

test('an origin that nothing connects to is paused, whatever the key', async () => {
  const { health } = create();
  for (let i = 0; i < 4; i += 1) expect(await fail(health, ['one'], { reached: false })).toBeUndefined();
  expect(await fail(health, ['one'], { reached: false })).toMatchObject({ kind: 'pause' });
});
