/** Values as people can read them. */
import { visible } from '../../format/text.ts';

/** Lines of a text; what is invisible in them is shown as its escape, but for tabs. */
export function visibleLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split('\t').map(visible).join('\t'))
    .join('\n');
}

const OPEN = /[[{]/;
const CLOSE = /[\]}]/;

/**
 * JSON on several lines. No character of it changes, so that numbers keep their digits; and its end may be missing. What is no JSON comes
 * out with more space, at the worst.
 */
export function indented(json: string): string {
  const parts: string[] = [];
  let depth = 0;
  const newLine = () => `\n${'  '.repeat(depth)}`;
  for (const [token] of json.matchAll(/"(?:\\.|[^"\\])*"?|[[{]\s*[\]}]|[[\]{}:,]|[^\s"[\]{}:,]+/gs)) {
    if (token.length === 1 && OPEN.test(token)) {
      depth += 1;
      parts.push(token, newLine());
    } else if (token.length === 1 && CLOSE.test(token)) {
      depth = Math.max(0, depth - 1);
      parts.push(newLine(), token);
    } else if (token === ',') parts.push(token, newLine());
    else parts.push(token === ':' ? ': ' : token);
  }
  return parts.join('');
}

export function isJson(text: string, contentType: string | null): boolean {
  if (contentType !== null && !/\bjson\b/i.test(contentType)) return false;
  return /^\s*[[{]/.test(text);
}
