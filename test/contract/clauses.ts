/**
 * Contract suites whose clauses are data: a sentence, the proof of it, and a liar that the proof must catch. A new
 * implementation runs `describeContract`; `describeLiars` runs once, where the suite has an honest one to start from.
 */
import { describe, expect, test } from 'vitest';

export interface Clause<Contract> {
  readonly check: (subject: Contract) => Promise<void>;
  /** An implementation that breaks this clause. */
  readonly lie: (honest: Contract) => Contract;
}

export type Clauses<Contract> = Readonly<Record<string, Clause<Contract>>>;

/** Runs the clauses on an implementation; each gets a new, empty one. */
export function describeContract<Contract>(
  name: string,
  clauses: Clauses<Contract>,
  create: () => Contract,
): void {
  describe(name, () => {
    for (const [sentence, { check }] of Object.entries(clauses)) test(sentence, () => check(create()));
  });
}

/** Shows that each clause can fail. */
export function describeLiars<Contract>(
  name: string,
  clauses: Clauses<Contract>,
  create: () => Contract,
): void {
  describe(`${name} catches a liar about each clause`, () => {
    for (const [sentence, { check, lie }] of Object.entries(clauses)) {
      test(sentence, () => expect(check(lie(create()))).rejects.toThrow());
    }
  });
}
