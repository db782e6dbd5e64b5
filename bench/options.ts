/** What the command line asks the benchmark for. */
import { Command, InvalidArgumentError, Option } from 'commander';

export const SECTIONS = ['0ms', '50ms', 'bytes', 'tick'] as const;
export type Section = (typeof SECTIONS)[number];

export interface BenchOptions {
  /** Keys that each contender warms in a round without latency; with latency half as many. */
  readonly keys: number;
  readonly rounds: number;
  readonly json: boolean;
  readonly only: readonly Section[];
  /** Tries that everything runs, on so little that the figures mean nothing. */
  readonly short: boolean;
  readonly profiles?: string;
}

export function optionsFrom(argv: readonly string[]): BenchOptions {
  const only = new Option('--only <section...>', 'only these parts').choices(SECTIONS).default(SECTIONS);
  const command = new Command('bench/warm.ts')
    .description('Measures Forewarm against a bare loop and against one BullMQ job per key, in one run.')
    .option('--keys <n>', 'keys per contender and round; half as many at 50 ms', whole, 20_000)
    .option('--rounds <n>', 'rounds, of which the median counts', whole, 5)
    .addOption(only)
    .option('--json', 'one JSON document in place of tables', false)
    .option('--short', 'a few keys, to see that it runs; the figures mean nothing', false)
    .option('--profiles <folder>', "write each contender's CPU profiles below this folder")
    .addHelpText('after', '\nExample: node bench/warm.ts --keys 40000 --only 0ms bytes');
  return command.parse(argv).opts<BenchOptions>();
}

function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number, one or more.');
}
