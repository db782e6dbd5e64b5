import type { Parser } from './origin-parsers.ts';
import { inputsOf } from './random-inputs.ts';

/** Longer than this no input may hold up a process, in ms. */
const LONGEST_MS = 50;
/** Time of the processor, since a busy machine is not the parser's fault; and a collection of garbage neither: what took long is read again. */
const AGAIN = 3;

export interface Finding {
  readonly seed: number;
  readonly problem: string;
}

/** Has a parser read `count` inputs, each from a seed of its own, and returns those that it does not take as it should. */
export async function fuzz(parser: Parser, count: number, first = 1): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (let seed = first; seed < first + count; seed += 1) {
    const problem = await problemOf(parser, seed);
    if (problem !== undefined) findings.push({ seed, problem });
  }
  return findings;
}

async function problemOf(parser: Parser, seed: number): Promise<string | undefined> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let time = 0; time < AGAIN && shortest > LONGEST_MS; time += 1) {
    const inputs = inputsOf(seed, parser.dictionary);
    const began = process.cpuUsage();
    try {
      const reading = parser.read(inputs);
      shortest = Math.min(shortest, spentSince(began));
      await reading;
    } catch (thrown) {
      shortest = Math.min(shortest, spentSince(began));
      if (!parser.throws.some((kind) => thrown instanceof kind)) return `throws ${String(thrown)}`;
    }
  }
  return shortest > LONGEST_MS ? `takes ${Math.round(shortest)} ms` : undefined;
}

function spentSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}
