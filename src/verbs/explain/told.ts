/** What a rule says of a key: one sentence, by a cause that programs can tell apart. */
import type { LedgerState } from '../../budget/ledger.ts';
import { counted } from '../../core/counted.ts';
import { shellWord } from '../../core/shell-word.ts';
import type { KeyFacts } from './key-facts.ts';

/** How a rule puts it: a sentence alone, or with more beside it. */
export type Said =
  | string
  | {
      readonly sentence: string;
      readonly until?: number | undefined;
      readonly by?: string | undefined;
      /** The words of a command of this program. */
      readonly command?: readonly string[] | undefined;
    }
  | undefined;

/** A cause with the sentence that tells it; undefined where it does not apply. */
export type Rules<C extends string> = Readonly<Record<C, (facts: KeyFacts) => Said>>;

export interface Told<C extends string> {
  readonly cause: C;
  readonly sentence: string;
  readonly until: number | null;
  readonly by: string | null;
  readonly command: string | null;
}

/** What applies, in the order of the rules. */
export function tell<C extends string>(rules: Rules<C>, facts: KeyFacts): Told<C>[] {
  // The names of a table are its causes.
  return (Object.keys(rules) as C[]).flatMap((cause) => {
    const said = rules[cause](facts);
    if (said === undefined) return [];
    const {
      sentence,
      until = null,
      by = null,
      command,
    } = typeof said === 'string' ? { sentence: said } : said;
    return [{ cause, sentence, until, by, command: command?.map(shellWord).join(' ') ?? null }];
  });
}

/** Rules of which the first that applies is the only one. */
export function firstOnly<C extends string>(causes: readonly C[], decisive: Rules<C>): Rules<C> {
  const rules = causes.map((cause, i) => [
    cause,
    (facts: KeyFacts): Said =>
      causes.slice(0, i).some((earlier) => decisive[earlier](facts) !== undefined)
        ? undefined
        : decisive[cause](facts),
  ]);
  // One for each cause.
  return Object.fromEntries(rules) as Rules<C>;
}

/** `"a", "b"`. */
export function namesOf(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

/** `5.00 calls a second and 4 calls at a time`: either may be the one that fell. */
export function limitsText({ intervalMs, concurrency }: LedgerState['limits']): string {
  const pace = intervalMs === 0 ? '' : `${(1_000 / intervalMs).toPrecision(3)} calls a second and `;
  return `${pace}${counted(concurrency, 'call')} at a time`;
}
