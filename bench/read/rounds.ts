/** Rounds: every contender in turn, again and again, so that what else the machine does meets all of them alike. */
import { median } from '../figures.ts';

export interface Contender {
  readonly name: string;
  /** Does so many operations. */
  readonly act: (count: number) => Promise<void> | void;
  /** How many in one round. */
  readonly count: number;
}

export interface Timed {
  readonly name: string;
  /** Microseconds for one operation: the median over the rounds. */
  readonly micros: number;
}

/** One round more is done before those that count. */
export async function timeAll(contenders: readonly Contender[], rounds: number): Promise<Timed[]> {
  const micros = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, act, count } of contenders) {
      const began = performance.now();
      await act(count);
      if (round > 0) micros.get(name)?.push(((performance.now() - began) * 1_000) / count);
    }
  }
  return [...micros].map(([name, values]) => ({ name, micros: median(values) }));
}

/** How many times as fast as another one is. */
export function timesAsFast(timed: readonly Timed[], name: string, other: string): number {
  const of = (wanted: string) => timed.find((each) => each.name === wanted)?.micros ?? Number.NaN;
  return of(other) / of(name);
}
