import { ForewarmError, messageOf } from '../core/errors.ts';
import { KeyError } from '../core/key.ts';
import { nearestWord } from '../core/nearest.ts';
import { paramText } from '../core/param-text.ts';
import { quote } from '../core/quote.ts';
import { type Params, paramNames, type Source } from '../core/source.ts';
import { type Sources, sourceOfKey, unfitWords } from '../core/sources.ts';

/** Params as an application has them: what is not text becomes text. */
export type ReadParams = Readonly<Record<string, string | number | bigint | boolean>>;

/** Keys and sources: which source a key belongs to, and the key of a source's params. */
export class Keys {
  readonly #sources: Sources;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  named(name: string): Source | undefined {
    return this.#sources.get(name);
  }

  all(): Iterable<Source> {
    return this.#sources.values();
  }

  /** Throws `E_SOURCE_UNKNOWN`. */
  source(name: string): Source {
    const source = this.#sources.get(name);
    if (source !== undefined) return source;
    const near = nearestWord(name, this.#sources.keys());
    const known = [...this.#sources.keys()].join(', ') || 'none';
    const hint = near === undefined ? `there is ${known}` : `did you mean "${near}"?`;
    throw new ForewarmError('E_SOURCE_UNKNOWN', `source "${name}" is not configured; ${hint}`, {
      details: { source: name },
    });
  }

  find(key: string): Source | undefined {
    return sourceOfKey(this.#sources, key);
  }

  /** Throws `E_KEY_INVALID`. */
  sourceOf(key: string): Source {
    const source = this.find(key);
    if (source !== undefined) return source;
    throw new ForewarmError('E_KEY_INVALID', unfitWords(this.#sources, key), { details: { key } });
  }

  /** The key of these params. Throws `E_KEY_INVALID`, which names the param that may have been meant. */
  build(source: Source, params: ReadParams): string {
    return orRefusal(source, params, () => source.key.build(textsOf(params, source.key.names)));
  }

  /** Params of a key and of its tags, as text, in an object of their own. Throws `E_KEY_INVALID`. */
  params(source: Source, params: ReadParams): Params {
    return orRefusal(source, params, () => written(params, paramNames(source)));
  }
}

function orRefusal<T>(source: Source, params: unknown, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof KeyError ? refusal(source, params, error) : error;
  }
}

function refusal({ name: source, key }: Source, params: unknown, error: KeyError): ForewarmError {
  const given = typeof params === 'object' && params !== null ? Object.keys(params) : [];
  const missing = key.names.find((name) => !given.includes(name));
  const others = given.filter((name) => !key.names.includes(name));
  const near = missing === undefined ? undefined : nearestWord(missing, others);
  const hint = near === undefined ? '' : `; "${near}" is given, did you mean that?`;
  const message = `source "${source}": ${error.message}${hint}`;
  return new ForewarmError('E_KEY_INVALID', message, { details: { source }, cause: error });
}

/** The same object if these are text already, as they mostly are. */
function textsOf(params: ReadParams, names: readonly string[]): Params {
  if (typeof params !== 'object' || params === null) {
    throw new KeyError(
      `params are ${quote(params)}; give an object with a member for each of them: ${names.join(', ')}`,
    );
  }
  for (const name of names) if (typeof params[name] !== 'string') return written(params, names);
  // The loop has checked all that is used.
  return params as Params;
}

function written(params: ReadParams, names: Iterable<string>): Params {
  const texts: Record<string, string> = {};
  for (const name of names) if (Object.hasOwn(params, name)) texts[name] = textOf(name, params[name]);
  return texts;
}

function textOf(name: string, value: unknown): string {
  try {
    return paramText(value);
  } catch (error) {
    throw new KeyError(`param "${name}" ${messageOf(error)}`);
  }
}
