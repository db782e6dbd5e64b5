/** For each clause of the contract of loading missing keys, a broken loader that it must reject. A clause without a liar fails. */

import { describe, expect, it } from 'vitest';
import type { MissLoader } from '../../src/client/misses/miss-loader.ts';
import { NEVER } from '../../src/core/never.ts';
import { LOADERS, loaderSubject } from '../client/loaders.steps.ts';
import { MISS_LOADER_CLAUSES } from './miss-loader.ts';

type Lie = (honest: MissLoader) => MissLoader['load'];

const LIARS: Readonly<Record<string, Lie>> = {
  'reports every key once': (honest) => (source, missing, onLoaded, signal) =>
    honest.load(
      source,
      missing,
      (keys) => {
        onLoaded(keys);
        onLoaded(keys.slice(0, 1));
      },
      signal,
    ),
  'reports a key only when it can be read': (honest) => async (source, missing, onLoaded, signal) => {
    onLoaded(missing.map(({ key }) => key));
    return honest.load(source, missing, () => undefined, signal);
  },
  'ends without a report of what it cannot load, and loads the rest':
    (honest) => async (source, missing, onLoaded, signal) => {
      const loaded: string[] = [];
      const failures = await honest.load(source, missing, (keys) => void loaded.push(...keys), signal);
      if (loaded.length === missing.length) onLoaded(loaded);
      return failures;
    },
  'resolves to why it could not load what it did not report':
    (honest) => async (source, missing, onLoaded, signal) => {
      await honest.load(source, missing, onLoaded, signal);
      return new Map();
    },
  'loads keys whose params only the caller knows': (honest) => (source, missing, onLoaded, signal) =>
    honest.load(
      source,
      missing.map(({ key }) => ({ key, params: undefined, newerThan: 0 })),
      onLoaded,
      signal,
    ),
  'loads again what it loaded before, as when it was dropped since': (honest) => {
    const known = new Set<string>();
    return (source, missing, onLoaded, signal) => {
      const open = missing.filter(({ key }) => !known.has(key));
      for (const { key } of open) known.add(key);
      return honest.load(source, open, onLoaded, signal);
    };
  },
  'rejects with the reason soon after its signal aborts': (honest) => (source, missing, onLoaded) =>
    honest.load(source, missing, onLoaded, NEVER),
  'rejects with E_REDIS_UNAVAILABLE when it cannot work without Redis':
    (honest) => async (source, missing, onLoaded, signal) => {
      return honest.load(source, missing, onLoaded, signal).catch(() => new Map());
    },
};

describe('each clause of the contract of loading missing keys rejects a loader that breaks it', () => {
  it('has a liar for every clause', () => {
    expect(Object.keys(LIARS).sort()).toEqual(Object.keys(MISS_LOADER_CLAUSES).sort());
  });

  for (const [sentence, lie] of Object.entries(LIARS)) {
    it(sentence, async () => {
      const honest = await loaderSubject(LOADERS.origin);
      const clause = MISS_LOADER_CLAUSES[sentence];
      const load = lie(honest.loader);
      await expect(clause?.({ ...honest, loader: { load } })).rejects.toThrow();
    });
  }
});
