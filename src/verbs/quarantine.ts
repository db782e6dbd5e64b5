/** Quarantine: keys that failed so many times in a row that they are set aside; list them, and release them. */
import { z } from 'zod';
import type { Catalog, CatalogRecord } from '../catalog/catalog.ts';
import { type Methods, withChecks } from '../core/arguments.ts';
import type { Clock } from '../core/clock.ts';
import { type Sources, sourceOfKey } from '../core/sources.ts';
import { limitArgument, time } from './shapes.ts';

export const quarantinedKey = z.object({
  key: z.string(),
  source: z.string(),
  reason: z.string().describe('Why its last attempt failed.'),
  failures: z.int().describe('Attempts in a row that failed.'),
  at: time().describe('When the last one failed.'),
  retryAt: time().describe('When it is tried again.'),
});
export const quarantinePage = z.object({ keys: z.array(quarantinedKey) });
export type QuarantinedKey = z.infer<typeof quarantinedKey>;
export type QuarantinePage = z.infer<typeof quarantinePage>;

/** The shapes that the API describes by name. */
export const quarantineShapes = { QuarantinedKey: quarantinedKey };

export interface QuarantineVerbs {
  /** Those that failed last come first. */
  quarantine(limit?: number): Promise<QuarantinePage>;
  /** Makes keys due now, and forgets that they failed; all of them when none is named. Returns how many were in quarantine. */
  release(keys: readonly string[]): Promise<number>;
}

export interface QuarantineVerbsDeps {
  readonly catalog: Pick<Catalog, 'scan' | 'get' | 'settle'>;
  readonly sources: Sources;
  readonly clock: Clock;
}

/** Keys of each source that are looked at, or released when all are meant. */
const MOST = 100_000;
/** Of one page of failures. */
const PAGE = 500;

const methods = {
  quarantine: [limitArgument(100)],
  release: [['keys', z.array(z.string())]],
} as const satisfies Methods;

export function quarantineVerbs(deps: QuarantineVerbsDeps): QuarantineVerbs {
  return withChecks(methods, {
    quarantine: (limit) => pageOf(deps, limit),
    release: (keys) => (keys.length === 0 ? releaseAll(deps) : release(deps, keys)),
  });
}

async function pageOf({ catalog, sources }: QuarantineVerbsDeps, limit: number): Promise<QuarantinePage> {
  const pages = await Promise.all(
    [...sources.keys()].map(async (source) =>
      (await setAside(catalog, source)).flatMap((record) => viewOf(source, record)),
    ),
  );
  return {
    keys: pages
      .flat()
      .sort((a, b) => b.at - a.at)
      .slice(0, limit),
  };
}

/** A walk may pass a key twice. */
async function setAside(
  catalog: QuarantineVerbsDeps['catalog'],
  source: string,
): Promise<readonly CatalogRecord[]> {
  const found = new Map<string, CatalogRecord>();
  let cursor: string | undefined;
  do {
    const page = await catalog.scan(source, cursor, PAGE, 'quarantined');
    for (const record of page.records) found.set(record.key, record);
    cursor = page.cursor;
  } while (cursor !== undefined && found.size < MOST);
  return [...found.values()];
}

function viewOf(source: string, { key, dueAt, failure }: CatalogRecord): QuarantinedKey[] {
  if (failure === undefined) return [];
  const { reason, count, at } = failure;
  return [{ key, source, reason, failures: count, at, retryAt: dueAt }];
}

async function releaseAll(deps: QuarantineVerbsDeps): Promise<number> {
  const released = await Promise.all(
    [...deps.sources.keys()].map(async (source) => {
      const records = await setAside(deps.catalog, source);
      return releaseOf(deps, source, records);
    }),
  );
  return released.reduce((sum, count) => sum + count, 0);
}

/** Keys that no source has, and those that are not in quarantine, are passed over. */
async function release(deps: QuarantineVerbsDeps, keys: readonly string[]): Promise<number> {
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
  records: readonly CatalogRecord[],
): Promise<number> {
  const dueAt = clock.now();
  await catalog.settle(
    source,
    records.map(({ key }) => ({ key, dueAt, released: true })),
  );
  return records.length;
}
