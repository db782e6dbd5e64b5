import { setImmediate } from 'node:timers/promises';
import { messageOf } from '../../src/core/errors.ts';

/**
 * What becomes of it within so many turns: `read`, the message of its error, or `never`. `pass` has time pass on the clock of the
 * test, once in each turn of the event loop.
 */
export async function outcomeOf(
  pending: Promise<unknown>,
  turns: number,
  pass: (turn: number) => unknown,
): Promise<string> {
  let said: string | undefined;
  pending.then(
    () => {
      said = 'read';
    },
    (error) => {
      said = messageOf(error);
    },
  );
  for (let turn = 0; turn < turns && said === undefined; turn += 1) {
    await setImmediate();
    await pass(turn);
  }
  return said ?? 'never';
}
