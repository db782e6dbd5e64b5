import { describe, expect, it } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import { GuardedTier } from '../../../src/tiers/wrappers/guarded-tier.ts';
import { getOne, put, putOf, SIGNAL } from '../../contract/tier.steps.ts';
import { describeTier } from '../../contract/tier.ts';
import { ChaosTier } from '../../support/chaos-tier.ts';
import { entryOf } from '../../support/entries.ts';
import { EventLog } from '../../support/event-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setup() {
  const clock = new FakeClock();
  const events = new Events();
  const log = new EventLog(events, ['tier:call', 'tier:breaker']);
  const inner = new ChaosTier({ tier: new MemoryTier({ maxSize: 16e6, clock }), clock });
  const tier = new GuardedTier({ tier: inner, clock, events, timeout: 100 });
  return { clock, log, inner, tier, chaos: inner.chaos };
}

const UNAVAILABLE = { code: 'E_TIER_UNAVAILABLE' };

describe('a guarded tier', () => {
  it('says of every call which verb, how many keys, how long and whether it went well', async () => {
    const { tier, log, chaos, clock } = setup();
    await put(tier, entryOf('a', '1'), entryOf('b', '2'));
    chaos.delay = 30;
    const pending = getOne(tier, 'a');
    await clock.advance(30);
    await pending;
    chaos.failures = 1;
    chaos.delay = 0;
    const failing = tier.usage(SIGNAL).catch(() => undefined);
    await clock.advance(0);
    await failing;
    expect(log.seen.map(({ payload }) => payload)).toEqual([
      { tier: 'memory', verb: 'put', keys: 2, ms: 0, ok: true },
      { tier: 'memory', verb: 'get', keys: 1, ms: 30, ok: true },
      { tier: 'memory', verb: 'usage', keys: 0, ms: 0, ok: false },
    ]);
  });

  it.each([false, true])(
    'gives a call up at the deadline, also when the tier is deaf to that: %s',
    async (deaf) => {
      const { tier, chaos, clock } = setup();
      chaos.hangs = true;
      chaos.deaf = deaf;
      const pending = expect(getOne(tier, 'k')).rejects.toMatchObject({
        ...UNAVAILABLE,
        message: expect.stringContaining('no answer within 100 ms'),
      });
      await clock.advance(100);
      await pending;
      expect(clock.timers).toBe(0);
    },
  );

  it('gives the reason of its caller at once, and does not count that as a failure', async () => {
    const { tier, chaos } = setup();
    chaos.hangs = true;
    chaos.deaf = true;
    for (let i = 0; i < 20; i += 1) {
      const caller = new AbortController();
      const reason = new Error('the caller went away');
      const pending = tier.getMany(['k'], 'entry', caller.signal);
      caller.abort(reason);
      await expect(pending).rejects.toBe(reason);
    }
    expect(tier.stateOf('reads')).toBe('closed');
  });

  it('rejects at once while its breaker is open, without a call to the tier', async () => {
    const { tier, inner, log, chaos } = setup();
    chaos.down = true;
    for (let i = 0; i < 5; i += 1) await expect(getOne(tier, 'k')).rejects.toMatchObject(UNAVAILABLE);
    const calls = inner.calls;
    await expect(getOne(tier, 'k')).rejects.toMatchObject({
      ...UNAVAILABLE,
      message: 'tier "memory" did not answer: its breaker is open: chaos: down',
    });
    expect(inner.calls).toBe(calls);
    expect(log.seen.at(-1)?.payload).toEqual({
      ...{ tier: 'memory', of: 'reads', state: 'open', reason: 'chaos: down' },
    });
  });

  it('goes on reading while writes are refused, and finds out by itself when they are not', async () => {
    const { tier, chaos, clock } = setup();
    await put(tier, entryOf('k', 'x'));
    const write = () => tier.putMany([putOf(entryOf('k', 'y'))], SIGNAL);
    for (let i = 0; i < 5; i += 1) {
      chaos.failures = 1;
      await expect(write()).rejects.toMatchObject(UNAVAILABLE);
      expect(await getOne(tier, 'k')).toBeDefined();
    }
    expect([tier.stateOf('writes'), tier.stateOf('reads')]).toEqual(['open', 'closed']);
    await expect(write()).rejects.toThrow('its breaker is open: chaos: told to fail');
    await clock.advance(500);
    expect(await write()).toEqual(['written']);
    expect(tier.stateOf('writes')).toBe('closed');
  });

  it('comes back by one probe once the tier does', async () => {
    const { tier, log, chaos, clock } = setup();
    await put(tier, entryOf('k', 'x'));
    chaos.down = true;
    for (let i = 0; i < 5; i += 1) await getOne(tier, 'k').catch(() => undefined);
    chaos.down = false;
    await clock.advance(500);
    expect(await getOne(tier, 'k')).toBeDefined();
    const states = log.seen.filter(({ name }) => name === 'tier:breaker').map(({ payload }) => payload);
    expect(states).toMatchObject([{ state: 'open' }, { state: 'half-open' }, { state: 'closed' }]);
  });

  it('frees the place of a probe whose caller went away', async () => {
    const { tier, chaos, clock } = setup();
    chaos.down = true;
    for (let i = 0; i < 5; i += 1) await getOne(tier, 'k').catch(() => undefined);
    Object.assign(chaos, { down: false, hangs: true });
    await clock.advance(500);
    const caller = new AbortController();
    const probe = tier.getMany(['k'], 'entry', caller.signal).catch(() => undefined);
    caller.abort(new Error('enough'));
    await probe;
    chaos.hangs = false;
    expect(await getOne(tier, 'k')).toBeUndefined();
    expect(tier.stateOf('reads')).toBe('closed');
  });

  it('gives every page of a scan a deadline of its own', async () => {
    const { tier, chaos, clock } = setup();
    await put(tier, ...Array.from({ length: 2_500 }, (_, i) => entryOf(`k:${i}`, 'x')));
    const pages = tier.scan('', SIGNAL)[Symbol.asyncIterator]();
    chaos.delay = 90;
    for (let page = 0; page < 3; page += 1) {
      const pending = pages.next();
      await clock.advance(90);
      expect((await pending).done).toBe(false);
    }
    chaos.delay = 110;
    const late = expect(pages.next()).rejects.toMatchObject(UNAVAILABLE);
    await clock.advance(110);
    await late;
  });

  it('gives up a sweep that does not end, and holds that against no write', async () => {
    const { tier, chaos, clock, log } = setup();
    chaos.hangs = true;
    for (let n = 0; n < 6; n += 1) {
      const late = expect(tier.sweep(0, 10, SIGNAL)).rejects.toMatchObject({
        ...UNAVAILABLE,
        message: expect.stringContaining('no answer within 60000 ms'),
      });
      await clock.advance(60_000);
      await late;
    }
    expect(clock.timers).toBe(0);
    expect(tier.stateOf('writes')).toBe('closed');
    expect(log.seen.at(-1)?.payload).toMatchObject({ verb: 'sweep', ok: false });
  });

  it('does not spend the probe of its breaker on a sweep', async () => {
    const { tier, chaos, clock } = setup();
    chaos.failures = 5;
    for (let n = 0; n < 5; n += 1) {
      const failing = expect(put(tier, entryOf('k', 'x'))).rejects.toMatchObject(UNAVAILABLE);
      await clock.advance(0);
      await failing;
    }
    await expect(tier.sweep(0, 10, SIGNAL)).rejects.toMatchObject({
      message: expect.stringContaining('its breaker is open'),
    });
    await clock.advance(500);
    chaos.hangs = true;
    const sweeping = tier.sweep(0, 10, SIGNAL).catch(() => undefined);
    await clock.advance(10);
    expect(tier.stateOf('writes')).toBe('open');
    chaos.hangs = false;
    await put(tier, entryOf('k', 'x'));
    expect(tier.stateOf('writes')).toBe('closed');
    await clock.advance(60_000);
    await sweeping;
  });

  it('gives a sweep more time than a call', async () => {
    const { tier, chaos, clock } = setup();
    chaos.delay = 10_000;
    const pending = tier.sweep(0, 10, SIGNAL);
    await clock.advance(10_000);
    expect(await pending).toEqual({ removed: 0, bytes: 0 });
  });

  it('leaves no listener on the signal of its caller', async () => {
    const { tier } = setup();
    const caller = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = caller.signal;
    caller.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(caller.signal, args);
    };
    caller.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(caller.signal, args);
    };
    for (let i = 0; i < 10; i += 1) await tier.putMany([putOf(entryOf('k', 'x'))], caller.signal);
    expect(listeners).toBe(0);
  });
});

describeTier('memory, guarded', { create: () => ({ tier: setup().tier }) });
describeTier('memory, with chaos off', { create: () => ({ tier: setup().inner }) });
