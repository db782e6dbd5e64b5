import { describe, expect, test } from 'vitest';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import type { TierUsage } from '../../../src/tiers/tier.ts';
import { UsageLooks } from '../../../src/workers/measuring/tier-usage.ts';
import { drive, FakeClock } from '../../support/fake-clock.ts';
import { newMeasuring } from '../../support/measuring.ts';

function create() {
  const clock = new FakeClock();
  const tier = new MemoryTier({ name: 'disk', maxSize: 1e6, clock });
  const scene = { asked: 0, usage: async (): Promise<TierUsage> => ({ entries: 1, bytes: 9 }) };
  const usage = () => {
    scene.asked += 1;
    return scene.usage();
  };
  const looks = new UsageLooks({ clock, tiers: [Object.assign(tier, { usage })] });
  const look = () => drive(clock, looks.look(newMeasuring(clock.now(), { clock }).measuring));
  return { clock, scene, looks, look };
}

const ROW = { tier: 'disk', entries: 1, bytes: 9 };
const HANGS = () => new Promise<TierUsage>(() => undefined);

describe('what a tier holds', () => {
  test('is asked once a minute at the most', async () => {
    const { clock, scene, look } = create();
    expect([await look(), await look()]).toEqual([[ROW], [ROW]]);
    expect(scene.asked).toBe(1);
    await clock.advance(60_000);
    await look();
    expect(scene.asked).toBe(2);
  });

  test('is not told any more once nobody has asked for long', async () => {
    const { clock, looks, look } = create();
    await look();
    await clock.advance(110_000);
    expect(looks.rows).toEqual([ROW]);
    await clock.advance(10_001);
    expect(looks.rows).toEqual([]);
  });

  test('is not told of a tier that failed', async () => {
    const { clock, scene, look } = create();
    await look();
    scene.usage = () => Promise.reject(new Error('gone'));
    await clock.advance(60_000);
    expect(await look()).toEqual([]);
  });

  test('is not told for long of a tier that hangs, which is not asked again meanwhile', async () => {
    const { clock, scene, looks, look } = create();
    await look();
    scene.usage = HANGS;
    await clock.advance(60_000);
    for (let turn = 0; turn < 3; turn += 1) await look();
    expect(scene.asked).toBe(2);
    await clock.advance(60_001);
    expect(looks.rows).toEqual([]);
  });

  test('is asked every quarter of an hour of a tier that takes many seconds', async () => {
    const { clock, scene, look } = create();
    scene.usage = async () => {
      clock.skip(30_000);
      return { entries: 1, bytes: 9 };
    };
    await look();
    await clock.advance(860_000);
    await look();
    expect(scene.asked).toBe(1);
    await clock.advance(10_001);
    await look();
    expect(scene.asked).toBe(2);
  });
});
