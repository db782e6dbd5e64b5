import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoadLevels } from '../../src/budget/levels.ts';

const REFUSAL_MS = 2;

interface Call {
  /** When it begins, and how long it takes where it is let in, in ms. */
  readonly at: number;
  readonly ms: number;
}

/** An origin that refuses by its own count: of calls in flight, or of those let in within a second. */
type Admits = (inFlight: number, inSecond: number) => boolean;

/** Which limit the calls of an origin speak of, when the first of them was refused. */
function exceededBy(calls: readonly Call[], admits: Admits) {
  const levels = new LoadLevels();
  const ends: { readonly at: number; readonly end: () => void }[] = [];
  const letIn: { readonly at: number; readonly until: number }[] = [];
  const until = (now: number) => {
    ends.sort((a, b) => a.at - b.at);
    while ((ends[0]?.at ?? Number.POSITIVE_INFINITY) <= now) ends.shift()?.end();
  };
  for (const { at, ms } of calls) {
    until(at);
    levels.hold(0, at);
    const call = levels.begin(0, at);
    const inFlight = letIn.filter((each) => each.until > at).length;
    if (!admits(inFlight, letIn.filter((each) => each.at > at - 1_000).length)) {
      levels.end(call, false, at + REFUSAL_MS);
      levels.refused(call, at + REFUSAL_MS);
      return levels.exceededAt(at + REFUSAL_MS);
    }
    letIn.push({ at, until: at + ms });
    const end = () => {
      levels.end(call, true, at + ms);
      levels.letIn(call);
    };
    ends.push({ at: at + ms, end });
  }
  return undefined;
}

/** Calls that are always made one after another on so many lanes, each of them as long as the latencies say, in turn. */
function callsOn(lanes: number, latencies: readonly number[], forMs: number): Call[] {
  const calls = Array.from({ length: lanes }, (_, lane) => {
    const own: Call[] = [];
    for (let at = lane * 3, n = lane; at < forMs; n += 1) {
      const ms = latencies[n % latencies.length] ?? 100;
      own.push({ at, ms });
      at += ms + 1;
    }
    return own;
  });
  return calls.flat().sort((a, b) => a.at - b.at);
}

const latencies = fc.array(fc.integer({ min: 20, max: 900 }), { minLength: 1, maxLength: 20 });

describe('the limit that an origin was asked to exceed', () => {
  it('is that of calls at the same time, whatever they take, when more are in flight than it bears', () => {
    const cases = fc.record({
      latencies,
      bears: fc.integer({ min: 1, max: 20 }),
      more: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(cases, ({ latencies: ms, bears, more }) => {
        const calls = callsOn(bears + more, ms, 5_000);
        expect(exceededBy(calls, (inFlight) => inFlight < bears)).toBe('concurrency');
      }),
      { seed: 7 },
    );
  });

  it('is that of calls per second, whatever they take, when as many in flight were let in all the time', () => {
    const cases = fc.record({
      latencies,
      lanes: fc.integer({ min: 1, max: 8 }),
      share: fc.double({ min: 0.6, max: 0.9, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ latencies: ms, lanes, share }) => {
        const calls = callsOn(lanes, ms, 9_000);
        const inSecond = calls.map(
          ({ at }) => calls.filter((each) => each.at > at - 1_000 && each.at <= at).length,
        );
        const bears = Math.floor(Math.max(...inSecond) * share);
        fc.pre(bears >= lanes + 4);
        expect(exceededBy(calls, (_, begun) => begun < bears)).toBe('rate');
      }),
      { seed: 7 },
    );
  });

  it('is that of calls per second when nothing else was in flight', () => {
    const levels = new LoadLevels();
    const call = levels.begin(0, 100);
    levels.end(call, false, 102);
    levels.refused(call, 102);
    expect(levels.exceededAt(102)).toBe('rate');
  });

  it('may be that of calls at the same time when only other processes had some in flight', () => {
    const levels = new LoadLevels();
    levels.hold(4, 0);
    const call = levels.begin(0, 100);
    levels.end(call, false, 102);
    levels.refused(call, 102);
    expect(levels.exceededAt(102)).toBe('concurrency');
  });

  it('is not told by what was let in seconds ago', () => {
    const levels = new LoadLevels();
    const many = Array.from({ length: 8 }, () => levels.begin(0, 0));
    for (const call of many) {
      levels.end(call, true, 90);
      levels.letIn(call);
    }
    for (const now of [1_000, 2_000, 3_000]) levels.hold(0, now);
    const [first, second] = [levels.begin(0, 3_000), levels.begin(0, 3_001)];
    levels.end(second, false, 3_003);
    levels.refused(second, 3_003);
    expect(levels.exceededAt(3_003)).toBe('concurrency');
    levels.end(first, true, 3_100);
  });

  it('is none where nothing was refused', () => {
    expect(new LoadLevels().exceededAt(0)).toBeUndefined();
  });
});
