/** How the s3 tier goes on when a bucket asks for fewer requests, or says that the clock is wrong. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import { s3Options } from '../../../src/tiers/s3/s3-options.ts';
import { S3Pace } from '../../../src/tiers/s3/s3-pace.ts';
import { S3Tier } from '../../../src/tiers/s3/s3-tier.ts';
import { expectEntry, getOne, putOf, SIGNAL } from '../../contract/tier.steps.ts';
import { entryOf } from '../../support/entries.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { uniquePrefix } from '../../support/redis.ts';
import { type S3Server, startS3Server } from '../../support/s3-server.ts';

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server({ compares: true });
});
afterAll(() => server?.remove());

function setup() {
  const options = { ...s3Options.parse({}), ...server.options, prefix: `${uniquePrefix()}/` };
  const tier = new S3Tier({ ...options, clock: systemClock, events: new Events() });
  onTestFinished(() => tier.close());
  onTestFinished(() => server.refuse(() => undefined));
  const asked = server.asked.length;
  server.load.most = 0;
  return { tier, sent: () => server.asked.length - asked };
}

const entries = Array.from({ length: 20 }, (_, i) => entryOf(`k:${i}`, `value ${i}`));
const writes = entries.map(putOf);

describe('the pace of a bucket', () => {
  function setupPace() {
    const clock = new FakeClock(0);
    const pace = new S3Pace({ clock, widest: 16 });
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const begin = (n: number) =>
      pace.turn(SIGNAL, () => {
        begun.push(n);
        return new Promise<void>((resolve) => ends.push(resolve));
      });
    return { clock, pace, begun, ends, begin };
  }

  it('lets one request go first, and the others once it was answered', async () => {
    const { clock, pace, begun, ends, begin } = setupPace();
    const all = Array.from({ length: 20 }, (_, i) => begin(i));
    await clock.advance(0);
    expect(begun).toEqual([0]);
    pace.answered(clock.elapsed());
    ends[0]?.();
    await clock.advance(0);
    expect(begun).toHaveLength(17);
    for (let i = 0; i < 20; i += 1) {
      await clock.advance(0);
      ends[i]?.();
    }
    await Promise.all(all);
  });

  it('halves for requests to slow down, those of one moment counting once, and recovers one by one', async () => {
    const { clock, pace } = setupPace();
    pace.answered(clock.elapsed());
    await clock.advance(10);
    for (let i = 0; i < 16; i += 1) pace.slowDown(5);
    expect(pace.width).toBe(8);
    await clock.advance(1_000);
    pace.slowDown(clock.elapsed());
    expect(pace.width).toBe(4);
    for (let i = 0; i < 4; i += 1) pace.answered(clock.elapsed());
    expect(pace.width).toBe(5);
    for (let i = 0; i < 1_000; i += 1) pace.answered(clock.elapsed());
    expect(pace.width).toBe(16);
  });

  it('takes nothing from answers to requests that were under way when it was asked to slow down', async () => {
    const { clock, pace } = setupPace();
    pace.answered(clock.elapsed());
    await clock.advance(10);
    pace.slowDown(clock.elapsed());
    for (let i = 0; i < 40; i += 1) pace.answered(5);
    expect(pace.width).toBe(8);
  });

  it('pauses for longer each time in a row, to eight seconds', async () => {
    const { clock, pace, begun, begin } = setupPace();
    pace.answered(clock.elapsed());
    let waits = 0;
    for (const expected of [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000]) {
      await clock.advance(1);
      pace.slowDown(clock.elapsed());
      begin(waits).catch(() => undefined);
      await clock.advance(expected - 1);
      expect(begun).toHaveLength(waits);
      await clock.advance(1);
      waits += 1;
      // One is let go at a time: those before are still under way.
      expect(begun.length).toBeLessThanOrEqual(waits);
      waits = begun.length;
    }
  });

  it('takes a request that is given up out of the line', async () => {
    const { clock, pace, begun, ends, begin } = setupPace();
    const first = begin(0);
    const abort = new AbortController();
    const second = pace.turn(abort.signal, async () => void begun.push(1));
    const third = begin(2);
    abort.abort(new Error('given up'));
    await expect(second).rejects.toThrow('given up');
    ends[0]?.();
    await first;
    await clock.advance(0);
    expect(begun).toEqual([0, 2]);
    ends[1]?.();
    await third;
  });
});

describe('the s3 tier, when a bucket', () => {
  it.each([
    { status: 503, code: 'SlowDown' },
    { status: 503, code: 'ServiceUnavailable' },
    { status: 429, code: 'TooManyRequests' },
  ])('refuses half of what comes at once with $code, sends fewer, and writes all', async (refusal) => {
    const { tier, sent } = setup();
    // A bucket that takes four requests at a time.
    server.refuse(() => (server.load.now > 4 ? refusal : undefined));
    expect(await tier.putMany(writes, SIGNAL)).toEqual(writes.map(() => 'written'));
    // 40 when nothing is refused, and two to find out whether it compares.
    expect(sent()).toBeLessThan(42 + 24);
    for (const entry of entries.slice(0, 3)) await expectEntry(tier, entry);
  });

  it('refuses everything, ends with its message and what to do', async () => {
    const { tier, sent } = setup();
    server.refuse(() => ({ status: 503, code: 'SlowDown' }));
    const given = AbortSignal.timeout(1_500);
    await expect(tier.getMany(['k:0', 'k:1', 'k:2'], 'entry', given)).rejects.toThrow();
    expect(sent()).toBeLessThan(8);
  });

  it('says that the clock is wrong, is asked again once by each request, and the message names the clock', async () => {
    const { tier, sent } = setup();
    server.refuse(() => ({ status: 403, code: 'RequestTimeTooSkewed' }));
    await expect(getOne(tier, 'k:0')).rejects.toThrow(/set this machine's clock/);
    expect(sent()).toBe(2);
  });

  it('has another time, corrects it by the first answer before others are sent', async () => {
    const { tier, sent } = setup();
    let refused = 0;
    server.refuse(() => {
      if (refused > 0) return undefined;
      refused += 1;
      return { status: 403, code: 'RequestTimeTooSkewed' };
    });
    expect(await tier.putMany(writes, SIGNAL)).toEqual(writes.map(() => 'written'));
    expect(refused).toBe(1);
    expect(sent()).toBeLessThanOrEqual(43);
  });

  it('fails once with an internal error, tries again', async () => {
    const { tier } = setup();
    const failed = new Set<string>();
    server.refuse(({ method }) => {
      if (failed.has(method)) return undefined;
      failed.add(method);
      return { status: 500, code: 'InternalError' };
    });
    expect(await tier.putMany(writes.slice(0, 2), SIGNAL)).toEqual(['written', 'written']);
  });
});
