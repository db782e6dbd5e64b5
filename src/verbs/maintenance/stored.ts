/** Finds what is stored for a selector, whether the catalog knows it or not. */
import type { Clock } from '../../core/clock.ts';
import type { Entry, Head } from '../../core/entry.ts';
import type { Selector } from '../../core/selector/selector.ts';
import { selectsKey, selectsSource, selectsTags } from '../../core/selector/selector-grammar.ts';
import type { Sources } from '../../core/sources.ts';
import { shortestOf } from '../../core/word-lists.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { Tier } from '../../tiers/tier.ts';
import type { Selection } from '../../warming/selection.ts';

export interface StoredDeps {
  readonly stack: Stack;
  readonly selection: Selection;
  readonly sources: Sources;
  readonly clock: Clock;
}

/** Entries and bytes of bodies that are in memory at the same time. A larger body is a slice of its own. */
const SLICE_ENTRIES = 200;
const SLICE_BYTES = 16 * 2 ** 20;
/** Prefixes of a selector that are scanned one by one. */
const MOST_SCANS = 100;

/**
 * The heads of the selected entries, tombstones included, in pages: as the tier of the widest reach has them. Entries of sources
 * that are no longer configured are among them where the selector names no sources. Throws `E_SELECTOR_INVALID`.
 */
export async function* storedHeads(
  deps: StoredDeps,
  selector: Selector,
  signal: AbortSignal,
): AsyncGenerator<Head[]> {
  const { selection, stack, clock } = deps;
  await selection.check(selector);
  if (selector.keys.length > 0 || selector.entities.length > 0) {
    for await (const { keys } of selection.known(selector, signal)) {
      const surveys = await stack.survey(keys, signal);
      yield surveys.flatMap(({ newest }) => (newest === undefined ? [] : [newest]));
    }
    return;
  }
  for (const prefix of prefixesOf(deps, selector)) {
    for await (const page of stack.scan(prefix, signal)) {
      const now = clock.now();
      const heads = page.filter((head) => isSelected(deps.sources, selector, head, now));
      if (heads.length > 0) yield heads;
    }
  }
}

/** Whether the selector takes entries of sources that are not configured. */
export function takesOrphans({ sources, temperatures, entities, keys, tags }: Selector): boolean {
  return sources.length + temperatures.length + entities.length + keys.length + tags.length === 0;
}

function isSelected(sources: Sources, selector: Selector, head: Head, now: number): boolean {
  const source = sources.get(head.source);
  if (source === undefined ? !takesOrphans(selector) : !selectsSource(selector, source)) return false;
  const age = now - head.checkedAt;
  const { olderThan, youngerThan } = selector;
  return (
    selectsKey(selector, head.key) &&
    selectsTags(selector, head.tags) &&
    (olderThan === undefined || age > olderThan) &&
    (youngerThan === undefined || age < youngerThan)
  );
}

/**
 * The prefixes to scan. None is the beginning of another, so that no key comes twice. Each scan looks at all that a tier has: where a
 * selector names many prefixes, those of the sources are scanned, and the selector picks.
 */
function prefixesOf({ sources }: StoredDeps, selector: Selector): readonly string[] {
  const { prefixes } = selector;
  if (prefixes.length > 0 && prefixes.length <= MOST_SCANS) return shortestOf(prefixes);
  const wanted = [...sources.values()].filter((source) => selectsSource(selector, source));
  return takesOrphans(selector) ? [''] : shortestOf(wanted.map(({ key }) => key.prefix));
}

/** Cuts a page into slices whose bodies fit into memory. */
export function* slicesOf(heads: readonly Head[]): Generator<Head[]> {
  let slice: Head[] = [];
  let bytes = 0;
  for (const head of heads) {
    if (slice.length >= SLICE_ENTRIES || (slice.length > 0 && bytes + head.bodyBytes > SLICE_BYTES)) {
      yield slice;
      slice = [];
      bytes = 0;
    }
    slice.push(head);
    bytes += head.bodyBytes;
  }
  if (slice.length > 0) yield slice;
}

/**
 * The newest entries of these keys as they are stored, whatever fences say about them; each is read from the tier that holds it, so
 * that reading copies nothing to other tiers. What no tier holds any more is left out.
 */
export async function newestEntries(
  stack: Stack,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<Entry[]> {
  const surveys = await stack.survey(keys, signal);
  const found = new Map<string, Entry>();
  const read = async (tier: Tier, wanted: readonly string[]) => {
    const entries = wanted.length === 0 ? [] : await tier.getMany(wanted, 'entry', signal).catch(() => []);
    signal.throwIfAborted();
    for (const entry of entries) if (entry !== undefined) found.set(entry.head.key, entry);
  };
  for (const tier of stack.tiers)
    await read(
      tier,
      surveys.filter(({ holder }) => holder === tier.name).map(({ key }) => key),
    );
  // Damaged, or removed from a tier in the meantime: another tier may have it.
  for (const tier of stack.tiers)
    await read(
      tier,
      surveys.filter(({ key, newest }) => newest !== undefined && !found.has(key)).map(({ key }) => key),
    );
  return keys.flatMap((key) => found.get(key) ?? []);
}

/** A key to ask tiers for only to see whether they answer. */
const ANY_KEY = '~';

/** The tiers that do not answer, which a scan passes over silently. */
export async function silentTiers(stack: Stack, signal: AbortSignal): Promise<readonly string[]> {
  const [survey] = await stack.survey([ANY_KEY], signal);
  return survey?.silent ?? [];
}
