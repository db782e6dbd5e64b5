/** Lists, maps and records of MessagePack of which a part has been read. What nobody wants is only counted. */
import { type Unfinished, UnfinishedList, UnfinishedObject, type Wanted } from './wanted.ts';

export interface PackedLevel {
  /** How many values, and names, are to come. */
  readonly left: number;
  /** Whether a name comes next. */
  readonly isAtName: boolean;
  /** Whether what comes next is to be made. */
  readonly keepsNext: boolean;
  /** What is kept of the value that comes next; undefined: nothing. */
  readonly wantedNext: Wanted | undefined;
  take(value: unknown): void;
  end(): unknown;
}

/** Stands for a list or a map that nobody looks at. */
const PASSED = true;

export class PackedList implements PackedLevel {
  left: number;
  readonly isAtName = false;
  readonly #into: UnfinishedList | undefined;

  constructor(items: number, wanted: Wanted | undefined) {
    this.left = items;
    this.#into = wanted && new UnfinishedList(wanted);
  }

  get keepsNext(): boolean {
    return this.#into?.keepsNext ?? false;
  }

  get wantedNext(): Wanted | undefined {
    return wantedIn(this.#into);
  }

  take(value: unknown): void {
    this.left -= 1;
    this.#into?.add(value);
  }

  end(): unknown {
    return this.#into?.end() ?? PASSED;
  }
}

export class PackedMap implements PackedLevel {
  left: number;
  isAtName = true;
  readonly #into: UnfinishedObject | undefined;

  constructor(members: number, wanted: Wanted | undefined, mostMembers: number) {
    this.left = 2 * members;
    this.#into = wanted && new UnfinishedObject(wanted, mostMembers);
  }

  get keepsNext(): boolean {
    return this.#into !== undefined && (this.isAtName || this.#into.keepsNext);
  }

  get wantedNext(): Wanted | undefined {
    return wantedIn(this.#into);
  }

  take(value: unknown): void {
    this.left -= 1;
    if (this.isAtName) {
      const name = nameOf(value);
      if (this.#into !== undefined) this.#into.name = name;
    } else this.#into?.add(value);
    this.isAtName = !this.isAtName;
  }

  end(): unknown {
    return this.#into?.end() ?? PASSED;
  }
}

/** A map whose names were told before. */
export class PackedRecord implements PackedLevel {
  left: number;
  readonly isAtName = false;
  readonly #names: readonly string[];
  readonly #into: UnfinishedObject | undefined;

  constructor(names: readonly string[], wanted: Wanted | undefined, mostMembers: number) {
    this.left = names.length;
    this.#names = names;
    this.#into = wanted && new UnfinishedObject(wanted, mostMembers);
    this.#goOn();
  }

  get keepsNext(): boolean {
    return this.#into?.keepsNext ?? false;
  }

  get wantedNext(): Wanted | undefined {
    return wantedIn(this.#into);
  }

  take(value: unknown): void {
    this.left -= 1;
    this.#into?.add(value);
    this.#goOn();
  }

  end(): unknown {
    return this.#into?.end() ?? PASSED;
  }

  #goOn(): void {
    if (this.#into !== undefined) this.#into.name = this.#names[this.#names.length - this.left] ?? '';
  }
}

/** The names of records with a number, which stand before the first of them. */
export class RecordNames implements PackedLevel {
  left: number;
  readonly isAtName = true;
  readonly keepsNext = true;
  readonly wantedNext = undefined;
  readonly number: number;
  readonly names: string[] = [];

  constructor(number: number, names: number) {
    this.number = number;
    this.left = names;
  }

  take(value: unknown): void {
    this.left -= 1;
    this.names.push(nameOf(value));
  }

  end(): unknown {
    return this.names;
  }
}

function wantedIn(into: Unfinished | undefined): Wanted | undefined {
  return into?.keepsNext === true ? into.wantedNext : undefined;
}

/** As the library does: any scalar is a name, and `__proto__` becomes another one. */
function nameOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) throw new SyntaxError('a name of a map is no text');
  return value === '__proto__' ? '__proto_' : String(value);
}
