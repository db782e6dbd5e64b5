/** Values that are read piece by piece, and of which perhaps only a part is kept. */
import { count } from '../core/counted.ts';

/**
 * What is kept of a value: all of it, or what stands at these names. Of what is not wanted so much is kept that a reader sees whether it
 * is empty: how many items a list has, and one member of an object. Texts, numbers and words are always kept.
 */
export type Wanted = 'all' | ReadonlyMap<string, Wanted>;

const NOTHING: Wanted = new Map();
const NO_PLACES: ReadonlyMap<number, Wanted> = new Map();
/** Items of a list for which the engine may make room, though few are kept. */
const MOST_ROOM = 1_000_000;

/** The part of values in which these paths can be read: `readPath` finds there what it finds in the whole, and whether it is empty. */
export function wantedAt(
  paths: readonly { readonly path: readonly string[]; readonly whole: boolean }[],
): Wanted {
  if (paths.some(({ path, whole }) => whole && path.length === 0)) return 'all';
  const names = new Set(paths.flatMap(({ path }) => path.slice(0, 1)));
  const below = (name: string) =>
    paths.flatMap(({ path: [first, ...path], whole }) => (first === name ? [{ path, whole }] : []));
  return new Map([...names].map((name) => [name, wantedAt(below(name))]));
}

/** A list or an object of which a part has been read. */
export type Unfinished = UnfinishedList | UnfinishedObject;

export class UnfinishedList {
  /** What is kept of some items, by their places; undefined: all of all. */
  readonly #kept: ReadonlyMap<number, Wanted> | undefined;
  readonly #items: unknown[] = [];
  #count = 0;

  constructor(wanted: Wanted) {
    this.#kept = wanted === 'all' ? undefined : placesOf(wanted);
  }

  /** What is kept of the value that comes next. */
  get wantedNext(): Wanted {
    return this.#kept === undefined ? 'all' : (this.#kept.get(this.#count) ?? NOTHING);
  }

  /** Whether the value that comes next is kept as it is. */
  get keepsNext(): boolean {
    return this.#kept === undefined || this.#kept.has(this.#count);
  }

  add(value: unknown): void {
    if (this.keepsNext) this.#items[this.#count] = value;
    this.#count += 1;
  }

  addAll(items: readonly unknown[]): void {
    if (this.#kept === undefined) for (const item of items) this.#items.push(item);
    else {
      for (const place of this.#kept.keys()) {
        const at = place - this.#count;
        if (at >= 0 && at < items.length) this.#items[place] = items[at];
      }
    }
    this.#count += items.length;
  }

  end(): unknown[] {
    // Of so many items none is stored: the engine would first make room for all of them, for 50 ms where there are ten million.
    if (this.#kept !== undefined && this.#count > MOST_ROOM) this.#items.length = 2 ** 32 - 1;
    this.#items.length = this.#count;
    return this.#items;
  }
}

export class UnfinishedObject {
  readonly #wanted: Wanted;
  readonly #mostMembers: number;
  readonly #members: Record<string, unknown> = {};
  /** Of the member that comes next. */
  name = '';
  #count = 0;

  constructor(wanted: Wanted, mostMembers: number) {
    this.#wanted = wanted;
    this.#mostMembers = mostMembers;
  }

  /** What is kept of the value that comes next. */
  get wantedNext(): Wanted {
    return this.#wanted === 'all' ? 'all' : (this.#wanted.get(this.name) ?? NOTHING);
  }

  /** Whether the value that comes next is kept as it is. */
  get keepsNext(): boolean {
    return this.#wanted === 'all' || this.#wanted.has(this.name);
  }

  add(value: unknown): void {
    this.#count += 1;
    if (this.#wanted === 'all' && this.#count > this.#mostMembers) {
      throw new RangeError(`an object has more than ${count(this.#mostMembers)} members`);
    }
    if (this.#wanted === 'all' || this.#count === 1 || this.#wanted.has(this.name))
      this.#set(this.name, value);
  }

  addAll(members: Readonly<Record<string, unknown>>): void {
    if (this.#wanted === 'all' || this.#count === 0) {
      for (const name in members) this.#addAt(name, members[name]);
      return;
    }
    for (const name of this.#wanted.keys()) {
      if (Object.hasOwn(members, name)) this.#addAt(name, members[name]);
    }
  }

  /** Whether a member of that name was taken, and kept. */
  has(name: string): boolean {
    return Object.hasOwn(this.#members, name);
  }

  end(): Record<string, unknown> {
    return this.#members;
  }

  #addAt(name: string, value: unknown): void {
    this.name = name;
    this.add(value);
  }

  #set(name: string, value: unknown): void {
    if (name !== '__proto__') this.#members[name] = value;
    else {
      const own = { enumerable: true, configurable: true, writable: true };
      Object.defineProperty(this.#members, name, { value, ...own });
    }
  }
}

function placesOf(wanted: ReadonlyMap<string, Wanted>): ReadonlyMap<number, Wanted> {
  if (wanted.size === 0) return NO_PLACES;
  const places = new Map<number, Wanted>();
  for (const [name, below] of wanted) if (/^(?:0|[1-9]\d{0,9})$/.test(name)) places.set(Number(name), below);
  return places;
}
