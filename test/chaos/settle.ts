/** The end of a chaos run: everything is put right, and the tiers come to agree on the newest entry of every key. */
import { setTimeout as pause } from 'node:timers/promises';
import { EPOCH, mono } from './mono.ts';
import type { Held } from './records.ts';
import type { World } from './world.ts';

const AGREED_WITHIN = 30_000;
/** On a machine that is busy a look takes long: only after so many is anything told to be wrong. */
const LOOKS = 5;

/** What each key is in each tier, where they disagree; under no key, that a tier did not answer. */
type Disagreements = ReadonlyMap<string, string>;

export async function agree(world: World): Promise<void> {
  for (const party of world.parties) party.quiet();
  const bound = mono() + AGREED_WITHIN;
  let before = await disagreements(world);
  for (let looks = 2; ; looks += 1) {
    const [open] = world.checker.open();
    const now = await disagreements(world);
    const lasting = [...now].find(([key, text]) => before.get(key) === text);
    if (lasting === undefined && open === undefined) return;
    before = now;
    const at = mono();
    if (looks >= LOOKS && at > bound && open !== undefined) {
      const told = { at, text: 'it has not ended long after everything was put right' };
      world.checker.violations.push({ guarantee: 6, key: '', at: open.at, story: [open, told] });
      return;
    }
    if (looks >= LOOKS && at > bound && lasting !== undefined) {
      const [key, text] = lasting;
      const story = [{ at, text: `long after everything was put right, ${text}` }];
      world.checker.violations.push({ guarantee: 2, key, at, story });
      return;
    }
    await pause(200);
  }
}

/**
 * The tiers are looked at one after the other, and reads still fetch: what is written in between looks like a disagreement once. One
 * that lasts is the same in two looks.
 */
async function disagreements({ observer, checker }: World): Promise<Disagreements> {
  const { lasting, keys } = checker.history;
  const looks = await observer.look();
  const silent = lasting.find((_, i) => looks[i] === undefined);
  if (silent !== undefined) return new Map([['', `${silent} does not answer`]]);
  const [redis, below] = looks;
  const found = new Map<string, string>();
  for (const key of keys) {
    const [one, other] = [present(redis?.get(key)), present(below?.get(key))];
    if (!isSame(one, other))
      found.set(key, `${lasting.join(' and ')} hold ${shown(one)} and ${shown(other)}`);
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
