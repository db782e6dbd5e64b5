/** Each tier: a probe is written, read back, and removed: behind a tombstone that is gone in a minute. */
import { type Entry, NO_BODY } from '../../../../core/entry.ts';
import { messageOf } from '../../../../core/errors.ts';
import type { Tier } from '../../../../tiers/tier.ts';
import { type DoctorCheck, type Found, inTime, ok, problem } from '../../doctor-check.ts';
import type { Examination } from '../../examination.ts';

export const PROBE_KEY = 'forewarm-doctor-probe';

export const tierRoundtrip: DoctorCheck = {
  id: 'tier',
  whether: 'each tier takes a value, gives it back, and removes it',
  worst: 'problem',
  why: 'Reads and writes go on without a tier that fails, and cost more: what it held is asked of the next tier, or of the origin.',
  needsJobs: false,
  examine: (look) => Promise.all(look.stack.tiers.map((tier) => examineTier(look, tier))),
};

/** Bounded by itself, so that a tier that hangs says nothing of the others. */
async function examineTier({ clock }: Pick<Examination, 'clock'>, tier: Tier): Promise<Found> {
  const where = `tiers.${tier.name}`;
  const began = clock.elapsed();
  try {
    const fault = await inTime(clock, (signal) => throughTier(tier, clock.now(), signal));
    if (fault !== undefined) return problem(where, fault, 'check the space and the limits of this tier');
    return ok(where, `written, read back and removed in ${(clock.elapsed() - began).toFixed(1)} ms`);
  } catch (failure) {
    return problem(where, messageOf(failure), 'reads go on from the other tiers; check this one');
  }
}

/** What went wrong; undefined of a tier that is well. */
async function throughTier(tier: Tier, now: number, signal: AbortSignal): Promise<string | undefined> {
  const put = (entry: Entry) => tier.putMany([{ kind: 'put', entry }], signal);
  const get = async () => (await tier.getMany([PROBE_KEY], 'entry', signal))[0];
  await put(probe('value', now));
  const found = await get();
  await put(probe('dropped', now + 1));
  if (found === undefined) return 'what was written cannot be read back';
  const left = await get();
  return left?.head.kind === 'value' ? 'what was removed can still be read' : undefined;
}

function probe(kind: 'value' | 'dropped', now: number): Entry {
  const times = { fetchedAt: now, checkedAt: now, dueAt: now, staleAt: now, goneAt: now + 60_000 };
  const head = {
    key: PROBE_KEY,
    source: 'doctor',
    kind,
    stamp: now * 1_000,
    format: 'raw',
    tags: [],
  } as const;
  return { head: { ...head, ...times, bodyBytes: 0, checksum: 0 }, body: NO_BODY };
}
