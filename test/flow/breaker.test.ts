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
      breaker.enter()?.failed('down');
    }
  };
  return { clock, breaker, changes, fail };
}

describe('a breaker', () => {
  it('stays closed while failures do not come in a row', () => {
    const { breaker, fail } = setup();
    fail(2);
    breaker.enter()?.succeeded();
    fail(2);
    expect(breaker.state).toBe('closed');
    expect(breaker.enter()).toBeDefined();
  });

  it('opens at the threshold and says why', () => {
    const { breaker, changes, fail } = setup();
    fail(3);
    expect(breaker.enter()).toBeUndefined();
    expect(breaker.reason).toBe('down');
    expect(changes).toEqual(['open: down']);
  });

  it('lets exactly one probe through after the delay', async () => {
    const { clock, breaker, fail } = setup();
    fail(3);
    await clock.advance(99);
    expect(breaker.enter()).toBeUndefined();
    await clock.advance(1);
    expect(breaker.enter()).toBeDefined();
    expect([breaker.enter(), breaker.enter()]).toEqual([undefined, undefined]);
  });

  it('closes when the probe succeeds, and begins with the first delay again', async () => {
    const { clock, breaker, changes, fail } = setup();
    fail(3);
    await clock.advance(100);
    breaker.enter()?.succeeded();
    expect(changes).toEqual(['open: down', 'half-open: down', 'closed: a call succeeded']);
    fail(3);
    await clock.advance(100);
    expect(breaker.enter()).toBeDefined();
  });

  it('doubles the delay at each failed probe, up to the longest', async () => {
    const { clock, breaker, fail } = setup();
    fail(3);
    for (const delay of [100, 200, 350, 350]) {
      await clock.advance(delay - 1);
      expect(breaker.enter(), `before ${delay}`).toBeUndefined();
      await clock.advance(1);
      const probe = breaker.enter();
      expect(probe, `after ${delay}`).toBeDefined();
      probe?.failed('still down');
    }
  });

  it('gives the place of a probe that was abandoned to the next caller', async () => {
    const { clock, breaker, fail } = setup();
    fail(3);
    await clock.advance(100);
    breaker.enter()?.abandoned();
    expect(breaker.enter()).toBeDefined();
    expect(breaker.enter()).toBeUndefined();
  });

  it.each(['succeeded', 'failed', 'abandoned'] as const)(
    'hears nothing of a call that began before it opened: not while it is open, and not beside its probe: %s',
    async (how) => {
      const { clock, breaker, fail, changes } = setup();
      const old = [breaker.enter(), breaker.enter()];
      fail(3);
      old[0]?.[how]('late');
      expect(breaker.state).toBe('open');
      await clock.advance(100);
      const probe = breaker.enter();
      old[1]?.[how]('late');
      expect(breaker.state).toBe('half-open');
      expect(breaker.enter()).toBeUndefined();
      probe?.succeeded();
      expect(changes).toEqual(['open: down', 'half-open: down', 'closed: a call succeeded']);
    },
  );

  it('hears each call once, and a probe that was abandoned no more', async () => {
    const { clock, breaker, fail } = setup();
    const twice = breaker.enter();
    for (let n = 0; n < 5; n += 1) twice?.failed('once');
    expect(breaker.state).toBe('closed');
    fail(2);
    await clock.advance(100);
    const left = breaker.enter();
    left?.abandoned();
    left?.succeeded();
    expect(breaker.state).toBe('open');
  });
});
