/** Whether a key can belong to two templates: then its source could not be read back from it. */

/** A character, or a param (any run of one or more characters of a value). */
type Token = { readonly literal: string } | undefined;

interface State {
  /** How far each template is. */
  readonly at: readonly [number, number];
  /** Whether the param that each stands at has a character already. */
  readonly begun: readonly [boolean, boolean];
  readonly key: string;
}

/** What an encoded value is made of: plain characters, escapes, and at its beginning the sign of a hash. */
const ENCODED = /^[A-Za-z0-9._~!'()*%-]$/;

/**
 * A key that both texts of templates can give, the shortest; undefined when there is none. Escapes are not looked into: two
 * templates that could be told apart only by which escapes there are count as the same.
 */
export function sharedKey(one: string, other: string): string | undefined {
  const tokens = [tokensOf(one), tokensOf(other)] as const;
  const seen = new Set<string>();
  const states: State[] = [{ at: [0, 0], begun: [false, false], key: '' }];
  for (const state of states) {
    if (state.at[0] === tokens[0].length && state.at[1] === tokens[1].length) return state.key;
    for (const next of [...ended(state, tokens), ...stepped(state, tokens)]) {
      const name = [...next.at, ...next.begun].join();
      if (seen.has(name)) continue;
      seen.add(name);
      states.push(next);
    }
  }
  return undefined;
}

function tokensOf(text: string): Token[] {
  return text
    .split(/\{[^{}]*\}/)
    .flatMap((literal, i): Token[] => [
      ...(i === 0 ? [] : [undefined]),
      ...[...literal].map((character) => ({ literal: character })),
    ]);
}

type Both = readonly [readonly Token[], readonly Token[]];

/** A param that has a character may end. */
function ended({ at, begun, key }: State, tokens: Both): State[] {
  const states: State[] = [];
  if (begun[0] && at[0] < tokens[0].length)
    states.push({ at: [at[0] + 1, at[1]], begun: [false, begun[1]], key });
  if (begun[1] && at[1] < tokens[1].length)
    states.push({ at: [at[0], at[1] + 1], begun: [begun[0], false], key });
  return states;
}

/** One more character of the key, which both templates take. */
function stepped({ at, begun, key }: State, tokens: Both): State[] {
  if (at[0] >= tokens[0].length || at[1] >= tokens[1].length) return [];
  const [one, other] = [tokens[0][at[0]], tokens[1][at[1]]];
  const character = one?.literal ?? other?.literal ?? 'a';
  const takes = (token: Token, isBegun: boolean) =>
    token === undefined
      ? ENCODED.test(character) || (character === '#' && !isBegun)
      : token.literal === character;
  if (!takes(one, begun[0]) || !takes(other, begun[1])) return [];
  const next = (token: Token, index: number) => (token === undefined ? index : index + 1);
  return [
    {
      at: [next(one, at[0]), next(other, at[1])],
      begun: [one === undefined, other === undefined],
      key: key + character,
    },
  ];
}

/** What stands between the characters that no encoded value holds, and these characters. */
const PIECES = /\{[^{}]*\}|[^{}]/g;

interface Segments {
  /** No two templates with other separators have a key in common. */
  readonly separators: string;
  readonly texts: readonly string[];
}

function segmentsOf(template: string): Segments {
  const texts = [''];
  let separators = '';
  for (const [piece] of template.matchAll(PIECES)) {
    if (piece.length > 1 || ENCODED.test(piece) || piece === '#') texts[texts.length - 1] += piece;
    else {
      separators += piece;
      texts.push('');
    }
  }
  return { separators, texts };
}

interface Node {
  readonly children: Map<string, Node>;
  readonly names: string[];
}

/** Templates of keys by their segments, so that each is compared with the few that begin like it. */
export class TemplateTree {
  readonly #roots = new Map<string, Node>();

  add(name: string, template: string): void {
    const { separators, texts } = segmentsOf(template);
    let node = this.#roots.get(separators) ?? emptyNode();
    this.#roots.set(separators, node);
    for (const text of texts) {
      const next = node.children.get(text) ?? emptyNode();
      node.children.set(text, next);
      node = next;
    }
    node.names.push(name);
  }

  /** The name of a template that can give a key which this one gives, too; undefined when there is none. */
  sharing(template: string): string | undefined {
    const { separators, texts } = segmentsOf(template);
    const root = this.#roots.get(separators);
    return root === undefined ? undefined : nameBelow(root, texts);
  }
}

function emptyNode(): Node {
  return { children: new Map(), names: [] };
}

function nameBelow({ children, names }: Node, [text, ...rest]: readonly string[]): string | undefined {
  if (text === undefined) return names[0];
  for (const [other, child] of children) {
    if (!canBeOne(text, other)) continue;
    const name = nameBelow(child, rest);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Whether two segments can be the same text. Most are told apart by what they begin or end with. */
function canBeOne(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [edgesOf(one), edgesOf(other)];
  if (a === undefined && b === undefined) return false;
  const { first = one, last = one } = a ?? {};
  const { first: otherFirst = other, last: otherLast = other } = b ?? {};
  if (!first.startsWith(otherFirst) && !otherFirst.startsWith(first)) return false;
  if (!last.endsWith(otherLast) && !otherLast.endsWith(last)) return false;
  return sharedKey(one, other) !== undefined;
}

/** What stands before the first param and behind the last; undefined without params. */
function edgesOf(text: string): { readonly first: string; readonly last: string } | undefined {
  const begin = text.indexOf('{');
  return begin === -1
    ? undefined
    : { first: text.slice(0, begin), last: text.slice(text.lastIndexOf('}') + 1) };
}
