/** The end of a chaos run: everything is put right, and the tiers come to agree on the newest entry of every key. */
import { setTimeout as pause } from 'node:timers/promises';
import { EPOCH, mono } from './mono.ts';
import type { Held } from './records.ts';
import type { World } from './world.ts';

/** On a quiet machine, in ms. */
const AGREED_WITHIN = 30_000;
/**
 * Reads still fetch: a disagreement that is the same for so long is one, in ms. The longest that may last is of a write whose process was
 * killed in it: others take it over after 15 s, and repair every 2 s.
 */
const LASTS = 20_000;
/** What a look into a bucket takes on a quiet machine of two cores, in ms, and more than one into a disk. */
const QUIET_LOOK = 500;
/** A busy machine is given as many times longer as its looks take, but no more than this: what never comes right must be found. */
const SLOWEST = 3;

/** What each key is in each tier, where they disagree, and since when; under no key, that a tier did not answer. */
type Disagreements = ReadonlyMap<string, { readonly text: string; readonly since: number }>;

export async function agree(world: World): Promise<void> {
  for (const party of world.parties) party.quiet();
  const began = mono();
  let slowness = 1;
  let before = await disagreements(world, new Map());
  for (;;) {
    const [open] = world.checker.open();
    const looked = mono();
    const now = await disagreements(world, before);
    const at = mono();
    slowness = Math.min(SLOWEST, Math.max(slowness, (at - looked) / QUIET_LOOK));
    const bound = began + AGREED_WITHIN * slowness;
    const lasting = [...now].filter(([key, { text }]) => before.get(key)?.text === text);
    if (lasting.length === 0 && open === undefined) return;
    before = now;
    if (at > bound && open !== undefined) {
      const told = { at, text: 'it has not ended long after everything was put right' };
      world.checker.violations.push({ guarantee: 6, key: '', at: open.at, story: [open, told] });
      return;
    }
    const [found] = lasting.filter(([, { since }]) => at - since > LASTS * slowness);
    if (at > bound && found !== undefined) {
      const [key, { text, since }] = found;
      const told = `long after everything was put right, and for ${Math.round(at - since)} ms, ${text}`;
      world.checker.violations.push({ guarantee: 2, key, at, story: [{ at, text: told }] });
      return;
    }
    await pause(200);
  }
}

/** The tiers are looked at one after the other: what is written in between looks like a disagreement once. */
async function disagreements({ observer, checker }: World, before: Disagreements): Promise<Disagreements> {
  const { lasting, keys } = checker.history;
  const looks = await observer.look();
  const at = mono();
  const found = new Map<string, { text: string; since: number }>();
  const note = (key: string, text: string) => {
    const known = before.get(key);
    found.set(key, known?.text === text ? known : { text, since: at });
  };
  const silent = lasting.find((_, i) => looks[i] === undefined);
  if (silent !== undefined) {
    note('', `${silent} does not answer`);
    return found;
  }
  const [redis, below] = looks;
  for (const key of keys) {
    const [one, other] = [present(redis?.get(key)), present(below?.get(key))];
    if (!isSame(one, other)) note(key, `${lasting.join(' and ')} hold ${shown(one)} and ${shown(other)}`);
  }
  return found;
}

/** What is gone may be removed, or not yet. */
function present(held: Held | undefined): Held | undefined {
  return held !== undefined && held.times.goneAt > mono() + EPOCH ? held : undefined;
}

/** A tombstone has nothing to hide where nothing is. */
function isSame(one: Held | undefined, other: Held | undefined): boolean {
  if (one === undefined || other === undefined) return (one ?? other)?.value === undefined;
  return one.stamp === other.stamp;
}

function shown(held: Held | undefined): string {
  return held === undefined ? 'nothing' : `${held.value ?? 'a tombstone'} under ${held.stamp}`;
}
