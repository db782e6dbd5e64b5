import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Events } from '../../src/core/events.ts';
import { Lifecycle } from '../../src/flow/lifecycle.ts';
import type { Service } from '../../src/flow/service.ts';
import { seeded } from '../support/chaos-tier.ts';
import { EventLog } from '../support/event-log.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** Services that write down what happens to them; any of them may be told to take turns of the loop, or to fail. */
function create(
  manners: Readonly<Record<string, { start?: () => Promise<void>; stop?: () => Promise<void> }>>,
) {
  const seen: string[] = [];
  const clock = new FakeClock();
  const events = new Events();
  const log = new EventLog(events, ['service:started', 'service:stopped']);
  const services = Object.entries(manners).map(
    ([name, { start, stop }]): Service => ({
      name,
      async start() {
        seen.push(`start ${name}`);
        await start?.();
        seen.push(`started ${name}`);
      },
      async stop() {
        seen.push(`stop ${name}`);
        await stop?.();
        seen.push(`stopped ${name}`);
      },
    }),
  );
  const release = async () => {
    seen.push('release');
  };
  return { seen, clock, log, lifecycle: new Lifecycle({ services, clock, events, release }) };
}

const failing = () => Promise.reject(new Error('no'));

describe('services', () => {
  test('start in order and stop in the reverse order, one by one; then everything is released', async () => {
    const { seen, log, lifecycle } = create({ a: {}, b: {}, c: {} });
    await lifecycle.start();
    await lifecycle.stop(0);
    const all = ['start a', 'started a', 'start b', 'started b', 'start c', 'started c'];
    all.push('stop c', 'stopped c', 'stop b', 'stopped b', 'stop a', 'stopped a', 'release');
    expect(seen).toEqual(all);
    expect(log.seen.map(({ payload }) => payload)).toEqual([
      ...['a', 'b', 'c'].map((service) => ({ service })),
      ...['c', 'b', 'a'].map((service) => ({ service, ms: 0 })),
    ]);
  });

  test('stop once, however often they are asked to', async () => {
    const { seen, lifecycle } = create({ a: {} });
    await lifecycle.start();
    await Promise.all([lifecycle.stop(0), lifecycle.stop(0)]);
    await lifecycle.stop(0);
    expect(seen.filter((what) => what === 'release')).toHaveLength(1);
    expect(seen.filter((what) => what === 'stop a')).toHaveLength(1);
  });

  test('that never started are released all the same', async () => {
    const { seen, lifecycle } = create({ a: {} });
    await lifecycle.stop(0);
    expect(seen).toEqual(['release']);
    await lifecycle.start();
    expect(seen).toEqual(['release']);
  });

  test('that are stopped while they start do so if they have begun, and the others do not begin', async () => {
    const gate = Promise.withResolvers<void>();
    const { seen, lifecycle } = create({ a: {}, b: { start: () => gate.promise }, c: {} });
    const starting = lifecycle.start();
    await new Promise((resolve) => setImmediate(resolve));
    const stopping = lifecycle.stop(0);
    gate.resolve();
    await Promise.all([starting, stopping]);
    expect(seen.filter((what) => what.startsWith('stop '))).toEqual(['stop b', 'stop a']);
    expect(seen).not.toContain('start c');
    expect(seen).toContain('release');
  });

  test('of which one fails to start reject the start, and a stop ends those that have begun', async () => {
    const { seen, lifecycle } = create({ a: {}, b: { start: failing }, c: {} });
    await expect(lifecycle.start()).rejects.toThrow('no');
    await lifecycle.stop(0);
    expect(seen.filter((what) => what.startsWith('stop'))).toEqual([
      'stop b',
      'stopped b',
      'stop a',
      'stopped a',
    ]);
    expect(seen.at(-1)).toBe('release');
  });

  test('of which one fails to stop are all stopped and released, and the first failure is thrown', async () => {
    const other = () => Promise.reject(new Error('another'));
    const { seen, lifecycle } = create({ a: { stop: other }, b: {}, c: { stop: failing } });
    await lifecycle.start();
    await expect(lifecycle.stop(0)).rejects.toThrow('no');
    expect(seen).toContain('stopped b');
    expect(seen).toContain('stop a');
    expect(seen.at(-1)).toBe('release');
  });
});

/** Lets some turns of the event loop pass. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('services that have begun are stopped before all is released, at whatever instant the stop comes', async () => {
  const property = fc.asyncProperty(fc.nat(), fc.nat(12), async (seed, after) => {
    const random = seeded(seed);
    const some = () => turns(Math.floor(random() * 4));
    const sometimes = () => (random() < 0.2 ? failing() : some());
    const names = ['a', 'b', 'c', 'd', 'e'];
    const manners = Object.fromEntries(names.map((name) => [name, { start: sometimes, stop: sometimes }]));
    const { seen, lifecycle } = create(manners);
    const starting = lifecycle.start().catch(() => undefined);
    await turns(after);
    await Promise.all([lifecycle.stop(0).catch(() => undefined), lifecycle.stop(0).catch(() => undefined)]);
    const end = seen.indexOf('release');
    expect(seen.lastIndexOf('release')).toBe(end);
    await starting;
    const began = names.filter((name) => seen.includes(`start ${name}`));
    for (const name of began) {
      expect(seen.indexOf(`stop ${name}`), `${name} in ${seen}`).toBeGreaterThan(-1);
      expect(seen.indexOf(`stop ${name}`)).toBeLessThan(end);
    }
    const stops = seen.filter((what) => what.startsWith('stop ')).map((what) => what.slice('stop '.length));
    expect(stops).toEqual([...began].reverse());
    expect(seen.slice(end).filter((what) => what.startsWith('start '))).toEqual([]);
  });
  await fc.assert(property, { numRuns: 100 });
});
