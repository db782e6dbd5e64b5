/** What clauses about the verbs work with, and the steps that they are made of. */

import { expect } from 'vitest';
import type { ErrorCode } from '../../src/core/errors.ts';
import { purgeRequest } from '../../src/verbs/maintenance/maintenance-shapes.ts';
import type { RunView } from '../../src/verbs/runs/run-shapes.ts';
import { type WarmRequest, warmRequest } from '../../src/verbs/runs/warm-request.ts';
import type { Verbs } from '../../src/verbs/verbs.ts';
import { found } from '../support/entry-reads.ts';

/**
 * A system with one source, `profile`, and one entity set, `markets`, which give ten keys. Nothing is stored in it, no key is
 * warmed yet, and nothing happens by itself. Its schedules are `nightly`, which makes a run, and `warm`, which makes none.
 */
export interface VerbsSubject {
  readonly verbs: Verbs;
  /** The ten keys. */
  readonly keys: readonly string[];
  /** How long a value is fresh or due, and how long after that it is served stale; in ms. */
  readonly lifetime: { readonly ttl: number; readonly grace: number };
  /** Fetches and stores values of these keys now; each value is its key as JSON. */
  readonly store: (keys: readonly string[]) => Promise<void>;
  readonly pass: (ms: number) => Promise<void>;
  /** Lets time pass until it is done. */
  readonly drive: <T>(work: Promise<T>) => Promise<T>;
  /** Does the jobs of a run until it has ended. */
  readonly work: (run: string) => Promise<void>;
  /** Makes a dead letter of a key; later ones are newer. */
  readonly bury: (key: string, run?: string) => Promise<void>;
  /** Has a key fail so often that it is in quarantine; later ones are newer. */
  readonly setAside: (key: string) => Promise<void>;
  /** From now on this process cannot do its work. */
  readonly fail: () => void;
}

export interface VerbsClause {
  readonly check: (subject: VerbsSubject) => Promise<void>;
  /** Members of a broken implementation, which the check must catch. */
  readonly lie: (honest: VerbsSubject) => Partial<Verbs>;
}

export type VerbsClauses = Readonly<Record<string, VerbsClause>>;

export const NEVER = new AbortController().signal;
export const WATCH = { signal: NEVER, onProgress: () => {} };
/** Selectors that name what is not configured. */
export const UNKNOWN = ['source=nothing', 'entities=nothing', 'key=nowhere', 'colour=red'];

/** A request with everything else as it is by default. */
export function warmOf(change: Partial<WarmRequest> = {}): WarmRequest {
  return warmRequest.parse(change);
}

export function purgeOf(change: Partial<ReturnType<typeof purgeRequest.parse>>) {
  return purgeRequest.parse({ selector: 'source=profile', ...change });
}

export async function expectRejection(work: Promise<unknown>, code: ErrorCode): Promise<void> {
  await expect(work).rejects.toMatchObject({ code });
}

/** A run that has ended. */
export async function finished({ verbs, work }: VerbsSubject, change: Partial<WarmRequest> = {}) {
  const { run } = await verbs.warm(warmOf(change), 'api');
  await work(run.id);
  return verbs.run(run.id);
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

/** What every page holds, until there is no next one. */
export async function pages<T>(
  read: (
    cursor: string | undefined,
  ) => Promise<{ readonly rows: readonly T[]; readonly cursor: string | null }>,
): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  for (let n = 0; n < 50; n += 1) {
    const page = await read(cursor);
    all.push(...page.rows);
    if (page.cursor === null) return all;
    cursor = page.cursor;
  }
  throw new Error('the pages do not end');
}

/** The key of each value, or undefined where there is none. */
export async function readable({ verbs, keys }: VerbsSubject): Promise<(string | undefined)[]> {
  return (await verbs.getMany(keys)).map((read) => found(read)?.head.key);
}

export function textOf(body: Uint8Array | undefined): string | undefined {
  return body === undefined ? undefined : Buffer.from(body).toString();
}

/** Its outcomes and its pending keys are its manifest. */
export function expectToAddUp(run: RunView): void {
  const outcomes = Object.values(run.counts).reduce((sum, count) => sum + count, 0);
  expect(outcomes + run.pending).toBe(run.total);
}
