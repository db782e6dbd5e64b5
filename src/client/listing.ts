/** What is stored, key by key. */
import type { Clock } from '../core/clock.ts';
import { type Freshness, servableAt } from '../core/freshness.ts';
import type { Params, Source } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import type { Stack } from '../tiers/stack/stack.ts';

export interface ListedEntry {
  readonly key: string;
  readonly source: string;
  readonly params: Params;
  readonly freshness: Exclude<Freshness, 'gone'>;
  /** False where the origin says that there is no such value. */
  readonly exists: boolean;
  /** When the origin last confirmed it; ms since the epoch, as all times here. */
  readonly checkedAt: number;
  readonly staleAt: number;
  readonly bytes: number;
}

export interface ListingDeps {
  readonly stack: Stack;
  readonly sources: Sources;
  readonly clock: Clock;
}

/** Entries whose keys begin so, of one source or of all; each once, while writes go on. */
export async function* list(
  { stack, sources, clock }: ListingDeps,
  prefix: string,
  only: Source | undefined,
  signal: AbortSignal,
): AsyncGenerator<ListedEntry> {
  for await (const page of stack.scan(prefix, signal)) {
    const now = clock.now();
    for (const head of page) {
      const source = sources.get(head.source);
      const freshness = servableAt(head, now);
      if (source === undefined || (only !== undefined && source !== only)) continue;
      if (freshness === 'gone') continue;
      const params = head.params ?? source.key.match(head.key)?.params ?? {};
      const { key, checkedAt, staleAt, bodyBytes: bytes } = head;
      yield {
        key,
        source: source.name,
        params,
        freshness,
        exists: head.kind === 'value',
        checkedAt,
        staleAt,
        bytes,
      };
    }
  }
}
