import { ForewarmError } from '../core/errors.ts';
import { KeyError } from '../core/key.ts';
import { nearestWord } from '../core/nearest.ts';
import type { Params, Source } from '../core/source.ts';
import { type Sources, sourceOfKey, unfitWords } from '../core/sources.ts';

/** Params as an application has them: numbers become text. */
export type ReadParams = Readonly<Record<string, string | number>>;

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
    try {
      return source.key.build(textsOf(params));
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      const missing = source.key.names.find((name) => !Object.hasOwn(params, name)) ?? '';
      const others = Object.keys(params).filter((name) => !source.key.names.includes(name));
      const near = nearestWord(missing, others);
      const hint = near === undefined ? '' : `; "${near}" is given, did you mean that?`;
      throw new ForewarmError('E_KEY_INVALID', `source "${source.name}": ${error.message}${hint}`, {
        details: { source: source.name },
        cause: error,
      });
    }
  }
}

/** Params as text; the same object if they are text already. What is neither text nor a number counts as missing. */
export function textsOf(params: ReadParams): Params {
  for (const name in params) if (typeof params[name] !== 'string') return written(params);
  // The loop has checked that every value is a string.
  return params as Params;
}

function written(params: ReadParams): Params {
  const isGiven = (value: unknown) => typeof value === 'string' || Number.isFinite(value);
  const given = Object.entries(params).filter(([, value]) => isGiven(value));
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}
