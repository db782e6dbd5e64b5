/** Random inputs to every parser: none may crash, take long, or throw an error that is not Forewarm's. */
import type { Random } from '../../src/core/clock.ts';
import { seeded } from '../support/chaos-tier.ts';
import { mutated } from './mutate.ts';
import { isOurs, type Parser } from './parsers.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** Over all parsers, about. */
  readonly inputs: number;
  readonly parsers: readonly Parser[];
  readonly say?: (text: string) => void;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly refused: number;
  /** Each with the input that shows it. */
  readonly problems: readonly string[];
  readonly slowestMs: number;
}

/** One input may take no more of the thread's processor time: an event loop has other things to do. */
const LONGEST_MS = 50;
/** Of each parser. */
const MOST_PROBLEMS = 3;

export function fuzz({ seed, inputs, parsers, say = () => {} }: FuzzOptions): FuzzReport {
  const all = parsers.reduce((sum, { share }) => sum + share, 0);
  const reports = parsers.map((parser, i) => {
    const report = fuzzOne(parser, Math.ceil((inputs * parser.share) / all), seeded(seed + i));
    say(
      `${parser.name}: ${report.inputs} inputs, ${report.refused} refused, slowest ${report.slowestMs.toFixed(1)} ms`,
    );
    return report;
  });
  return {
    inputs: reports.reduce((sum, report) => sum + report.inputs, 0),
    refused: reports.reduce((sum, report) => sum + report.refused, 0),
    problems: reports.flatMap(({ problems }) => problems),
    slowestMs: Math.max(...reports.map(({ slowestMs }) => slowestMs)),
  };
}

function fuzzOne(parser: Parser, inputs: number, random: Random): FuzzReport {
  const problems: string[] = [];
  let [refused, slowestMs] = [0, 0];
  for (let i = 0; i < inputs && problems.length < MOST_PROBLEMS; i += 1) {
    const input = mutated(parser.examples, random);
    const { error, ms } = tried(parser, input);
    slowestMs = Math.max(slowestMs, ms);
    if (error !== undefined) refused += 1;
    const problem = problemOf(parser, error, input, ms);
    if (problem !== undefined)
      problems.push(`${parser.name}: ${problem}, for ${JSON.stringify(input.slice(0, 300))}`);
  }
  return { inputs, refused, problems, slowestMs };
}

/** One that takes long is tried twice more: the first may have been compiled meanwhile. */
function problemOf(parser: Parser, error: unknown, input: string, ms: number): string | undefined {
  if (error !== undefined && !isOurs(error, parser)) return `threw ${String(error).slice(0, 200)}`;
  const best = ms <= LONGEST_MS ? ms : Math.min(tried(parser, input).ms, tried(parser, input).ms);
  return best > LONGEST_MS ? `took ${Math.round(best)} ms` : undefined;
}

function tried({ parse }: Parser, input: string): { readonly error: unknown; readonly ms: number } {
  const before = process.threadCpuUsage();
  const spent = () => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  };
  try {
    parse(input);
    return { error: undefined, ms: spent() };
  } catch (error) {
    return { error: error ?? new Error('nothing was thrown'), ms: spent() };
  }
}
