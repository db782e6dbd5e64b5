/** Entity sets of a selection that cannot be read now, or have rows that they refuse: each spoils its own keys, and no others. */
import type { EntitySets } from '../catalog/entities/entities.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Selector } from '../core/selector/selector.ts';
import { namesKeysAlone } from '../core/selector/selector-grammar.ts';

/** By name, with what is wrong. */
export type UnreadSets = ReadonlyMap<string, ForewarmError>;

/** Throws what is wrong with the first of them, where one is: for work that has nothing to go on with. */
export function throwFirst(unread: UnreadSets): void {
  const [first] = unread.values();
  if (first !== undefined) throw first;
}

/** Whether it is wrong with one set, and with nothing else. */
export function isOfOneSet(error: unknown): error is ForewarmError {
  return error instanceof ForewarmError && OF_ONE_SET.has(error.code);
}

const OF_ONE_SET: ReadonlySet<string> = new Set(['E_ENTITIES_INVALID', 'E_ENTITIES_UNAVAILABLE']);

/** The sets that a selector goes over: those it names, or all; none where it names keys alone. */
export function setsOf(entities: Pick<EntitySets, 'names'>, selector: Selector): readonly string[] {
  if (selector.entities.length > 0) return selector.entities;
  return namesKeysAlone(selector) ? [] : entities.names();
}

/**
 * Reads each of these sets that feeds somebody to its end: the rows before a bad one come as if they were good. All at the same time, so
 * that one that does not come leaves the others theirs.
 */
export async function unreadSets(
  entities: EntitySets,
  names: readonly string[],
  feeds: (columns: readonly string[]) => boolean,
  signal: AbortSignal,
): Promise<UnreadSets> {
  const read = async (name: string) => {
    if (!feeds(await entities.columns(name, signal))) return;
    for await (const _ of entities.load(name, signal)) signal.throwIfAborted();
  };
  const readings = await Promise.allSettled(names.map(read));
  signal.throwIfAborted();
  const unread = new Map<string, ForewarmError>();
  for (const [i, reading] of readings.entries()) {
    if (reading.status === 'fulfilled') continue;
    const reason: unknown = reading.reason;
    if (!isOfOneSet(reason)) throw reason;
    unread.set(names[i] ?? '', reason);
  }
  return unread;
}
