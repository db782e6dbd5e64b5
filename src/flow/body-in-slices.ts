/** Bodies of values that may be large, written piece by piece, so that nobody waits for the whole. */
import { bodyOf } from '../core/body.ts';
import type { BodyFormat } from '../core/entry.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import { withoutText } from '../core/exact-json.ts';
import { MOST_LEVELS, TOO_DEEP } from '../core/nesting.ts';
import { endOfWhole } from '../core/text.ts';
import { joined } from './body-in-json.ts';
import { type BodyNotation, type Container, JSON_NOTATION, PACKED_NOTATION } from './body-notation.ts';
import type { Breath } from './breath.ts';

/** Values that are written together weigh no more: about a ms of work. A value weighs one, and one more for so many characters. */
const TOGETHER = 4_096;
const CHARACTERS = 16;

/** Characters of a text, and numbers of a vector, that are written together. */
const CHARACTERS_AT_ONCE = 65_536;
const NUMBERS = 65_536;

/** Formats that are written piece by piece. */
const NOTATIONS: Readonly<Partial<Record<BodyFormat, BodyNotation>>> = {
  json: JSON_NOTATION,
  msgpack: PACKED_NOTATION,
};

/**
 * What `bodyOf` gives, byte for byte, of a value that was read from JSON and that nobody else has: it must not change meanwhile.
 * Numbers that are kept as text are written as numbers. Rejects with `E_BODY_INVALID`, or as `withoutText` throws.
 */
export async function bodyInSlices(format: BodyFormat, value: unknown, breath: Breath): Promise<Uint8Array> {
  if (format === 'float32' && Array.isArray(value) && value.length > NUMBERS) return vectorOf(value, breath);
  const notation = NOTATIONS[format];
  if (notation === undefined || !isEntered(value) || weightOf(value, TOGETHER) < TOGETHER)
    return bodyOf(format, format === 'json' ? value : withoutText(value));
  await breath.take();
  const writing = new Writing(notation, breath);
  await writing.write(value);
  return joined(writing.parts, breath);
}

async function vectorOf(numbers: readonly unknown[], breath: Breath): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let from = 0; from < numbers.length; from += NUMBERS) {
    if (breath.isDue) await breath.take();
    try {
      parts.push(bodyOf('float32', withoutText(numbers.slice(from, from + NUMBERS))));
    } catch {
      // Its message says which item it is.
      return bodyOf('float32', withoutText(numbers));
    }
  }
  return Buffer.concat(parts);
}

/** What is written as the parts that it has. */
type Long = Container | string;

class Writing {
  readonly parts: Uint8Array[] = [];
  readonly #notation: BodyNotation;
  readonly #breath: Breath;
  /** Lists and objects that are being written, one in the other. */
  #levels = 0;

  constructor(notation: BodyNotation, breath: Breath) {
    this.#notation = notation;
    this.#breath = breath;
  }

  async write(value: Long): Promise<void> {
    if (typeof value === 'string') return this.#text(value);
    if (this.#levels === MOST_LEVELS) throw this.#unwritable(TOO_DEEP);
    this.#levels += 1;
    this.#put(this.#begun(() => this.#notation.begin(value)));
    await this.#members(Array.isArray(value) ? new ListRun(value) : new ObjectRun(value as Members));
    this.#put(Buffer.from(this.#notation.end(value)));
    this.#levels -= 1;
  }

  async #text(text: string): Promise<void> {
    this.#put(this.#begun(() => this.#notation.beginText(text)));
    for (let from = 0; from < text.length; ) {
      if (this.#breath.isDue) await this.#breath.take();
      // Half a character would be written as an escape.
      const end = endOfWhole(text, from + CHARACTERS_AT_ONCE);
      this.#put(this.#notation.text(text.slice(from, end)));
      from = end;
    }
    this.#put(Buffer.from(this.#notation.endText));
  }

  async #members(run: Run): Promise<void> {
    const began = this.parts.length;
    const separate = () => {
      if (this.parts.length > began) this.#put(Buffer.from(this.#notation.separator));
    };
    const flush = () => {
      const written = this.#notation.members(run.take(), MOST_LEVELS - this.#levels + 1);
      if (written === undefined) throw this.#unwritable(TOO_DEEP);
      if (written.length === 0) return;
      separate();
      this.#put(written);
    };
    for (let weight = 0; run.isLeft; ) {
      const next = run.next;
      const more = weightOf(next, TOGETHER);
      if (more >= TOGETHER && isEntered(next)) {
        flush();
        separate();
        const name = run.skip();
        if (name !== undefined) this.#put(this.#notation.memberName(name));
        // To look at an object of many members takes as long as all of them.
        if (this.#breath.isDue) await this.#breath.take();
        await this.write(next);
        weight = 0;
      } else {
        run.grow();
        weight += more;
        if (weight < TOGETHER) continue;
        flush();
        weight = 0;
      }
      if (this.#breath.isDue) await this.#breath.take();
    }
    flush();
  }

  #begun(begin: () => Uint8Array): Uint8Array {
    try {
      return begin();
    } catch (error) {
      throw this.#unwritable(messageOf(error));
    }
  }

  #put(bytes: Uint8Array): void {
    if (bytes.length > 0) this.parts.push(bytes);
  }

  #unwritable(why: string): ForewarmError {
    return new ForewarmError(
      'E_BODY_INVALID',
      `the value cannot be written as ${this.#notation.name}: ${why}`,
    );
  }
}

type Members = Readonly<Record<string, unknown>>;

/** Members that stand beside each other and are written together. */
interface Run {
  readonly isLeft: boolean;
  readonly next: unknown;
  /** Takes in the next one. */
  grow(): void;
  /** Leaves out the next one, and returns its name, where it has one. Not while the run has members. */
  skip(): string | undefined;
  /** The members, in a value of their own. */
  take(): Container;
}

class ListRun implements Run {
  readonly #items: readonly unknown[];
  #from = 0;
  #at = 0;

  constructor(items: readonly unknown[]) {
    this.#items = items;
  }

  get isLeft(): boolean {
    return this.#at < this.#items.length;
  }

  get next(): unknown {
    return this.#items[this.#at];
  }

  grow(): void {
    this.#at += 1;
  }

  skip(): undefined {
    this.#at += 1;
    this.#from = this.#at;
  }

  take(): Container {
    const items = this.#items.slice(this.#from, this.#at);
    this.#from = this.#at;
    return items;
  }
}

class ObjectRun implements Run {
  readonly #members: Members;
  readonly #names: ListRun;

  constructor(members: Members) {
    this.#members = members;
    this.#names = new ListRun(Object.keys(members));
  }

  get isLeft(): boolean {
    return this.#names.isLeft;
  }

  get next(): unknown {
    return this.#members[String(this.#names.next)];
  }

  grow(): void {
    this.#names.grow();
  }

  skip(): string {
    const name = String(this.#names.next);
    this.#names.skip();
    return name;
  }

  take(): Container {
    const names = this.#names.take() as readonly string[];
    return Object.fromEntries(names.map((name) => [name, this.#members[name]]));
  }
}

/** What is written part by part. A number that is kept as text is an object of its own kind. */
function isEntered(value: unknown): value is Long {
  if (typeof value === 'string') return true;
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/** How much work a value is to write, or at least `most`. */
function weightOf(value: unknown, most: number): number {
  if (typeof value === 'string') return 1 + value.length / CHARACTERS;
  if (typeof value !== 'object' || value === null) return 1;
  let weight = 1;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && weight < most; i += 1) weight += weightOf(value[i], most - weight);
    return weight;
  }
  for (const name in value) {
    if (weight >= most) break;
    weight += name.length / CHARACTERS + weightOf(Reflect.get(value, name), most - weight);
  }
  return weight;
}
