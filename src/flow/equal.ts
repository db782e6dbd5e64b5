import type { Breath } from './breath.ts';

/** Two lists or two objects whose members are being compared. */
interface Pair {
  readonly one: object;
  readonly other: object;
  /** Undefined of lists. */
  readonly names: readonly string[] | undefined;
  readonly count: number;
  at: number;
}

/** Whether two values that were read from JSON are the same, whatever the order of their members. Others have a turn meanwhile. */
export async function isEqual(one: unknown, other: unknown, breath: Breath): Promise<boolean> {
  const first = pairOf(one, other);
  if (typeof first === 'boolean') return first;
  const open = [first];
  for (let compared = 1; ; compared += 1) {
    const pair = open.at(-1);
    if (pair === undefined) return true;
    if (breath.isDueAt(compared)) await breath.take();
    if (pair.at === pair.count) {
      open.pop();
      continue;
    }
    const name = pair.names?.[pair.at] ?? pair.at;
    pair.at += 1;
    if (!Object.hasOwn(pair.other, name)) return false;
    const next = pairOf(Reflect.get(pair.one, name), Reflect.get(pair.other, name));
    if (next === false) return false;
    if (next !== true) open.push(next);
  }
}

/** Whether the two are the same; of what has members, those that decide. */
function pairOf(one: unknown, other: unknown): boolean | Pair {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    const isSameLength = Array.isArray(one) && Array.isArray(other) && one.length === other.length;
    return isSameLength && { one, other, names: undefined, count: one.length, at: 0 };
  }
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && { one, other, names, count: names.length, at: 0 };
}
