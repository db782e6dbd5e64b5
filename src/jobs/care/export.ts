/** `export`: what is stored, as lines. */
import { NO_BODY } from '../../core/entry.ts';
import { parseSelector } from '../../core/selector-grammar.ts';
import { lineOf, lineOfHead } from './line.ts';
import { newestEntries, type StoredParts, slicesOf, storedHeads } from './stored.ts';
import type { ExportRequest } from './verbs.ts';

export async function* exportEntries(
  parts: StoredParts,
  { selector: text, bodies }: ExportRequest,
  signal: AbortSignal,
): AsyncGenerator<string[]> {
  const { stack, sources, clock } = parts;
  for await (const page of storedHeads(parts, parseSelector(text), signal)) {
    const wanted = page.filter(({ source, kind }) => kind !== 'dropped' && sources.has(source));
    for (const slice of slicesOf(wanted)) {
      signal.throwIfAborted();
      const keys = slice.map(({ key }) => key);
      const entries = bodies
        ? await newestEntries(stack, keys, signal)
        : slice.map((head) => ({ head, body: NO_BODY }));
      const now = clock.now();
      const kept = entries.filter(({ head }) => head.kind !== 'dropped' && head.goneAt > now);
      const lines = kept.map((entry) => (bodies ? lineOf(entry) : lineOfHead(entry.head)));
      if (lines.length > 0) yield lines;
    }
  }
}
