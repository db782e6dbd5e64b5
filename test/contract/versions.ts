/** What every store of shared versions must do, and for each clause one that does not. */
import { expect } from 'vitest';
import type { SharedVersion, Versions } from '../../src/catalog/versions.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

/** In microseconds, as stamps are: too large for 32 bits. */
const AT = 1_767_225_600_000_000;

const versionsClauses: ClausesWithLiars<Versions> = {
  'knows no version of a source of which none was noted': {
    async check(versions) {
      await versions.note('profile', { version: 'b', stamp: AT });
      expect(await versions.of('quote')).toBeUndefined();
    },
    lie: (honest) => liar(honest, { of: () => honest.of('profile') }),
  },

  'returns the version with the highest stamp, in whatever order they are noted': {
    async check(versions) {
      await versions.note('quote', { version: 'a', stamp: AT + 1 });
      await versions.note('quote', { version: 'c', stamp: AT + 3 });
      await versions.note('quote', { version: 'd', stamp: AT + 2 });
      expect(await versions.of('quote')).toEqual({ version: 'c', stamp: AT + 3 });
    },
    lie(honest) {
      let latest: SharedVersion | undefined;
      return liar(honest, {
        async note(_, seen) {
          latest = seen;
        },
        of: async () => latest,
      });
    },
  },

  'keeps the versions of each source apart': {
    async check(versions) {
      await versions.note('quote', { version: 'a', stamp: AT + 1 });
      await versions.note('profile', { version: 'b', stamp: 1 });
      expect(await versions.of('quote')).toEqual({ version: 'a', stamp: AT + 1 });
      expect(await versions.of('profile')).toEqual({ version: 'b', stamp: 1 });
    },
    lie: (honest) =>
      liar(honest, { note: (_, seen) => honest.note('one', seen), of: () => honest.of('one') }),
  },

  'takes the same version again without a change': {
    async check(versions) {
      await versions.note('quote', { version: 'a', stamp: AT });
      await versions.note('quote', { version: 'a', stamp: AT });
      expect(await versions.of('quote')).toEqual({ version: 'a', stamp: AT });
    },
    lie(honest) {
      let told = 0;
      return liar(honest, {
        note(source, { version, stamp }) {
          told += 1;
          return honest.note(source, { version, stamp: stamp + told - 1 });
        },
      });
    },
  },

  'returns any text as it was noted': {
    async check(versions) {
      for (const [i, version] of ['a|b', '"x"', 'W/"ü"', '1', ''].entries()) {
        await versions.note('quote', { version, stamp: AT + i });
        expect(await versions.of('quote')).toEqual({ version, stamp: AT + i });
      }
    },
    lie: (honest) =>
      liar(honest, {
        async of(source) {
          const seen = await honest.of(source);
          return seen && { ...seen, version: seen.version.split('|')[0] ?? '' };
        },
      }),
  },
};

export const { clauses: VERSIONS_CLAUSES, liars: VERSIONS_LIARS } = apart(versionsClauses);
