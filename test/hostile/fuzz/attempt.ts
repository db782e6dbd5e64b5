/** One input, tried: whether the parser refuses it, how long the input holds the thread up, and what is wrong with that. */
import { setImmediate } from 'node:timers/promises';
import { threadMs } from '../../support/turns.ts';
import { isOurs, type Parser } from './parser.ts';

/** One input may take no more of the thread's time: an event loop has other things to do. */
export const LONGEST_MS = 50;
/** A message is read by people, in lines of a log. */
const LONGEST_LINE = 2_100;
const MOST_LINES = 260;

export interface Attempt {
  readonly refused: boolean;
  /** The longest piece without a turn of the event loop. */
  readonly ms: number;
  readonly problem: string | undefined;
}

/** What seems to take long is tried twice more, in processor time: the first may have been compiled meanwhile, or the machine busy. */
export async function attempt(parser: Parser, input: string): Promise<Attempt> {
  const began = performance.now();
  const { thrown, ms } = await tried(parser, input, performance.now.bind(performance));
  const problem = thrown === undefined ? undefined : errorProblem(parser, thrown.error);
  if (problem !== undefined) return { refused: true, ms, problem };
  if (performance.now() - began <= LONGEST_MS) return { refused: thrown !== undefined, ms, problem };
  const again = [await tried(parser, input, threadMs), await tried(parser, input, threadMs)];
  const best = Math.min(...again.map((one) => one.ms));
  const slow = best > LONGEST_MS ? `took ${Math.round(best)} ms` : undefined;
  return { refused: thrown !== undefined, ms: Math.min(ms, best), problem: slow };
}

function errorProblem(parser: Parser, error: unknown): string | undefined {
  if (!isOurs(error, parser)) return `threw ${String(error).slice(0, 300)}`;
  const { message } = error as Error;
  const lines = message.split('\n');
  if (lines.length > MOST_LINES || lines.some((line) => line.length > LONGEST_LINE))
    return `has an error message of ${message.length} characters`;
  return undefined;
}

interface Tried {
  readonly thrown: { readonly error: unknown } | undefined;
  readonly ms: number;
}

/** Between two turns of the event loop the clock is read, so that each piece is measured by itself. */
async function tried({ read }: Parser, input: string, clock: () => number): Promise<Tried> {
  let longest = 0;
  let began = clock();
  const lap = () => {
    const now = clock();
    longest = Math.max(longest, now - began);
    began = now;
  };
  let thrown: Tried['thrown'];
  try {
    const reading = read(input);
    if (reading instanceof Promise) await untilSettled(reading, lap);
  } catch (error) {
    thrown = { error };
  }
  lap();
  return { thrown, ms: longest };
}

async function untilSettled(reading: Promise<unknown>, lap: () => void): Promise<void> {
  let settled = false;
  const end = () => {
    settled = true;
  };
  reading.then(end, end);
  while (!settled) {
    await setImmediate();
    lap();
  }
  await reading;
}
