/** `export`: what is stored, as lines. */
import type { Clock } from '../../core/clock.ts';
import { type Entry, type Head, NO_BODY } from '../../core/entry.ts';
import { ForewarmError } from '../../core/errors.ts';
import { isServable } from '../../core/freshness.ts';
import { Breath } from '../../flow/breath.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import { readSelector } from '../long-selector.ts';
import { lineOf, lineOfHead } from './export-line.ts';
import type { ExportRequest } from './maintenance-shapes.ts';
import { newestEntries, type StoredDeps, silentTiers, slicesOf, storedHeads } from './stored.ts';

export async function* exportEntries(
  deps: StoredDeps,
  { selector: text, bodies }: ExportRequest,
  signal: AbortSignal,
): AsyncGenerator<string[]> {
  const { stack, sources, clock } = deps;
  await mustAnswer(stack, signal);
  for await (const page of storedHeads(deps, await readSelector(text), signal)) {
    const now = clock.now();
    const wanted = page.filter((head) => isServable(head, now) && sources.has(head.source));
    for (const slice of slicesOf(wanted)) {
      signal.throwIfAborted();
      const entries = bodies ? await wholeEntries(stack, slice, signal) : slice.map(withoutBody);
      const kept = entries.filter(({ head }) => isServable(head, clock.now()));
      const lines = bodies ? await linesOf(kept, clock) : kept.map(({ head }) => lineOfHead(head));
      if (lines.length > 0) yield lines;
    }
  }
}

async function linesOf(entries: readonly Entry[], clock: Clock): Promise<string[]> {
  const breath = new Breath({ clock });
  const lines: string[] = [];
  for (const entry of entries) lines.push(await lineOf(entry, breath));
  return lines;
}

/**
 * As the fences let them be seen, since the system that imports them does not know these fences. What cannot be read although every tier
 * answers is damaged, and its tier has reported it.
 */
async function wholeEntries(stack: Stack, heads: readonly Head[], signal: AbortSignal): Promise<Entry[]> {
  const keys = heads.map(({ key }) => key);
  const seen = ({ head, body }: Entry): Entry => ({ head: stack.fences.see(head), body });
  const entries = await newestEntries(stack, keys, signal);
  if (entries.length === keys.length) return entries.map(seen);
  const found = new Set(entries.map(({ head }) => head.key));
  const lost = keys.filter((key) => !found.has(key));
  await mustAnswer(stack, signal);
  return [...entries, ...(await newestEntries(stack, lost, signal))].map(seen);
}

/** Throws `E_TIER_UNAVAILABLE`: an export without what only a silent tier holds would be taken for whole. */
async function mustAnswer(stack: Stack, signal: AbortSignal): Promise<void> {
  const silent = await silentTiers(stack, signal);
  if (silent.length === 0) return;
  throw new ForewarmError(
    'E_TIER_UNAVAILABLE',
    `tier ${silent.join(', ')} does not answer, so an export would not be whole; try again when it does, or turn the tier off`,
    { details: { tiers: silent } },
  );
}

function withoutBody(head: Head): Entry {
  return { head, body: NO_BODY };
}
