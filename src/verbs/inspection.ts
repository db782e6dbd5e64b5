/** Where a key is, tier by tier, and what is known of it: what `inspect` shows, and what `explain` begins with. */
import type { Catalog, CatalogRecord, Failure } from '../catalog/catalog.ts';
import type { ReadFailure, ReadFailures } from '../catalog/read-failures.ts';
import { type Answer, answerOf } from '../core/answer.ts';
import { type Head, newestOf } from '../core/entry.ts';
import { messageOf } from '../core/errors.ts';
import { freshnessAt, isServable } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import type { Params, Source } from '../core/source.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Selection } from '../warming/selection.ts';
import type { HeadView, Inspection } from './inspection-shapes.ts';
import { knownRecords } from './known-records.ts';

export interface LookUpDeps {
  readonly stack: Stack;
  readonly catalog: Pick<Catalog, 'get' | 'recall'>;
  readonly readFailures: Pick<ReadFailures, 'of'>;
  readonly selection: Pick<Selection, 'sourceOf'>;
}

/** What a tier holds under a key, or why it did not say. */
export interface Looked {
  readonly tier: string;
  readonly head: Head | undefined;
  readonly error: string | null;
}

export interface LookedUp {
  readonly key: string;
  readonly source: Source;
  readonly params: Params;
  readonly record: CatalogRecord | undefined;
  /** Why the catalog said nothing; undefined where it did. */
  readonly silence: string | undefined;
  readonly readFailure: ReadFailure | undefined;
  readonly tiers: readonly Looked[];
}

/** Rejects with `E_SELECTOR_INVALID` for a key of no source; whoever does not answer leaves out what it knows. */
export async function lookUp(
  { stack, catalog, readFailures, selection }: LookUpDeps,
  key: string,
): Promise<LookedUp> {
  const source = selection.sourceOf(key);
  await stack.fences.sync();
  const records = knownRecords(catalog);
  const [[record], [remembered], readFailure, tiers] = await Promise.all([
    records.get(source.name, [key]),
    catalog.recall(source.name, [key]).catch(() => []),
    readFailures.of(source.name, key).catch(() => undefined),
    lookInto(stack, key),
  ]);
  const params = { ...source.key.match(key)?.params, ...remembered };
  return { key, source, params, record, silence: records.silence, readFailure, tiers };
}

function lookInto(stack: Stack, key: string): Promise<Looked[]> {
  return Promise.all(
    stack.tiers.map(async (tier) => {
      try {
        const [entry] = await stack.look(tier, [key], 'head', NEVER);
        return { tier: tier.name, head: entry?.head, error: null };
      } catch (error) {
        return { tier: tier.name, head: undefined, error: messageOf(error) };
      }
    }),
  );
}

export function inspectionOf(
  { key, source, params, record, silence, readFailure, tiers }: LookedUp,
  now: number,
): Inspection {
  return {
    ...{ key, state: stateOf(tiers, now), source: source.name, origin: source.origin },
    ...{ temperature: source.temperature, params },
    catalogued: silence === undefined ? record !== undefined : null,
    keptUntil: record?.keptUntil ?? null,
    dueAt: record?.dueAt ?? null,
    failure: latestFailure(record?.failure, readFailure, tiers),
    tiers: tiers.map((tier) => ({
      ...tier,
      head: tier.head === undefined ? null : headViewOf(tier.head, now),
    })),
  };
}

/** What failed later counts; a read's failure no more, once a tier holds what the origin said since. */
function latestFailure(known: Failure | undefined, read: ReadFailure | undefined, tiers: readonly Looked[]) {
  const isOver = tiers.some(
    ({ head }) => head !== undefined && read !== undefined && head.checkedAt > read.at,
  );
  if (read === undefined || isOver || (known !== undefined && known.at >= read.at)) return known ?? null;
  return { outcome: 'failed', ...read, count: 1, quarantined: false } as const;
}

/** What a read would say: the newest of what the tiers hold counts. */
function stateOf(tiers: readonly Looked[], now: number): Answer {
  const newest = newestOf(tiers.map(({ head }) => head));
  if (isServable(newest, now)) return answerOf(newest);
  return tiers.some(({ error }) => error !== null) ? 'unavailable' : 'missing';
}

export function headViewOf(head: Head, now: number): HeadView {
  const { params: _, checksum: __, format: ___, ...rest } = head;
  return {
    ...rest,
    tags: [...head.tags],
    freshness: freshnessAt(head, now),
    contentType: head.contentType ?? null,
    etag: head.etag ?? null,
    lastModified: head.lastModified ?? null,
    version: head.version ?? null,
    unusable: head.unusable ?? null,
  };
}
