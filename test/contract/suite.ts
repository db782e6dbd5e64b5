/**
 * A contract as data: sentences and their proofs. `describeContract` makes a test of each for one implementation;
 * `describeLiars` shows that each can fail, on a broken implementation of its own.
 */
import { describe, expect, it } from 'vitest';

/** Throws where the subject does not do what the sentence says. */
export type Clauses<Subject> = Readonly<Record<string, (subject: Subject) => Promise<void>>>;

/** A clause with the lie that it must catch. */
export interface ClauseWithLiar<Subject> {
  readonly check: (subject: Subject) => Promise<void>;
  /** What makes a subject that keeps all clauses break this one. */
  readonly lie: (honest: Subject) => Subject;
}

/** Clauses whose liars stand beside them. */
export type ClausesWithLiars<Subject> = Readonly<Record<string, ClauseWithLiar<Subject>>>;

/** Clauses and liars by themselves. */
export function apart<Subject>(all: ClausesWithLiars<Subject>) {
  const pick = <T>(of: (clause: ClauseWithLiar<Subject>) => T) =>
    Object.fromEntries(Object.entries(all).map(([sentence, clause]) => [sentence, of(clause)]));
  return { clauses: pick(({ check }) => check), liars: pick(({ lie }) => lie) };
}

/** `create` gives a fresh subject for each clause, and undoes it when the test is finished. */
export function describeContract<Subject>(
  name: string,
  clauses: Clauses<Subject>,
  create: () => Promise<Subject> | Subject,
): void {
  describe(name, () => {
    for (const [sentence, clause] of Object.entries(clauses)) {
      it(sentence, async () => clause(await create()));
    }
  });
}

/** `liars`: for each sentence, what makes a subject that keeps all clauses break this one. */
export function describeLiars<Subject>(
  contract: string,
  clauses: Clauses<Subject>,
  create: () => Promise<Subject> | Subject,
  liars: Readonly<Record<string, (honest: Subject) => Subject>>,
): void {
  describe(`each clause of ${contract} rejects a liar`, () => {
    it('has a liar for every clause, and no other', () => {
      expect(Object.keys(liars).sort()).toEqual(Object.keys(clauses).sort());
    });

    for (const [sentence, lie] of Object.entries(liars)) {
      it(sentence, async () => {
        const honest = await create();
        await expect(clauses[sentence]?.(lie(honest))).rejects.toThrow();
      });
    }
  });
}
