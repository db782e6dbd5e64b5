import { describe, expect, it } from 'vitest';
import { Breaker } from '../../src/flow/breaker.ts';
import { FakeClock } from '../support/fake-clock.ts';

function setup() {
  const clock = new FakeClock();
  const changes: string[] = [];
  const breaker = new Breaker({
    clock,
    threshold: 3,
    delay: 100,
    longestDelay: 350,
    onChange: (state, reason) => changes.push(`${state}: ${reason}`),
  });
  const fail = (times: number) => {
    for (let i = 0; i < times; i += 1) {
      breaker.enter();
      breaker.failed('down');
    }
  };
  return { clock, breaker, changes, fail };
}

describe('a breaker', () => {
  it('stays closed while failures do not come in a row', () => {
    const { breaker, fail } = setup();
    fail(2);
    breaker.succeeded();
    fail(2);
    expect(breaker.state).toBe('closed');
    expect(breaker.enter()).toBe(true);
  });

  it('opens at the threshold and says why', () => {
    const { breaker, changes, fail } = setup();
    fail(3);
    expect(breaker.enter()).toBe(false);
    expect(breaker.reason).toBe('down');
    expect(changes).toEqual(['open: down']);
  });

  it('lets exactly one probe through after the delay', async () => {
    const { clock, breaker, fail } = setup();
    fail(3);
    await clock.advance(99);
    expect(breaker.enter()).toBe(false);
    await clock.advance(1);
    expect([breaker.enter(), breaker.enter(), breaker.enter()]).toEqual([true, false, false]);
  });

  it('closes when the probe succeeds, and begins with the first delay again', async () => {
    const { clock, breaker, changes, fail } = setup();
    fail(3);
    await clock.advance(100);
    breaker.enter();
    breaker.succeeded();
    expect(changes).toEqual(['open: down', 'half-open: down', 'closed: a call succeeded']);
    fail(3);
    await clock.advance(100);
    expect(breaker.enter()).toBe(true);
  });

  it('doubles the delay at each failed probe, up to the longest', async () => {
    const { clock, breaker, fail } = setup();
    fail(3);
    for (const delay of [100, 200, 350, 350]) {
      await clock.advance(delay - 1);
      expect(breaker.enter(), `before ${delay}`).toBe(false);
      await clock.advance(1);
      expect(breaker.enter(), `after ${delay}`).toBe(true);
      breaker.failed('still down');
    }
  });

  it('gives the place of a probe that was abandoned to the next caller', async () => {
    const { clock, breaker, fail } = setup();
    fail(3);
    await clock.advance(100);
    breaker.enter();
    breaker.abandoned();
    expect([breaker.enter(), breaker.enter()]).toEqual([true, false]);
  });

  it('is neither closed nor kept open longer by calls that began before it opened', async () => {
    const { clock, breaker, fail } = setup();
    fail(3);
    breaker.succeeded();
    breaker.failed('late');
    expect(breaker.state).toBe('open');
    await clock.advance(100);
    expect(breaker.enter()).toBe(true);
  });
});
