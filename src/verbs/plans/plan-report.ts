/** A plan as it is handed out: whole numbers, sums, and whether it ends in time. */
import type { Estimate } from '../../core/estimate.ts';
import { sumOf } from '../../policy/estimate.ts';
import { type KeyCount, keysInTier, type TierCount } from '../../warming/planning/key-count.ts';
import {
  bytesOf,
  bytesOfAll,
  type CountedSource,
  callsOf,
  failingOf,
  likelyTime,
  type OriginOfPlan,
  ownTime,
  rounded,
} from '../../warming/planning/plan-figures.ts';
import { planOfOrigin } from './plan-origins.ts';
import { addedBytes, allBytes, type Room, type RoomView, roomView } from './plan-rooms.ts';
import type { PlanReport } from './plan-shapes.ts';
import type { PlanSubject } from './plan-subject.ts';

export interface PlanParts {
  readonly subject: PlanSubject;
  readonly selector: string;
  readonly count: KeyCount;
  readonly sources: readonly CountedSource[];
  readonly origins: readonly OriginOfPlan[];
  /** Of one call to each origin, in ms. */
  readonly timeouts: ReadonlyMap<string, number>;
  readonly rooms: ReadonlyMap<string, Room>;
  /** How long counting the keys took, in ms. */
  readonly ownMs: number;
  /** Between all tries of a key that fails, at the most, in ms. */
  readonly retryWaitMs: number;
  readonly now: number;
}

type PlanCore = Omit<PlanReport, 'alongside' | 'unread' | 'unknown' | 'held' | 'notes' | 'reasons'>;

export function putTogether(parts: PlanParts): PlanCore {
  const { subject, selector, count, sources, now } = parts;
  const { startsAt, by } = subject;
  const origins = parts.origins.map((origin) =>
    planOfOrigin(origin, parts.timeouts.get(origin.origin) ?? 0, { startsAt, now }),
  );
  const total = sources.reduce((sum, each) => sum + each.count.total, 0);
  const own = ownTime({ total, looked: count.looked, ownMs: parts.ownMs });
  const [shortest, shortestNow] = (['shortest', 'shortestNow'] as const).map((which) =>
    Math.max(0, ...origins.map((origin) => origin[which])),
  );
  const failing = failingOf(sources);
  const known = origins.map(({ likely }) => likely);
  const likely = likelyTime(known, own, failing, parts.retryWaitMs);
  const endsAt = likely && {
    low: startsAt + likely.low,
    likely: startsAt + likely.likely,
    high: startsAt + likely.high,
  };
  return {
    ...{ selector, schedule: subject.schedule ?? null, startsAt, by: by ?? null },
    verdict: by === undefined ? null : verdictOf(by - startsAt, shortestNow ?? 0, likely, mostOf(origins)),
    keys: keysView(sources),
    ...{ failing, looked: count.looked },
    sources: sources.map(sourceView),
    tiers: count.tiers.map(tierView),
    rooms: roomViews(parts),
    origins,
    calls: rounded(sumOf(sources.map(callsOf))),
    bytes: bytesOfAll(sources),
    own,
    ...{ shortest: shortest ?? 0, shortestNow: shortestNow ?? 0, likely, endsAt },
  };
}

/** Where no time is likely: if every call were answered within its timeout. */
function mostOf(origins: PlanReport['origins']): number {
  return Math.max(0, ...origins.map(({ likely, atMost }) => likely?.high ?? atMost ?? 0));
}

function verdictOf(
  room: number,
  shortest: number,
  likely: Estimate | null,
  most: number,
): PlanReport['verdict'] {
  if (shortest > room) return 'impossible';
  if (likely === null) return most <= room ? 'likely' : 'unknown';
  if (likely.high <= room) return 'fits';
  return likely.likely <= room ? 'likely' : 'unlikely';
}

/** They add up to the total, also where each is an estimate. */
function keyCounts({
  total,
  fetch,
  alreadyWarm,
  excluded,
}: Record<'total' | 'fetch' | 'alreadyWarm' | 'excluded', number>) {
  const [most, left] = [Math.round(fetch), Math.round(excluded)];
  const warm = Math.min(Math.round(alreadyWarm), Math.max(0, total - most - left));
  return { total, fetch: Math.max(0, total - warm - left), alreadyWarm: warm, excluded: left };
}

function keysView(sources: readonly CountedSource[]): PlanReport['keys'] {
  const all = sources.map(({ count }) => keyCounts(count));
  const sum = (name: 'total' | 'fetch' | 'alreadyWarm' | 'excluded') =>
    all.reduce((total, each) => total + each[name], 0);
  return {
    total: sum('total'),
    fetch: sum('fetch'),
    alreadyWarm: sum('alreadyWarm'),
    excluded: sum('excluded'),
  };
}

function sourceView(counted: CountedSource): PlanReport['sources'][number] {
  const { count, figures } = counted;
  const bytes = bytesOf(counted);
  return {
    ...{ source: count.source.name, origin: count.source.origin, ...keyCounts(count) },
    calls: rounded(callsOf(counted)),
    bytes: bytes === undefined ? null : rounded(bytes),
    seen: figures === undefined ? null : seenView(figures),
  };
}

function seenView(figures: NonNullable<CountedSource['figures']>) {
  const { calls, hours, ms, keysPerCall, bodyBytes } = figures;
  return { calls, hours, ms, keysPerCall, bodyBytes: bodyBytes === undefined ? null : rounded(bodyBytes) };
}

function tierView(count: TierCount): PlanReport['tiers'][number] {
  const keys = keysInTier(count);
  const rows = Object.entries(keys).map(([name, value]) => [name, Math.round(value)] as const);
  // One for each of them.
  const rounds = Object.fromEntries(rows) as unknown as typeof keys;
  return { tier: count.tier.name, ...rounds, error: count.error ?? null };
}

/** Of memory, which a process fills as it is read, all that is selected counts. */
function roomViews({ rooms, count, sources }: PlanParts): RoomView[] {
  return [...rooms].map(([tier, room]) => {
    const counted = count.tiers.find((each) => each.tier.name === tier);
    const isMemory = counted === undefined || counted.tier.traits.reach === 'process';
    return roomView(tier, room, isMemory ? allBytes(sources) : addedBytes(counted, sources));
  });
}
