/** Measures reads and writes of one tier. Writes go to scratch keys, which are removed again. */
import { crc32 } from 'node:zlib';
import type { Clock } from '../../core/clock.ts';
import { type Entry, NO_BODY } from '../../core/entry.ts';
import { messageOf } from '../../core/errors.ts';
import { NEVER } from '../../core/never.ts';
import type { Tier } from '../../tiers/tier.ts';
import type { BenchReport } from './bench-report.ts';
import { timed } from './timing.ts';

export interface TierBench {
  readonly tier: Tier;
  readonly sample: readonly Entry[];
  /** What scratch keys begin with. */
  readonly scratch: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Keys of a batch. */
const BATCH = 100;
/** If this process dies in the middle, scratch entries are gone after this time, in ms. */
const SCRATCH_MS = 60_000;
const SWEEP = 1_000;
const SWEEPS = 10;

type TierReport = BenchReport['tiers'][number];

export async function benchTier(bench: TierBench): Promise<TierReport> {
  const report: TierReport = {
    ...{ tier: bench.tier.name, held: 0, get: null, getMany: null, put: null, putMany: null },
    ...{ left: 0, error: null },
  };
  const copies = copiesOf(bench);
  try {
    await benchReads(bench, report);
    await benchWrites(bench, copies, report);
  } catch (error) {
    bench.signal.throwIfAborted();
    report.error = messageOf(error);
  } finally {
    report.left = await removed(bench, copies).catch(() => copies.length);
  }
  return report;
}

async function benchReads({ tier, sample, clock, signal }: TierBench, report: TierReport): Promise<void> {
  const keys = sample.map(({ head }) => head.key);
  const found = await tier.getMany(keys, 'entry', signal);
  const held = keys.filter((_, i) => found[i] !== undefined);
  report.held = held.length;
  if (held.length === 0) return;
  const groups = groupsOf(held);
  const one = async (n: number) =>
    (await tier.getMany([held[n % held.length] ?? ''], 'entry', signal)).length;
  const many = async (n: number) =>
    (await tier.getMany(groups[n % groups.length] ?? [], 'entry', signal)).length;
  report.get = await timed({ act: one, clock, signal });
  report.getMany = await timed({ act: many, clock, signal });
}

async function benchWrites(
  { tier, clock, signal }: TierBench,
  copies: readonly Entry[],
  report: TierReport,
): Promise<void> {
  const writes = copies.map((entry) => ({ kind: 'put', entry }) as const);
  const groups = groupsOf(writes);
  const one = async (n: number) =>
    (await tier.putMany(writes.slice(n % writes.length, (n % writes.length) + 1), signal)).length;
  const many = async (n: number) => (await tier.putMany(groups[n % groups.length] ?? [], signal)).length;
  report.put = await timed({ act: one, clock, signal });
  report.putMany = await timed({ act: many, clock, signal });
}

/** The sampled values, of their own sources, under scratch keys. */
function copiesOf({ tier, sample, scratch, clock }: TierBench): Entry[] {
  const now = clock.now();
  const times = { fetchedAt: now, checkedAt: now, dueAt: now, staleAt: now, goneAt: now + SCRATCH_MS };
  return sample
    .filter(({ body }) => body.byteLength <= tier.traits.maxBodyBytes)
    .map(({ head, body }, i) => {
      const { params: _, encoding: __, ...rest } = head;
      const sizes = { bodyBytes: body.byteLength, checksum: crc32(body) };
      return { head: { ...rest, ...times, ...sizes, key: `${scratch}${i}`, stamp: 1, tags: [] }, body };
    });
}

/** Runs also when the bench was stopped. Returns how many scratch entries are left: they are empty and gone, and `gc` removes them. */
async function removed({ tier, clock }: TierBench, copies: readonly Entry[]): Promise<number> {
  const keys = copies.map(({ head }) => head.key);
  const emptied = copies.map(({ head }) => ({
    kind: 'put' as const,
    entry: {
      head: { ...head, kind: 'dropped' as const, bodyBytes: 0, checksum: 0, goneAt: 1 },
      body: NO_BODY,
    },
  }));
  for (const group of groupsOf(emptied)) await tier.putMany(group, NEVER);
  for (let sweep = 0; ; sweep += 1) {
    const there = await tier.getMany(keys, 'head', NEVER);
    const left = there.filter((entry) => entry !== undefined).length;
    if (left === 0 || sweep === SWEEPS) return left;
    await tier.sweep(clock.now(), SWEEP, NEVER);
  }
}

function groupsOf<T>(items: readonly T[]): T[][] {
  const groups: T[][] = [];
  for (let i = 0; i < items.length; i += BATCH) groups.push(items.slice(i, i + BATCH));
  return groups;
}
