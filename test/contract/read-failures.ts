/** What every store of read failures must do, and for each clause one that does not. */
import { expect } from 'vitest';
import type { ReadFailures } from '../../src/catalog/read-failures.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

const readFailuresClauses: ClausesWithLiars<ReadFailures> = {
  'remembers the last reason of a key, as it was told': {
    async check(failures) {
      await failures.note('quote', new Map([['quote:1', 'a|b\n"c"']]), 10);
      expect(await failures.of('quote', 'quote:1')).toEqual({ reason: 'a|b\n"c"', at: 10 });
      await failures.note('quote', new Map([['quote:1', 'answered 500']]), 20);
      await failures.note('quote', new Map(), 30);
      expect(await failures.of('quote', 'quote:1')).toEqual({ reason: 'answered 500', at: 20 });
    },
    lie: (honest) => liar(honest, { note: (source, reasons) => honest.note(source, reasons, 10) }),
  },

  'keeps keys and sources apart': {
    async check(failures) {
      await failures.note('quote', new Map([['quote:1', 'answered 500']]), 10);
      expect(await failures.of('quote', 'quote:2')).toBeUndefined();
      expect(await failures.of('profile', 'quote:1')).toBeUndefined();
    },
    lie: (honest) => liar(honest, { of: (_, key) => honest.of('quote', key) }),
  },
};

export const { clauses: READ_FAILURES_CLAUSES, liars: READ_FAILURES_LIARS } = apart(readFailuresClauses);
