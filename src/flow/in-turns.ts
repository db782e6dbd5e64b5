import { rest } from './breath.ts';

/** Steps between two turns of the event loop. */
const STEPS = 100;

/** What a generator returns. Each of its steps is short; others have their turn between some of them. */
export async function inTurns<T>(steps: Generator<unknown, T>): Promise<T> {
  for (let count = 1; ; count += 1) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (count % STEPS === 0) await rest();
  }
}
