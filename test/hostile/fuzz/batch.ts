/** A stretch of the inputs of one parser, tried one after the other. */
import { attempt } from './attempt.ts';
import { inputOf } from './inputs.ts';
import type { Parser } from './parser.ts';

export interface Stretch {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
}

export interface Finding {
  readonly parser: string;
  /** Makes the input again, with the seed of the run. */
  readonly index: number;
  readonly problem: string;
  /** The beginning of the input. */
  readonly input: string;
}

export interface Tally {
  readonly inputs: number;
  readonly refused: number;
  readonly slowestMs: number;
  readonly findings: readonly Finding[];
}

export const NOTHING: Tally = { inputs: 0, refused: 0, slowestMs: 0, findings: [] };

/** More of one stretch only repeat what the first ones say. */
const MOST_FINDINGS = 3;

export async function tallyOf(
  parser: Parser,
  { seed, from, count }: Stretch,
  before: (index: number) => void = () => {},
): Promise<Tally> {
  const findings: Finding[] = [];
  let [refused, slowestMs] = [0, 0];
  let index = from;
  for (; index < from + count && findings.length < MOST_FINDINGS; index += 1) {
    before(index);
    const input = inputOf(parser, seed, index);
    const { problem, ms, refused: isRefused } = await attempt(parser, input);
    if (isRefused) refused += 1;
    slowestMs = Math.max(slowestMs, ms);
    if (problem !== undefined) findings.push(findingOf(parser, index, problem, input));
  }
  return { inputs: index - from, refused, slowestMs, findings };
}

export function findingOf(parser: Parser, index: number, problem: string, input: string): Finding {
  return { parser: parser.name, index, problem, input: input.slice(0, 300) };
}

export function sumOf(one: Tally, other: Tally): Tally {
  return {
    inputs: one.inputs + other.inputs,
    refused: one.refused + other.refused,
    slowestMs: Math.max(one.slowestMs, other.slowestMs),
    findings: [...one.findings, ...other.findings],
  };
}

/** What one line says of a parser. */
export function tallyWords(name: string, { inputs, refused, slowestMs, findings }: Tally): string {
  const share = inputs === 0 ? 0 : Math.round((100 * refused) / inputs);
  const counts = `${String(inputs).padStart(9)}  ${String(share).padStart(3)} %  ${slowestMs.toFixed(0).padStart(4)} ms`;
  return `${name.padEnd(34)}${counts}  ${findings.length} problems`;
}
