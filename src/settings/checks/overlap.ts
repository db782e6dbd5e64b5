/** Whether a key can belong to two templates: then its source could not be read back from it. */
import type { KeyTemplate } from '../../core/key.ts';

/** A character, or a param (any run of one or more characters of a value). */
type Token = { readonly literal: string } | undefined;

interface State {
  /** How far each template is. */
  readonly at: readonly [number, number];
  /** Whether the param that each stands at has a character already. */
  readonly begun: readonly [boolean, boolean];
  readonly key: string;
}

/** What stands in an encoded value without an escape. */
const PLAIN = /^[A-Za-z0-9._~!'()*-]$/;

/** A key that both templates match, the shortest; undefined when there is none. */
export function sharedKey(one: KeyTemplate, other: KeyTemplate): string | undefined {
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

function tokensOf(template: KeyTemplate): Token[] {
  return template.text
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
function stepped({ at, key }: State, tokens: Both): State[] {
  if (at[0] >= tokens[0].length || at[1] >= tokens[1].length) return [];
  const [one, other] = [tokens[0][at[0]], tokens[1][at[1]]];
  const character = one?.literal ?? other?.literal ?? 'a';
  for (const token of [one, other]) {
    if (token === undefined ? !PLAIN.test(character) : token.literal !== character) return [];
  }
  const next = (token: Token, index: number) => (token === undefined ? index : index + 1);
  return [
    {
      at: [next(one, at[0]), next(other, at[1])],
      begun: [one === undefined, other === undefined],
      key: key + character,
    },
  ];
}
