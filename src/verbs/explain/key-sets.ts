/** Which entity sets have a key, and, where none has it, what key of theirs may have been meant. */
import type { EntitySets } from '../../catalog/entities/entities.ts';
import type { Clock } from '../../core/clock.ts';
import { nearestWord } from '../../core/nearest.ts';
import { isFedBy, type Source } from '../../core/source.ts';
import { Breath } from '../../flow/breath.ts';
import { errandSignal } from '../../flow/errand.ts';
import { isOfOneSet } from '../../warming/unread-sets.ts';
import type { KeySets } from './key-facts.ts';

export interface KeySetsDeps {
  readonly entities: Pick<EntitySets, 'names' | 'columns' | 'load'>;
  readonly clock: Clock;
}

/** Rows whose keys are compared with one that no set has: comparing millions would take seconds. */
const COMPARED = 100_000;

/** What one set says of the key. */
interface SetLook {
  readonly name: string;
  readonly feeds: boolean;
  readonly has: boolean;
  readonly near: string | undefined;
}

/** A set that cannot be read spoils nothing but its own word. */
export async function keySets(deps: KeySetsDeps, source: Source, key: string): Promise<KeySets> {
  const unread: { readonly entities: string; readonly reason: string }[] = [];
  const looks: SetLook[] = [];
  for (const name of deps.entities.names()) {
    try {
      looks.push(await lookInto(deps, source, key, name));
    } catch (error) {
      errandSignal().throwIfAborted();
      if (!isOfOneSet(error)) throw error;
      unread.push({ entities: name, reason: error.message });
    }
  }
  const isConstant = source.key.names.length === 0;
  const listing = looks.filter(({ has }) => has).map(({ name }) => name);
  return {
    feeding: looks.filter(({ feeds }) => feeds).map(({ name }) => name),
    listing,
    isListed: isConstant || listing.length > 0,
    unread,
    near: nearestWord(
      key,
      looks.flatMap(({ near }) => near ?? []),
    ),
  };
}

async function lookInto(
  { entities, clock }: KeySetsDeps,
  source: Source,
  key: string,
  name: string,
): Promise<SetLook> {
  const signal = errandSignal();
  if (!isFedBy(source, await entities.columns(name, signal)))
    return { name, feeds: false, has: false, near: undefined };
  const breath = new Breath({ clock });
  let compared = 0;
  let near: string | undefined;
  for await (const rows of entities.load(name, signal)) {
    signal.throwIfAborted();
    const keys = rows.flatMap((row) => source.key.keyOf(row) ?? []);
    if (keys.includes(key)) return { name, feeds: true, has: true, near: undefined };
    if (compared < COMPARED) near = nearestWord(key, near === undefined ? keys : [near, ...keys]);
    compared += keys.length;
    if (breath.isDue) await breath.take();
  }
  return { name, feeds: true, has: false, near };
}
