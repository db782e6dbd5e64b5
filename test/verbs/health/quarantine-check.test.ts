import { expect, test } from 'vitest';
import type { Catalog, CatalogRecord } from '../../../src/catalog/catalog.ts';
import { quarantineCheck } from '../../../src/verbs/health/checks/queue/quarantine.ts';
import type { Examination } from '../../../src/verbs/health/examination.ts';
import { sourceWith } from '../../support/sources.ts';

const record = (key: string): CatalogRecord => ({ key, dueAt: 0, failure: undefined, keptUntil: undefined });

/** What is found of a catalog with these pages of failures, of which only some are in quarantine. */
async function findings(pageAt: (page: number) => readonly string[], pages: number) {
  let walked = 0;
  const scan: Catalog['scan'] = async (_, cursor = '0') => {
    walked += 1;
    const next = Number(cursor) + 1;
    return { records: pageAt(next - 1).map(record), cursor: next < pages ? String(next) : undefined };
  };
  const examination = { catalog: { scan }, sources: new Map([['profile', sourceWith()]]) };
  // The check looks at nothing else.
  const found = await quarantineCheck.examine(examination as unknown as Examination, NEVER);
  return { found: found.map(({ level, finding }) => `${level}: ${finding}`), walked };
}

const NEVER = new AbortController().signal;

test('keys in quarantine are found among many that fail, whatever page they are on', async () => {
  const last = await findings((page) => (page === 6 ? ['a', 'b', 'a', 'c'] : []), 7);
  expect(last).toEqual({ found: ['warning: 3 keys in quarantine'], walked: 7 });
  const none = await findings(() => [], 7);
  expect(none).toEqual({ found: ['ok: it is empty'], walked: 7 });
});

test('of more failures than are looked at, it is not said that none is in quarantine', async () => {
  const none = await findings(() => [], 1_000);
  expect(none.found).toEqual(['note: none in quarantine among 20,000 failing keys; not all were looked at']);
  expect(none.walked).toBe(40);
  const many = await findings((page) => Array.from({ length: 300 }, (_, i) => `${page}:${i}`), 1_000);
  expect(many).toEqual({ found: ['warning: 600 keys or more in quarantine'], walked: 2 });
});
