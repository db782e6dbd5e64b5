/**
 * Names that stand twice in an object of JSON. RFC 8259 leaves open what they mean, and `JSON.parse` takes the last without a word: of a
 * row with two ids nobody knows which is meant.
 */
import { quote } from './quote.ts';

const STRUCTURE = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
const NAME_END = /[ \t\r\n]*:/y;

class DoubledMember extends SyntaxError {}

export function doubledError(name: string): SyntaxError {
  return new DoubledMember(`a member ${quote(name)} stands twice`);
}

/** Whether a text was refused because a member stands twice; the message names it. */
export function isDoubled(error: unknown): error is SyntaxError {
  return error instanceof DoubledMember;
}

/** The first name that stands twice in an object of a JSON text, however deep; undefined without one. `value` is what the text holds. */
export function doubledMember(text: string, value: unknown): string | undefined {
  // Most texts have no colon but behind names, and then there is no need to look at what each stands between.
  return colonsIn(text) === membersIn(value) ? undefined : firstDoubled(text);
}

/** Throws where a name stands twice, as `isDoubled` tells. */
export function refuseDoubled(text: string, value: unknown): void {
  const twice = doubledMember(text, value);
  if (twice !== undefined) throw doubledError(twice);
}

function colonsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) count += 1;
  return count;
}

function membersIn(value: unknown): number {
  let count = 0;
  const left = [value];
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    if (typeof one !== 'object' || one === null) continue;
    const members: readonly unknown[] = Array.isArray(one) ? one : Object.values(one);
    if (!Array.isArray(one)) count += members.length;
    for (const member of members) if (typeof member === 'object') left.push(member);
  }
  return count;
}

function firstDoubled(text: string): string | undefined {
  const open: Set<string>[] = [new Set()];
  for (const { 0: token, index } of text.matchAll(STRUCTURE)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (isName(text, index + token.length)) {
      const name = JSON.parse(token) as string;
      if (open.at(-1)?.has(name) === true) return name;
      open.at(-1)?.add(name);
    }
  }
  return undefined;
}

function isName(text: string, end: number): boolean {
  NAME_END.lastIndex = end;
  return NAME_END.test(text);
}
