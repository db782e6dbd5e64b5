/**
 * Request templates: text with params in it, such as `/markets/{market}/profile`. `{market...}` stands for the values
 * of all keys of a batch call.
 */
import { quote } from '../core/quote.ts';
import type { Params } from '../core/source.ts';

export interface TemplateParam {
  readonly name: string;
  /** Written `{name...}`: the values of all keys of a call. */
  readonly list: boolean;
}

export interface Template {
  readonly text: string;
  /** What stands around the params: one more than there are params. */
  readonly literals: readonly string[];
  readonly params: readonly TemplateParam[];
}

/** In characters. A text for a model may be a page or two. */
const LONGEST = 10_000;
const MOST_PARAMS = 100;
const PARAM = /^([A-Za-z_][A-Za-z0-9_]*)(\.\.\.)?$/;

/** What is wrong with a template; undefined when it is good. */
export function templateProblem(text: string): string | undefined {
  if (text.length > LONGEST)
    return `${quote(text)} has ${text.length} characters; a template has at most ${LONGEST}`;
  const pieces = text.split(/\{([^{}]*)\}/);
  if (pieces.length > 2 * MOST_PARAMS + 1) return `${quote(text)} has more than ${MOST_PARAMS} params`;
  const bad = pieces.find((piece, i) => (i % 2 === 0 ? /[{}]/.test(piece) : !PARAM.test(piece)));
  return bad === undefined
    ? undefined
    : `${quote(text)} has a broken param near ${quote(bad)}; a param is written {name}, or {name...} for all of a batch`;
}

/** Parses a template in which {@link templateProblem} finds nothing wrong. */
export function parseTemplate(text: string): Template {
  const pieces = text.split(/\{([^{}]*)\}/);
  return {
    text,
    literals: pieces.filter((_, i) => i % 2 === 0),
    params: pieces
      .filter((_, i) => i % 2 === 1)
      .map((piece) => ({ name: piece.replace('...', ''), list: piece.endsWith('...') })),
  };
}

/** The text with every param replaced; undefined when one is missing. */
export function expand(
  template: Template,
  params: Params,
  encode: (value: string) => string,
): string | undefined {
  let text = template.literals[0] ?? '';
  for (let i = 0; i < template.params.length; i += 1) {
    const name = template.params[i]?.name ?? '';
    // A param may be called `constructor`, which must not be taken from the prototype.
    if (!Object.hasOwn(params, name)) return undefined;
    text += encode(params[name] ?? '') + template.literals[i + 1];
  }
  return text;
}

/** A value as it may stand in a path or query (RFC 3986 unreserved characters stay). */
export function percentEncode(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}
