/** How much of a random sample of what is to be kept warm is warm, and how old it is. */
import type { DueKey, Outlook } from '../../catalog/outlook.ts';
import { type Head, newestOf } from '../../core/entry.ts';
import { type Freshness, isWarm, leadOf, servableAt } from '../../core/freshness.ts';
import { WHOLE_READ } from '../../core/metrics/read-counts.ts';
import type { StatisticsRow } from '../../core/metrics/statistics.ts';
import type { Source } from '../../core/source.ts';
import type { Sources } from '../../core/sources.ts';
import { AHEADS } from '../../policy/runway.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { Tier } from '../../tiers/tier.ts';
import type { Section } from './measurer.ts';
import type { Measuring } from './measuring.ts';

export interface SamplesDeps {
  readonly outlook: Pick<Outlook, 'sample'>;
  readonly stack: Pick<Stack, 'tiers' | 'look' | 'fences'>;
  readonly sources: Sources;
}

/** Keys of a source in a sample, and of all sources in one round: of many sources some are sampled each time, in turn. */
const SAMPLE = 100;
const ROUND = 2_000;
/** A measuring comes so often at the most seldom, in ms, unless it fails. */
const ROUND_EVERY_MS = 20_000;
/** For how long a sample counts, in ms: at the least, where its turn comes late twice as long as that takes, and at the most. */
const COUNTS_MS = { least: 300_000, most: 3_600_000 } as const;

/** What the work list of a source does not show: keys that a job has, or has put off, are due there when the job may be lost, or is over. */
export interface Unlisted {
  /** Share of the keys whose values pass their ttl within each of `AHEADS` and are not due before that by the list. */
  readonly expiring: readonly number[];
  /** For how long one key of twenty has been due at least, by its value, in ms. */
  readonly lag: number;
}

/** Some keys are late on purpose, such as those in quarantine. */
const LATE_SHARE = 0.05;

interface Sample {
  readonly at: number;
  readonly unlisted?: Unlisted;
  readonly coverage: readonly StatisticsRow<'coverage'>[];
  readonly stored: readonly StatisticsRow<'stored'>[];
}

export interface Sampling {
  readonly section: Section;
  /** By the latest sample of a source that counts. */
  readonly unlisted: (source: string, now: number) => Unlisted | undefined;
}

/**
 * Tiers that only this process sees are left out, since they say nothing of the others; and a bucket, each look into which is a
 * request that somebody pays for.
 */
export function samples({ outlook, stack, sources }: SamplesDeps): Sampling {
  const known = new Map<string, Sample>();
  const tiers = stack.tiers.filter(({ traits }) => traits.reach !== 'process' && traits.writes === 'brief');
  const counts = countsFor(sources.size);
  const isCounting = ({ at }: Sample, now: number) => now - at <= counts;
  const unlisted = (name: string, now: number) => {
    const sample = known.get(name);
    return sample !== undefined && isCounting(sample, now) ? sample.unlisted : undefined;
  };
  const section: Section = async (measuring) => {
    if (tiers.length === 0) return {};
    const { now } = measuring;
    const oldestFirst = [...sources.keys()].sort((a, b) => (known.get(a)?.at ?? 0) - (known.get(b)?.at ?? 0));
    const round = oldestFirst.slice(0, ROUND / SAMPLE);
    // Whatever becomes of it, it waits for its next turn as the others do: one that fails would come first for ever.
    for (const source of round) known.set(source, { at: now, coverage: [], stored: [] });
    const isSynced = await measuring.part('the fences', async () => {
      await stack.fences.sync();
      return true;
    });
    const keys = await measuring.parts('the sample of a source', isSynced ? round : [], (source) =>
      outlook.sample(source, SAMPLE),
    );
    const looks = keys.map(async (own, i) => {
      const source = sources.get(round[i] ?? '');
      if (own === undefined || source === undefined) return;
      known.set(source.name, {
        at: now,
        ...(await look(measuring, { stack, tiers }, { source, sample: own, now })),
      });
    });
    await Promise.all(looks);
    const counting = [...known.values()].filter((sample) => isCounting(sample, now));
    return {
      coverage: counting.flatMap(({ coverage }) => coverage),
      stored: counting.flatMap(({ stored }) => stored),
    };
  };
  return { section, unlisted };
}

/** For how long a sample counts where there are so many sources, in ms. */
function countsFor(sources: number): number {
  const turns = Math.ceil(sources / (ROUND / SAMPLE));
  return Math.min(COUNTS_MS.most, Math.max(COUNTS_MS.least, 2 * turns * ROUND_EVERY_MS));
}

interface Round {
  readonly source: Source;
  readonly sample: readonly DueKey[];
  readonly now: number;
}

async function look(
  measuring: Measuring,
  { stack, tiers }: Pick<SamplesDeps, 'stack'> & { readonly tiers: readonly Tier[] },
  { source: of, sample, now }: Round,
): Promise<Omit<Sample, 'at'>> {
  const { name: source } = of;
  const keys = sample.map(({ key }) => key);
  const [first] = keys;
  const asked = first === undefined ? [] : tiers.filter(({ traits }) => traits.keeps.uses(first));
  if (asked.length === 0) return { coverage: [], stored: [] };
  const reads = await measuring.parts('a sample in a tier', asked, (tier, signal) =>
    stack.look(tier, keys, 'head', signal),
  );
  const heads = reads.map((read) => read?.map((entry) => entry?.head));
  const coverage = asked.flatMap(({ name: tier }, t) => {
    const own = heads[t];
    return own === undefined ? [] : [{ tier, source, warm: shareOf(own, (head) => isWarmAt(head, now)) }];
  });
  // What a tier has that did not answer is not known.
  if (heads.includes(undefined)) return { coverage, stored: [] };
  const newest = keys.map((_, i) => newestOf(heads.map((own) => own?.[i])));
  const warm = shareOf(newest, (head) => isWarmAt(head, now));
  return {
    coverage: [...coverage, { tier: WHOLE_READ, source, warm }],
    stored: [storedRow(source, newest, now)],
    unlisted: unlistedOf(of, sample, newest, now),
  };
}

function unlistedOf(
  source: Source,
  sample: readonly DueKey[],
  heads: readonly (Head | undefined)[],
  now: number,
): Unlisted {
  const left = leadOf(source.lifetime);
  const expiring = AHEADS.map(([, ms]) => {
    const missed = sample.filter(({ due }, i) => {
      const head = heads[i];
      const passes = head === undefined || servableAt(head, now) === 'gone' ? now : head.staleAt;
      return passes <= now + ms && due > now + ms - left;
    });
    return missed.length / sample.length;
  });
  const lags = heads.map((head) => Math.max(0, now - (head?.dueAt ?? now))).sort((a, b) => b - a);
  return { expiring, lag: lags[Math.ceil(LATE_SHARE * lags.length) - 1] ?? 0 };
}

function storedRow(
  source: string,
  heads: readonly (Head | undefined)[],
  now: number,
): StatisticsRow<'stored'> {
  const state = (wanted: Freshness) => shareOf(heads, (head) => servableAt(head, now) === wanted);
  const ages = heads
    .filter((head) => head !== undefined && servableAt(head, now) !== 'gone')
    .map((head) => Math.max(0, now - (head?.checkedAt ?? now)))
    .sort((a, b) => a - b);
  const age = (q: number) => ages[Math.max(0, Math.ceil(q * ages.length) - 1)] ?? 0;
  return {
    ...{ source, sampled: heads.length },
    ...{ fresh: state('fresh'), due: state('due'), stale: state('stale'), gone: state('gone') },
    ...{ age50: age(0.5), age95: age(0.95), oldest: age(1) },
  };
}

function isWarmAt(head: Head | undefined, now: number): boolean {
  return isWarm(servableAt(head, now));
}

function shareOf(heads: readonly (Head | undefined)[], is: (head: Head | undefined) => boolean): number {
  return heads.filter(is).length / heads.length;
}
