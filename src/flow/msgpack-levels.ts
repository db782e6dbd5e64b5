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

/** Values one after the other: of a list, or of a record, whose names were told before. */
class PackedValues implements PackedLevel {
  left: number;
  readonly isAtName = false;
  readonly #into: Unfinished | undefined;
  readonly #names: readonly string[] | undefined;

  constructor(values: number, into: Unfinished | undefined, names?: readonly string[]) {
    this.left = values;
    this.#into = into;
    this.#names = names;
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
    if (this.#into instanceof UnfinishedObject) this.#into.name = this.#names?.at(-this.left) ?? '';
  }
}

export function packedList(items: number, wanted: Wanted | undefined): PackedLevel {
  return new PackedValues(items, wanted && new UnfinishedList(wanted));
}

export function packedRecord(
  names: readonly string[],
  wanted: Wanted | undefined,
  mostMembers: number,
): PackedLevel {
  return new PackedValues(names.length, wanted && new UnfinishedObject(wanted, mostMembers), names);
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
