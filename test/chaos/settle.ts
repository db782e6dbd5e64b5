/** The end of a chaos run: everything is put right, and the tiers come to agree on the newest entry of every key. */
import { setTimeout as pause } from 'node:timers/promises';
import { EPOCH, mono } from './mono.ts';
import type { Held } from './records.ts';
import type { World } from './world.ts';

const AGREED_WITHIN = 30_000;

export async function agree(world: World): Promise<void> {
  for (const party of world.parties) party.quiet();
  const end = mono() + AGREED_WITHIN;
  for (;;) {
    const [open] = world.checker.open();
    const found = await disagreement(world);
    if (found === undefined && open === undefined) return;
    if (mono() > end && open !== undefined) {
      const told = { at: mono(), text: 'it has not ended long after everything was put right' };
      world.checker.violations.push({ guarantee: 6, key: '', at: open.at, story: [open, told] });
      return;
    }
    if (mono() > end && found !== undefined) {
      const { key, text } = found;
      const at = mono();
      world.checker.violations.push({ guarantee: 2, key, at, story: [{ at, text }] });
      return;
    }
    await pause(200);
  }
}

async function disagreement({ observer, checker }: World) {
  const looks = await observer.look();
  const silent = checker.history.lasting.find((_, i) => looks[i] === undefined);
  if (silent !== undefined)
    return { key: '', text: `long after everything was put right, ${silent} does not answer` };
  const [redis, below] = looks;
  for (const key of checker.history.keys) {
    const [one, other] = [present(redis?.get(key)), present(below?.get(key))];
    if (isSame(one, other)) continue;
    return {
      key,
      text: `long after everything was put right, ${checker.history.lasting.join(' and ')} hold ${shown(one)} and ${shown(other)}`,
    };
  }
  return undefined;
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
