/**
 * The promises, as questions about a recorded history. Each is asked exactly as `docs/consistency.md` limits it: what a
 * process's memory may still answer, and how long, is said here and nowhere else.
 */
import { isMadeStale } from '../../src/core/freshness.ts';
import type { Disturbances } from './disturbances.ts';
import type { History, Known } from './history.ts';
import { EPOCH } from './mono.ts';
import { LOOKS_AGAIN } from './plan.ts';
import type { Held, Invalidation, Lives, Read, Sight, Told, Value, Violation } from './records.ts';

export interface Reading {
  readonly history: History;
  readonly disturbances: Disturbances;
  /** How values of a key's source live. */
  readonly livesOf: (key: string) => Lives;
  /** How long memory answers while it cannot hear the bus, in ms. */
  readonly maxAgeWithoutBus: number;
  /** Whether a process has a memory, and since when it lived then. */
  readonly processOf: (name: string, at: number) => { readonly hasMemory: boolean; readonly since: number };
}

/** What timers and two clocks may differ by, in ms. */
const SLACK = 300;
/** A read has had every deadline of every tier by then, in ms. */
const LONGEST_READ = 6_000;

/** Invalidations of so long before are told of a value that is missed, in ms. */
const REMEMBERED = 5_000;

/** Everything that a read contradicts. */
export function judgeRead(about: Reading, read: Read): Violation[] {
  const { history } = about;
  if (read.error !== undefined) return [broken(6, read, [], `it failed: ${read.error}`)];
  const late = read.end - read.begin > LONGEST_READ && about.disturbances.between(read.begin, read.end);
  if (late !== false && late.length === 0) return [broken(6, read, [], 'it took too long')];
  if (read.value === undefined) return judgeMiss(about, read);
  const value = history.value(read.key, read.value);
  if (value === undefined) return [broken(8, read, [], 'nobody remembers that value: it is too old')];
  return [invalidated(about, read, value), outdated(about, read, value), aged(about, read, value)].filter(
    (found) => found !== undefined,
  );
}

/** Guarantee 3: a read that began after an acknowledged invalidation gets nothing that was fetched before it. */
function invalidated(about: Reading, read: Read, value: Value): Violation | undefined {
  const { history } = about;
  const broke = history
    .invalidations(read.key)
    .find(
      (one) =>
        one.mode === 'drop' &&
        one.acknowledged &&
        one.missed.length === 0 &&
        one.end < read.begin &&
        value.until < one.begin &&
        !mayNotKnow(about, read, value, one),
    );
  if (broke === undefined) return undefined;
  const known = about.processOf(read.by, read.begin).hasMemory
    ? [{ at: memoryHearsBy(about, read, broke), text: `${read.by} must have heard of it by now` }]
    : [];
  const story = [bornOf(value), ...toldOf(broke), ...known, ...sightsOf(about, read)];
  return broken(3, read, story, `it got ${value.id}`);
}

/**
 * Whether the process may not know of an invalidation yet: the bus has not told its memory, and what memory has is not due;
 * or it was raised as a fence, and since then, or since it was started, the process could not reach the Redis for jobs.
 */
function mayNotKnow(about: Reading, read: Read, value: Value, one: Invalidation): boolean {
  const process = about.processOf(read.by, read.begin);
  if (one.by === read.by && process.since <= one.end) return false;
  const since = Math.max(one.end, process.since);
  if (one.fenced && about.disturbances.isDeaf(read.by, since, read.end))
    return read.begin < about.disturbances.heardBy(read.by, since);
  if (process.since > one.end) return false;
  if (!process.hasMemory && !mayBeItsOwn(about, read, value)) return false;
  return read.begin < memoryHearsBy(about, read, one) && answersAlone(about, read, value, one.end);
}

/** Whether the process may have fetched the value itself, when it could not reach the Redis for jobs, and have it to itself. */
function mayBeItsOwn({ livesOf, disturbances }: Reading, { by, key }: Read, { until }: Value): boolean {
  return livesOf(key).isReadThrough && disturbances.isDeaf(by, until, until);
}

/** When memory answers no longer with what was invalidated: it has heard, or it has been deaf for too long to answer. */
function memoryHearsBy(
  { disturbances, maxAgeWithoutBus }: Reading,
  { by, begin }: Read,
  one: Invalidation,
): number {
  if (disturbances.isDazed(by, begin)) return Number.POSITIVE_INFINITY;
  return Math.min(disturbances.heardBy(by, one.end), one.end + maxAgeWithoutBus + SLACK);
}

/** Whether memory answers with this value without finding what the tiers below have since then, or in place of tiers that fail. */
function answersAlone(about: Reading, read: Read, { key, until }: Value, since: number): boolean {
  const due = until + about.livesOf(key).due;
  const asksBy = Math.max(due, since) + LOOKS_AGAIN + SLACK;
  if (about.disturbances.isDazed(read.by, read.begin)) return true;
  return read.begin < asksBy || about.history.lasting.every((tier) => read.lately.includes(tier));
}

/** Guarantee 2: when every lasting tier has something newer, only a memory that is not due has the old value still. */
function outdated(about: Reading, read: Read, value: Value): Violation | undefined {
  const { history } = about;
  const since = history.surpassed(value);
  if (since >= read.begin) return undefined;
  const { hasMemory } = about.processOf(read.by, read.begin);
  const mayBeHeld = hasMemory || mayBeItsOwn(about, read, value);
  if (mayBeHeld && answersAlone(about, read, value, since)) return undefined;
  return broken(2, read, [bornOf(value), ...sightsOf(about, read)], `it got ${value.id}`);
}

/** Guarantee 8: nothing is served past its end, whichever tiers it was copied through. */
function aged(about: Reading, read: Read, value: Value): Violation | undefined {
  const { gone } = about.livesOf(read.key);
  if (read.begin <= value.until + gone + SLACK) return undefined;
  if (about.disturbances.isDazed(read.by, read.begin)) return undefined;
  const end = { at: value.until + gone, text: `${value.id} must not be served any more` };
  return broken(8, read, [bornOf(value), end], `it got ${value.id}`);
}

/** Guarantee 6: what a tier holds that works is found, unless an invalidation may hide it. */
function judgeMiss(about: Reading, read: Read): Violation[] {
  const { history } = about;
  for (const tier of history.lasting) {
    const held = history.heldBefore(tier, read.key, read.begin)?.held;
    if (held?.value === undefined || read.trouble.includes(tier)) continue;
    if (held.times.goneAt < read.end + EPOCH + SLACK) continue;
    if (history.invalidations(read.key).some((one) => mayHide(about, one, held, read))) continue;
    const seen: Told = { at: read.begin - 0.001, text: `${tier} held ${heldText(held)}, and worked` };
    const around = history.invalidations(read.key).filter(({ end }) => end > read.begin - REMEMBERED);
    const story = [seen, ...sightsOf(about, read), ...around.flatMap(toldOf)];
    return [broken(6, read, story, 'it got nothing')];
  }
  return [];
}

/**
 * A value that is on its way to the tiers while its key is made stale, key by key, may find a tombstone there: nothing was stored
 * that could be made stale.
 */
function mayHide({ history }: Reading, one: Invalidation, held: Held, { key, end }: Read): boolean {
  const { mode, fenced, blind, begin } = one;
  const wasStored = history.lasting.some((tier) => {
    return history.heldBefore(tier, key, begin)?.held?.value === held.value;
  });
  const mayDrop = mode === 'drop' || (!fenced && (blind || !wasStored));
  return mayDrop && begin < end && (one.end + EPOCH + 5) * 1_000 >= held.stamp;
}

/** What a tier shows, against what it showed before. */
export function judgeSight(history: History, sight: Sight, { before, shown }: Known): Violation[] {
  const { held, key, tier, begin, end } = sight;
  const at = end;
  const earlier: Told = { at: begin - 0.001, text: `${tier} had held ${heldText(before)}` };
  const told = (text: string): readonly Told[] => [earlier, { at, text: `${tier} holds ${text}` }];
  const keeps = before !== undefined && before.times.goneAt > end + EPOCH + SLACK;
  if (keeps && held === undefined) return [{ guarantee: 6, key, at, story: told('nothing') }];
  if (keeps && held !== undefined && held.stamp < before.stamp)
    return [{ guarantee: 2, key, at, story: told(heldText(held)) }];
  return held?.value === undefined ? [] : judgeTimes(history, sight, held, shown);
}

/**
 * An entry is one fetch: wherever it is, it has the times of that fetch, and none is later. Its stamp may have been raised
 * since: when it was made stale, it is due and stale sooner, and gone as before; when the origin confirmed it, it lives as long as
 * it did, from then on.
 */
function judgeTimes(
  history: History,
  { key, tier, end: at }: Sight,
  held: Held,
  known: Held | undefined,
): Violation[] {
  const value = history.value(key, held.value ?? '');
  const now: Told = { at, text: `${tier} holds ${heldText(held)}, ${timesText(held)}` };
  const wrong = (told: Told): Violation[] => [{ guarantee: 8, key, at, story: [told, now] }];
  const isConfirmed = (at: number) => value !== undefined && at <= value.until + EPOCH + 5;
  if (known !== undefined && !isSameFetch(known, held, isConfirmed))
    return wrong({ at: at - 0.001, text: `it had been seen as ${heldText(known)}, ${timesText(known)}` });
  if (value !== undefined && held.times.fetchedAt > value.until + EPOCH + 5) return wrong(bornOf(value));
  return [];
}

function isSameFetch(one: Held, other: Held, isConfirmed: (at: number) => boolean): boolean {
  if (one.stamp > other.stamp) return isSameFetch(other, one, isConfirmed);
  const [before, after] = [one.times, other.times];
  const livesAsLong =
    before.fetchedAt === after.fetchedAt &&
    after.goneAt - after.checkedAt === before.goneAt - before.checkedAt;
  // Both were made stale by one invalidation, which did not find the confirmation in a tier that had missed it.
  if (one.stamp === other.stamp && isMadeStale(before) && isMadeStale(after))
    return livesAsLong && isConfirmed(Math.max(before.checkedAt, after.checkedAt));
  if (one.stamp < other.stamp && after.checkedAt !== before.checkedAt) {
    // Who made it stale may not have seen yet that it was confirmed: it is gone sooner, and no promise is broken.
    const isKnown =
      after.checkedAt > before.checkedAt ? isConfirmed(after.checkedAt) : after.staleAt === after.checkedAt;
    return livesAsLong && isKnown;
  }
  const isAsOld =
    before.fetchedAt === after.fetchedAt &&
    before.checkedAt === after.checkedAt &&
    before.goneAt === after.goneAt;
  const isSooner = after.dueAt <= before.dueAt && after.staleAt <= before.staleAt;
  return isAsOld && (one.stamp < other.stamp ? isSooner : timesText(one) === timesText(other));
}

function broken(
  guarantee: Violation['guarantee'],
  read: Read,
  story: readonly Told[],
  got: string,
): Violation {
  const trouble = read.trouble.length === 0 ? '' : `, ${read.trouble.join(' and ')} failing`;
  const began: Told = { at: read.begin, text: `${read.by} began to read ${read.key}${trouble}` };
  const ended: Told = { at: read.end, text: `${read.by}: ${got}` };
  return { guarantee, key: read.key, at: read.begin, story: [...story, began, ended] };
}

/** What the lasting tiers were seen to hold when a read began. */
function sightsOf({ history }: Reading, { key, begin }: Read): Told[] {
  return history.lasting.flatMap((tier) => {
    const seen = history.heldBefore(tier, key, begin);
    if (seen === undefined) return [];
    return [{ at: seen.since, text: `${tier} was seen to hold ${heldText(seen.held)}` }];
  });
}

function bornOf({ id, by, until }: Value): Told {
  return { at: until, text: `${by}: ${id}` };
}

function toldOf({ by, what, mode, begin, end, acknowledged }: Invalidation): Told[] {
  const began = { at: begin, text: `${by} began to ${mode === 'drop' ? 'drop' : 'make stale'} ${what}` };
  return acknowledged ? [began, { at: end, text: `${by}: it was acknowledged` }] : [began];
}

function heldText(held: Held | undefined): string {
  return held === undefined ? 'nothing' : `${held.value ?? 'a tombstone'} under the stamp ${held.stamp}`;
}

function timesText({ times }: Held): string {
  return Object.entries(times)
    .map(([name, at]) => `${name} ${at}`)
    .join(' ');
}
