import { describe, expect, test } from 'vitest';
import { OriginHealth, type Pause, type Turn } from '../../src/warming/origin-health.ts';
import { FakeClock } from '../support/fake-clock.ts';

const GIVEN_UP_AFTER = 60_000;

function create() {
  const clock = new FakeClock();
  return { clock, health: new OriginHealth({ clock, givenUpAfter: GIVEN_UP_AFTER }) };
}

async function enter(health: OriginHealth): Promise<Turn> {
  const turn = await health.enter();
  if (turn.kind !== 'turn') throw new Error(`paused until ${turn.until}`);
  return turn;
}

/** One call that gives no answer. */
async function fail(health: OriginHealth): Promise<Pause | undefined> {
  const turn = await enter(health);
  const pause = turn.failed('no answer');
  turn.over();
  return pause;
}

async function succeed(health: OriginHealth): Promise<void> {
  const turn = await enter(health);
  turn.succeeded();
  turn.over();
}

async function failTimes(health: OriginHealth, times: number): Promise<Pause | undefined> {
  let last: Pause | undefined;
  for (let i = 0; i < times; i += 1) last = await fail(health);
  return last;
}

describe('an origin that gives no answer', () => {
  test('is paused after five calls in a row, and not before', async () => {
    const { clock, health } = create();
    expect(await failTimes(health, 4)).toBeUndefined();
    expect(await fail(health)).toEqual({ kind: 'pause', until: clock.now() + 1_000, reason: 'no answer' });
    expect(await health.enter()).toMatchObject({ kind: 'pause', until: clock.now() + 1_000 });
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
    const pauses = turns.map((turn) => turn.failed('no answer'));
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
    const others = [1, 2, 3].map(async () => entered.push((await health.enter()).kind));
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
    const others = [1, 2, 3].map(() => health.enter());
    probe.failed('still no answer');
    probe.over();
    for (const other of await Promise.all(others)) {
      expect(other).toEqual({ kind: 'pause', until: clock.now() + 2_000, reason: 'still no answer' });
    }
  });

  test('whose probe ended without news gets another one', async () => {
    const { health } = await inDoubt();
    const probe = await enter(health);
    const other = health.enter();
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

  test('is none before an origin has been paused, however long ago a call failed', async () => {
    const { clock, health } = create();
    await fail(health);
    await clock.advance(10 * GIVEN_UP_AFTER);
    expect(health.isGivenUp).toBe(false);
  });
});
