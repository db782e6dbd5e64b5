/** `export`: what is stored, as lines. */
import { parseSelector } from '../../core/selector-grammar.ts';
import { lineOf } from './line.ts';
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
      const entries = bodies ? await newestEntries(stack, keys, signal) : slice.map(headOnly);
      const now = clock.now();
      const kept = entries.filter(({ head }) => head.kind !== 'dropped' && head.goneAt > now);
      if (kept.length > 0) yield kept.map((entry) => lineOf(entry, bodies));
    }
  }
}

function headOnly(head: Parameters<typeof lineOf>[0]['head']) {
  return { head, body: new Uint8Array(0) };
}
