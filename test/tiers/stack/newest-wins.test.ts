/** Whatever the order in which writes arrive, every tier ends with what the contract says, and the newest value wins. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../src/core/entry.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import type { Tier, Write } from '../../../src/tiers/tier.ts';
import { extendOf, putOf, SIGNAL } from '../../contract/tier.steps.ts';
import { entryOf, tombstoneOf } from '../../support/entries.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { createStack } from '../../support/stack.ts';

const KEYS = ['a', 'b', 'c'];

/** Writes with stamps of their own: values, absences, tombstones, and extends of any body there may be. */
const batches: fc.Arbitrary<Write[][]> = fc
  .array(
    fc.record({
      key: fc.constantFrom(...KEYS),
      what: fc.constantFrom('value', 'absent', 'dropped', 'extend'),
      body: fc.constantFrom('x', 'y'),
      cut: fc.boolean(),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .chain((drafts) =>
    fc
      .shuffledSubarray(
        drafts.map((_, i) => i + 1),
        { minLength: drafts.length },
      )
      .map((stamps) => {
        const cut: Write[][] = [[]];
        drafts.forEach((draft, i) => {
          cut.at(-1)?.push(writeOf(draft, stamps[i] ?? 0));
          if (draft.cut) cut.push([]);
        });
        return cut;
      }),
  );

function writeOf({ key, what, body }: { key: string; what: string; body: string }, stamp: number): Write {
  if (what === 'dropped') return putOf(tombstoneOf(key, stamp));
  if (what === 'absent') return putOf(entryOf(key, '', { kind: 'absent', stamp }));
  if (what === 'value') return putOf(entryOf(key, body, { stamp }));
  return extendOf(entryOf(key, body), stamp, stamp);
}

/** What a tier must hold after these writes, in the words of the contract. */
function modelOf(writes: readonly Write[]): Map<string, Entry> {
  const held = new Map<string, Entry>();
  for (const write of writes) {
    const key = write.kind === 'put' ? write.entry.head.key : write.key;
    const before = held.get(key);
    if (write.kind === 'put') {
      if (before === undefined || before.head.stamp <= write.entry.head.stamp) held.set(key, write.entry);
    } else if (
      before !== undefined &&
      before.head.kind !== 'dropped' &&
      before.head.stamp <= write.stamp &&
      before.head.checksum === write.checksum
    ) {
      held.set(key, { head: { ...before.head, ...write.times, stamp: write.stamp }, body: before.body });
    }
  }
  return held;
}

async function check(tier: Tier, prefix: string, drafts: Write[][]): Promise<void> {
  const written = drafts.map((batch) => batch.map((write) => prefixed(prefix, write)));
  for (const batch of written) await tier.putMany(batch, SIGNAL);
  const keys = KEYS.map((key) => prefix + key);
  const model = modelOf(written.flat());
  const held = await tier.getMany(keys, 'entry', SIGNAL);
  expect(
    held.map((entry) => entry && { head: entry.head, body: Buffer.from(entry.body).toString() }),
  ).toEqual(
    keys.map((key) => {
      const entry = model.get(key);
      return entry && { head: entry.head, body: Buffer.from(entry.body).toString() };
    }),
  );
}

function prefixed(prefix: string, write: Write): Write {
  if (write.kind === 'extend') return { ...write, key: prefix + write.key };
  const { head, body } = write.entry;
  return { kind: 'put', entry: { head: { ...head, key: prefix + head.key }, body } };
}

/** Each example gets keys of its own, so that one tier serves all. */
async function holdsOn(tier: Tier, examples: number): Promise<void> {
  let example = 0;
  await fc.assert(
    fc.asyncProperty(batches, async (drafts) => {
      example += 1;
      await check(tier, `${example}:`, drafts);
    }),
    { numRuns: examples },
  );
}

describe('newest wins, in any order of writes', () => {
  it('in memory', async () => {
    await holdsOn(new MemoryTier({ maxSize: 16e6, clock: new FakeClock() }), 300);
  });

  it('in Redis', async () => {
    await holdsOn(createStack().redis, 100);
  });

  it('on disk', async () => {
    await holdsOn(createStack().disk, 100);
  });

  it('in the stack', async () => {
    await holdsOn(createStack().stack, 60);
  });

  it('in every tier of the stack, also when one was down meanwhile and then repaired', async () => {
    const { stack, memory, redis, disk } = createStack();
    let example = 0;
    await fc.assert(
      fc.asyncProperty(batches, fc.constantFrom(redis, disk), async (drafts, failing) => {
        example += 1;
        const values = drafts.map((batch) => batch.filter((write) => write.kind === 'put'));
        const half = Math.ceil(values.length / 2);
        const prefix = `${example}:`;
        for (const [i, batch] of values.entries()) {
          failing.chaos.down = i >= half;
          await stack.putMany(
            batch.map((write) => prefixed(prefix, write)),
            SIGNAL,
          );
        }
        failing.chaos.down = false;
        await stack.repair(SIGNAL);
        for (const tier of [memory, redis, disk]) await check(tier, prefix, values);
      }),
      { numRuns: 40 },
    );
  });

  it('and a tier that lets the last write win is found out', async () => {
    const honest = new MemoryTier({ maxSize: 16e6, clock: new FakeClock() });
    let last = 1_000;
    const putMany = honest.putMany.bind(honest);
    honest.putMany = (writes, signal) =>
      putMany(
        writes.map((write) => {
          if (write.kind === 'extend') return write;
          last += 1;
          return { kind: 'put', entry: { ...write.entry, head: { ...write.entry.head, stamp: last } } };
        }),
        signal,
      );
    await expect(holdsOn(honest, 300)).rejects.toThrow();
  });
});
