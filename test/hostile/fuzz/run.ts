/** A whole run: every parser gets all its inputs, in stretches, from several processes at a time. */
import { NOTHING, sumOf, type Tally, tallyWords } from './batch.ts';
import type { Parser } from './parser.ts';
import { FuzzWorker } from './worker.ts';

export interface RunOptions {
  /** The module with `PARSERS`. */
  readonly list: string;
  readonly parsers: readonly Parser[];
  readonly seed: number;
  /** For each parser. */
  readonly inputs: number;
  readonly stretch: number;
  readonly workers: number;
  readonly patienceMs: number;
  readonly say: (text: string) => void;
}

/** By name. A parser with as many findings as are worth reading is left at that. */
export async function fuzz(options: RunOptions): Promise<ReadonlyMap<string, Tally>> {
  const tallies = new Map<string, Tally>();
  const waiting = [...options.parsers];
  const work = async () => {
    const worker = new FuzzWorker(options);
    for (let parser = waiting.shift(); parser !== undefined; parser = waiting.shift()) {
      const tally = await fuzzOne(worker, parser, options);
      tallies.set(parser.name, tally);
      options.say(tallyWords(parser.name, tally));
    }
    await worker.stop();
  };
  await Promise.all(Array.from({ length: options.workers }, work));
  return tallies;
}

const ENOUGH_FINDINGS = 5;

async function fuzzOne(
  worker: FuzzWorker,
  parser: Parser,
  { seed, inputs, stretch, say }: RunOptions,
): Promise<Tally> {
  let tally = NOTHING;
  for (let from = 0; from < inputs && tally.findings.length < ENOUGH_FINDINGS; from += stretch) {
    const count = Math.min(stretch, inputs - from);
    const { findings, ...counts } = await worker.run(parser, { seed, from, count });
    tally = sumOf(tally, { ...counts, findings });
    for (const { index, problem, input } of findings)
      say(`${parser.name}, input ${index}: ${problem}, for ${JSON.stringify(input)}`);
  }
  return tally;
}
