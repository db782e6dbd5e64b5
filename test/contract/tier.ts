/**
 * What every tier promises, as data: a sentence and the proof of it. `describeTier` makes a test of each; the liars in
 * `tier.liars.test.ts` show that each can fail.
 */
import { describe, expect, it } from 'vitest';
import type { Tier } from '../../src/tiers/tier.ts';
import { getClauses } from './tier.get.ts';
import { lifeClauses } from './tier.life.ts';
import { putClauses } from './tier.put.ts';
import { scanClauses } from './tier.scan.ts';

/** `many` is a number of keys that makes several pages. */
export type Clause = (tier: Tier, many: number) => Promise<void>;

/** Several pages of every tier's. */
export const MANY = 2_500;

/** Every clause wants a fresh, empty tier whose `maxBodyBytes` is at most a few MB. */
export const CLAUSES: Readonly<Record<string, Clause>> = {
  ...getClauses,
  ...putClauses,
  ...scanClauses,
  ...lifeClauses,
};

export interface TierSubject {
  readonly tier: Tier;
  /** Lets go of what the tier was given and does not own. */
  readonly release?: () => Promise<void>;
}

export interface DescribeTierOptions {
  readonly create: () => Promise<TierSubject> | TierSubject;
  /** `MANY` unless told: fewer where a key costs milliseconds, and still several pages. */
  readonly many?: number;
  /** Clauses that this tier cannot keep, and why. */
  readonly except?: Readonly<Record<string, string>>;
}

export function describeTier(name: string, options: DescribeTierOptions): void {
  const except = options.except ?? {};
  describe(`the tier contract, on ${name}`, () => {
    for (const [sentence, clause] of Object.entries(CLAUSES)) {
      if (except[sentence] !== undefined) continue;
      it(sentence, async () => {
        const subject = await options.create();
        try {
          await clause(subject.tier, options.many ?? MANY);
        } finally {
          await subject.tier.close();
          await subject.release?.();
        }
      });
    }

    it('excepts only clauses that exist, with a reason', () => {
      for (const [sentence, reason] of Object.entries(except)) {
        expect(Object.keys(CLAUSES)).toContain(sentence);
        expect(reason).not.toBe('');
      }
    });
  });
}
