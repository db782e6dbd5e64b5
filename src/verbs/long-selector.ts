/** Selectors of requests, which may be as long as a body. */
import type { Selector } from '../core/selector/selector.ts';
import { formatSelector, parseSelector } from '../core/selector/selector-grammar.ts';
import { rest } from '../flow/breath.ts';

/** Characters that are read, or written, in less than a ms. */
const SHORT = 16_384;

/** The selector of a text. Others have their turn after it, and before it: whatever is done with its hundred thousand keys comes on top. */
export async function readSelector(text: string): Promise<Selector> {
  if (text.length <= SHORT) return parseSelector(text);
  await rest();
  const selector = parseSelector(text);
  await rest();
  return selector;
}

/** Its canonical text, in the same way. */
export async function writtenSelector(selector: Selector): Promise<string> {
  const text = formatSelector(selector);
  if (text.length > SHORT) await rest();
  return text;
}
