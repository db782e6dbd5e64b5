/** Sources and entity sets for tests. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EntitySetOptions, entitySetOptions } from '../../src/catalog/entities/options.ts';
import { KeyTemplate } from '../../src/core/key.ts';
import type { Source } from '../../src/core/source.ts';
import { temporaryFolder } from './disk.ts';

export const TTL = 100_000;
export const GRACE = 500_000;
export const ABSENT_TTL = 30_000;

/** A source `profile` of origin `markets`: due after 80 s, stale after 100 s, gone after 600 s. */
export function sourceWith(changes: Partial<Source> & { readonly template?: string } = {}): Source {
  const { template, ...rest } = changes;
  const name = rest.name ?? 'profile';
  return {
    name,
    origin: 'markets',
    temperature: 'warm',
    key: KeyTemplate.parse(template ?? `${name}:{market}`),
    lifetime: { ttl: TTL, refreshAhead: 0.8, grace: GRACE },
    spread: 0,
    absentTtl: ABSENT_TTL,
    absence: 0.1,
    tags: [],
    guard: {
      notEmpty: true,
      require: [],
      minBytes: 0,
      minItems: 0,
      maxBytes: 0,
      contentTypes: [],
      error: undefined,
    },
    miss: { policy: 'none', softDeadline: 0, hardDeadline: 5_000 },
    format: 'json',
    keysPerCall: 1,
    asks: 'here',
    refusal: () => undefined,
    request: {},
    ...rest,
  };
}

/** An entity set in a CSV file of its own; the first row is the header, its first column the id. */
export function csvOf(rows: readonly (readonly string[])[]): EntitySetOptions {
  const file = join(temporaryFolder(), 'entities.csv');
  const quoted = rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','));
  writeFileSync(file, `${quoted.join('\n')}\n`);
  return entitySetOptions.parse({ csv: file, id: rows[0]?.[0] });
}

/** So many markets, `m0`, `m1` and so on. */
export function marketsCsv(count: number): EntitySetOptions {
  return csvOf([['market'], ...marketsOf(count).map((market) => [market])]);
}

export function marketsOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `m${i}`);
}

export function keysOf(count: number, source = 'profile'): string[] {
  return marketsOf(count).map((market) => `${source}:${market}`);
}
