/**
 * Keys: readable, reversible names of values. A template such as `census:acs:{year}:cbsa:{cbsa}` builds a key from
 * params and reads the params back.
 *
 * A value is percent-encoded, so that what separates two params in the template can never occur inside one.
 * A value whose encoding is longer than `LONGEST_VALUE` is replaced by `#` and a hash; then the key cannot be read back
 * in full, and the entry carries the params.
 */
import { createHash } from 'node:crypto';
import { quote as show } from './quote.ts';
import { halfPairIn } from './text.ts';

/** The params of a key, by name. */
export type Params = Readonly<Record<string, string>>;

/** The longest encoded value that a key holds as it is, in characters. */
export const LONGEST_VALUE = 120;

/** Thrown for a template or params that cannot be used. The caller knows the place and adds it. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

/** Every character that an encoded value may hold. `#` occurs only at the beginning of a hash. */
const ENCODED = "[A-Za-z0-9._~!'()*%#-]";
/** What percent-encoding leaves as it is. */
const PLAIN = /^[A-Za-z0-9._~!'()*-]+$/;
/** What stands in place of a value that is too long. */
const HASH = /^#[A-Za-z0-9~-]{27}$/;
const NAME = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]*$/;

export interface KeyMatch {
  readonly params: Params;
  /** False when a value is a hash: `params` then lacks it. */
  readonly complete: boolean;
}

export class KeyTemplate {
  readonly text: string;
  /** The params a key needs, in order, each once. */
  readonly names: readonly string[];
  readonly #literals: readonly string[];
  readonly #pattern: RegExp;

  private constructor(text: string, literals: readonly string[], names: readonly string[]) {
    this.text = text;
    this.names = names;
    this.#literals = literals;
    const groups = literals.map((literal, i) =>
      i === 0 ? quote(literal) : `(${ENCODED}+)${quote(literal)}`,
    );
    this.#pattern = new RegExp(`^${groups.join('')}$`);
  }

  /** Throws `KeyError` for an empty template, a malformed or repeated param, and params without a separator between them. */
  static parse(text: string): KeyTemplate {
    const pieces = text.split(/\{([^{}]*)\}/);
    const literals = pieces.filter((_, i) => i % 2 === 0);
    const names = pieces.filter((_, i) => i % 2 === 1);
    const wrong = templateProblem(text, literals, names);
    if (wrong !== undefined) throw new KeyError(`key template ${show(text)}: ${wrong}`);
    return new KeyTemplate(text, literals, names);
  }

  /** The part before the first param: every key of this template starts with it. */
  get prefix(): string {
    return this.#literals[0] ?? '';
  }

  /** The key of these params. Params that the template does not name are ignored. Throws `KeyError` for one that is missing, empty or no text. */
  build(params: Params): string {
    const { names } = this;
    let key = this.#literals[0] ?? '';
    for (let i = 0; i < names.length; i += 1) {
      const name = names[i] ?? '';
      const value = own(params, name);
      if (value === undefined || value === '') {
        throw new KeyError(
          `key template ${show(this.text)}: param ${show(name)} is ${value === '' ? 'empty' : 'missing'}`,
        );
      }
      const encoded = encodeValue(value);
      if (encoded === undefined) {
        const why = `holds ${halfPairIn(value)}, half of a surrogate pair, which is no character`;
        throw new KeyError(`key template ${show(this.text)}: param ${show(name)} ${why}`);
      }
      key += encoded + this.#literals[i + 1];
    }
    return key;
  }

  /** The key of these params; undefined where `build` refuses them. */
  keyOf(params: Params): string | undefined {
    try {
      return this.build(params);
    } catch (error) {
      if (error instanceof KeyError) return undefined;
      throw error;
    }
  }

  /** Whether these params have a value for each of the template's. */
  isFilledBy(params: Params): boolean {
    return this.names.every((name) => (own(params, name) ?? '') !== '');
  }

  /** True when building a key from these params replaces a value by its hash. */
  hashes(params: Params): boolean {
    return this.names.some(
      (name) => encodeURIComponent((own(params, name) ?? '').toWellFormed()).length > LONGEST_VALUE,
    );
  }

  /** Whether a key is one of this template. */
  fits(key: string): boolean {
    return key.startsWith(this.prefix) && this.match(key) !== undefined;
  }

  /** The params of a key of this template; undefined when it is not one. */
  match(key: string): KeyMatch | undefined {
    const found = this.#pattern.exec(key);
    if (found === null) return undefined;
    const params: Record<string, string> = {};
    let complete = true;
    for (const [i, name] of this.names.entries()) {
      const value = found[i + 1] ?? '';
      // What would be hashed is no key as it is: two keys must never mean the same value.
      if (value.length > LONGEST_VALUE) return undefined;
      if (HASH.test(value)) complete = false;
      else {
        const decoded = decodeValue(value);
        if (decoded === undefined) return undefined;
        params[name] = decoded;
      }
    }
    return { params, complete };
  }
}

/** Whether a param of this key is a hash: then the params cannot be read back from it, and the entry carries them. */
export function isHashed(key: string): boolean {
  return key.includes('#');
}

function templateProblem(
  text: string,
  literals: readonly string[],
  names: readonly string[],
): string | undefined {
  if (text === '') return 'it is empty';
  const badLiteral = literals.find((literal) => /[{}\s]/.test(literal));
  if (badLiteral !== undefined)
    return `${show(badLiteral)} has a stray brace or a space; a param is written {name}`;
  const badName = names.find((name) => !NAME.test(name));
  if (badName !== undefined)
    return `${show(`{${badName}}`)} is not a param; a name has letters, digits and _`;
  if (halfPairIn(text) !== undefined) return `it holds ${halfPairIn(text)}, half of a surrogate pair`;
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) return `param ${show(repeated)} occurs twice`;
  const between = literals.slice(1, -1);
  if (between.some((literal) => !/[^A-Za-z0-9._~!'()*%#-]/.test(literal))) {
    return 'two params need a separator between them that cannot occur in a value, such as ":" or "/"';
  }
  return undefined;
}

/** A param may be called `constructor`, which must not be taken from the prototype. */
function own(params: Params, name: string): string | undefined {
  return Object.hasOwn(params, name) ? params[name] : undefined;
}

/** Undefined for what is no text: halves of surrogate pairs would all be one key. */
function encodeValue(value: string): string | undefined {
  // Most values need no encoding, and readers build a key for each read.
  if (value.length <= LONGEST_VALUE && PLAIN.test(value)) return value;
  if (!value.isWellFormed()) return undefined;
  const encoded = encodeURIComponent(value);
  if (encoded.length <= LONGEST_VALUE) return encoded;
  return `#${createHash('sha256').update(value).digest('base64url').slice(0, 27).replaceAll('_', '~')}`;
}

/** Undefined when `encodeValue` would not have written it: each value has one spelling, so two keys never mean the same value. */
function decodeValue(value: string): string | undefined {
  try {
    const decoded = decodeURIComponent(value);
    return encodeURIComponent(decoded) === value ? decoded : undefined;
  } catch {
    return undefined;
  }
}

function quote(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
