/** Quarantine: keys that failed so many times in a row that they are set aside; list them, and release them. */
import { z } from 'zod';
import type { Catalog, CatalogRecord } from '../catalog/catalog.ts';
import { type Methods, withChecks } from '../core/arguments.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import { type Sources, sourceOfKey } from '../core/sources.ts';
import {
  type QuarantinedKey,
  type QuarantineFilter,
  type QuarantinePage,
  type QuarantinePart,
  quarantinePart,
  type ReleaseRequest,
  releaseRequest,
} from './quarantine-shapes.ts';
import { limitArgument } from './shapes.ts';
import { unknownName } from './unknown-name.ts';

export interface QuarantineVerbs {
  /**
   * Those that failed last come first. Rejects with `E_NOT_FOUND` for a source or an origin that is not configured.
   */
  quarantine(limit?: number, part?: QuarantinePart): Promise<QuarantinePage>;
  /**
   * Makes keys due now, and forgets that they failed: those that are named, or all that match where none is. Returns how many were in
   * quarantine. Rejects with `E_REQUEST_INVALID` where both are given, and with `E_NOT_FOUND` as `quarantine` does.
   */
  release(keys: readonly string[], request?: ReleaseRequest): Promise<number>;
}

export interface QuarantineVerbsDeps {
  readonly catalog: Pick<Catalog, 'scan' | 'get' | 'settle'>;
  readonly sources: Sources;
  /** Of each origin that is configured. */
  readonly budgets: ReadonlyMap<string, unknown>;
  readonly clock: Clock;
}

/** Of one page of failures. */
const PAGE = 500;
/** Keys of a walk that are remembered, since it may pass one twice; beyond so many, one may count twice. */
const REMEMBERED = 100_000;

const methods = {
  quarantine: [limitArgument(100), ['part', quarantinePart.default({})]],
  release: [
    ['keys', z.array(z.string())],
    ['request', releaseRequest.default({})],
  ],
} as const satisfies Methods;

export function quarantineVerbs(deps: QuarantineVerbsDeps): QuarantineVerbs {
  return withChecks(methods, {
    quarantine: (limit, part) => pageOf(deps, limit, part),
    release: (keys, { why: _, ...of }) =>
      keys.length === 0 ? releaseAll(deps, of) : releaseNamed(deps, keys, of),
  });
}

/** All that match are looked at for each page, since they are in no order; of these only what the page needs is kept. */
async function pageOf(
  deps: QuarantineVerbsDeps,
  limit: number,
  { cursor, ...of }: QuarantinePart,
): Promise<QuarantinePage> {
  const after = cursor === undefined ? undefined : placeIn(cursor);
  let first: readonly QuarantinedKey[] = [];
  let total = 0;
  const look = async (records: readonly QuarantinedKey[]) => {
    total += records.length;
    const later = after === undefined ? records : records.filter((each) => order(each, after) > 0);
    if (later.length > 0) first = [...first, ...later].sort(order).slice(0, limit + 1);
  };
  await Promise.all(chosen(deps, of).map((source) => walk(deps, source, look)));
  const keys = first.slice(0, limit);
  return { keys, cursor: first.length > limit ? cursorAt(keys.at(-1)) : null, total };
}

type Place = Pick<QuarantinedKey, 'at' | 'key'>;

/** The one that failed last is first. */
function order(a: Place, b: Place): number {
  if (a.at !== b.at) return b.at - a.at;
  return a.key === b.key ? 0 : a.key < b.key ? -1 : 1;
}

function cursorAt(last: Place | undefined): string | null {
  return last === undefined ? null : `${last.at} ${last.key}`;
}

function placeIn(cursor: string): Place {
  const [, at, key] = /^(\d{1,16}) (.+)$/s.exec(cursor) ?? [];
  if (at === undefined || key === undefined)
    throw new ForewarmError('E_REQUEST_INVALID', 'the cursor is none of a page of the quarantine');
  return { at: Number(at), key };
}

/** The names of the sources that match. */
function chosen({ sources, budgets }: QuarantineVerbsDeps, { source, origin }: QuarantineFilter): string[] {
  if (source !== undefined && !sources.has(source)) throw unknownName('source', source, [...sources.keys()]);
  if (origin !== undefined && !budgets.has(origin)) throw unknownName('origin', origin, [...budgets.keys()]);
  return [...sources.values()]
    .filter((each) => source === undefined || each.name === source)
    .filter((each) => origin === undefined || each.origin === origin)
    .map((each) => each.name);
}

/** Passes each key of a source that is in quarantine, page by page. */
async function walk(
  { catalog, sources }: QuarantineVerbsDeps,
  source: string,
  pass: (keys: readonly QuarantinedKey[]) => Promise<void>,
): Promise<void> {
  const origin = sources.get(source)?.origin ?? '';
  const passed = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await catalog.scan(source, cursor, PAGE, 'quarantined');
    const news = page.records.filter(({ key }) => !passed.has(key));
    if (passed.size < REMEMBERED) for (const { key } of news) passed.add(key);
    if (news.length > 0) await pass(news.flatMap((record) => viewOf(source, origin, record)));
    cursor = page.cursor;
  } while (cursor !== undefined);
}

function viewOf(source: string, origin: string, { key, dueAt, failure }: CatalogRecord): QuarantinedKey[] {
  if (failure === undefined) return [];
  const { reason, count, at } = failure;
  return [{ key, source, origin, reason, failures: count, at, retryAt: dueAt }];
}

async function releaseAll(deps: QuarantineVerbsDeps, of: QuarantineFilter): Promise<number> {
  const released = await Promise.all(
    chosen(deps, of).map(async (source) => {
      let count = 0;
      await walk(deps, source, async (keys) => {
        count += await releaseOf(deps, source, keys);
      });
      return count;
    }),
  );
  return released.reduce((sum, count) => sum + count, 0);
}

/** Keys that no source has, and those that are not in quarantine, are passed over. */
async function releaseNamed(
  deps: QuarantineVerbsDeps,
  keys: readonly string[],
  of: QuarantineFilter,
): Promise<number> {
  if (Object.values(of).some((value) => value !== undefined))
    throw new ForewarmError(
      'E_REQUEST_INVALID',
      'keys are named, and a source or an origin beside them; give one or the other',
    );
  const { catalog, sources } = deps;
  const bySource = Map.groupBy(new Set(keys), (key) => sourceOfKey(sources, key)?.name);
  let released = 0;
  for (const [source, own] of bySource) {
    if (source === undefined) continue;
    const records = (await catalog.get(source, own)).filter((record) => record?.failure?.quarantined);
    released += await releaseOf(
      deps,
      source,
      records.filter((record) => record !== undefined),
    );
  }
  return released;
}

async function releaseOf(
  { catalog, clock }: QuarantineVerbsDeps,
  source: string,
  records: readonly Pick<CatalogRecord, 'key'>[],
): Promise<number> {
  const dueAt = clock.now();
  await catalog.settle(
    source,
    records.map(({ key }) => ({ key, dueAt, released: true })),
  );
  return records.length;
}
