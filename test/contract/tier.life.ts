/** Clauses on keeping house, giving up and closing. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { entryOf, FETCHED_AT, tombstoneOf } from '../support/entries.ts';
import { getOne, put, putOf, SIGNAL, scanKeys } from './tier.steps.ts';
import type { Clause } from './tier.ts';

export const SWEEPS = 'removes what is gone, tombstones too, and nothing else';
export const SWEEPS_IN_PARTS = 'removes no more than about the limit in one sweep';

export const lifeClauses: Readonly<Record<string, Clause>> = {
  [SWEEPS]: async (tier) => {
    const goneAt = FETCHED_AT + 1_000;
    await put(
      tier,
      entryOf('gone', 'x', { goneAt }),
      tombstoneOf('gone too', 5, { goneAt: goneAt - 1 }),
      entryOf('later', 'x', { goneAt: goneAt + 1 }),
    );
    expect((await tier.sweep(goneAt, 100, SIGNAL)).removed).toBeGreaterThanOrEqual(2);
    expect(await scanKeys(tier, '')).toEqual(['later']);
    expect((await tier.sweep(goneAt, 100, SIGNAL)).removed).toBe(0);
  },

  [SWEEPS_IN_PARTS]: async (tier) => {
    await put(tier, ...Array.from({ length: 120 }, (_, i) => entryOf(`k:${i}`, 'x')));
    expect((await tier.sweep(FETCHED_AT + 1e9, 40, SIGNAL)).removed).toBeGreaterThan(0);
    expect((await scanKeys(tier, '')).length).toBeGreaterThanOrEqual(40);
  },

  'counts what it holds': async (tier) => {
    expect((await tier.usage(SIGNAL)).entries).toBe(0);
    await put(tier, ...Array.from({ length: 50 }, (_, i) => entryOf(`k:${i}`, randomBytes(1_000))));
    const usage = await tier.usage(SIGNAL);
    // A tier that shares a crowded server with others may estimate.
    expect(usage.entries).toBeGreaterThanOrEqual(40);
    expect(usage.bytes).toBeGreaterThanOrEqual(40_000);
  },

  'rejects with the reason of a signal that has aborted, and stores nothing': async (tier) => {
    const reason = new Error('the caller went away');
    const aborted = AbortSignal.abort(reason);
    await expect(tier.putMany([putOf(entryOf('k', 'x'))], aborted)).rejects.toBe(reason);
    await expect(tier.getMany(['k'], 'entry', aborted)).rejects.toBe(reason);
    await expect(drain(tier.scan('', aborted))).rejects.toBe(reason);
    await expect(tier.sweep(0, 1, aborted)).rejects.toBe(reason);
    await expect(tier.usage(aborted)).rejects.toBe(reason);
    expect(await getOne(tier, 'k')).toBeUndefined();
  },

  'rejects every call after it was closed': async (tier) => {
    await tier.close();
    const closed = { code: 'E_TIER_CLOSED' };
    await expect(tier.getMany(['k'], 'entry', SIGNAL)).rejects.toMatchObject(closed);
    await expect(tier.putMany([putOf(entryOf('k', 'x'))], SIGNAL)).rejects.toMatchObject(closed);
    await expect(drain(tier.scan('', SIGNAL))).rejects.toMatchObject(closed);
    await expect(tier.sweep(0, 1, SIGNAL)).rejects.toMatchObject(closed);
    await expect(tier.usage(SIGNAL)).rejects.toMatchObject(closed);
  },

  'closes twice without complaint': async (tier) => {
    await put(tier, entryOf('k', 'x'));
    await tier.close();
    await tier.close();
  },
};

async function drain(pages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pages);
}
