/** What it costs to tell of oneself by OTLP. See docs/benchmarks.md; `node bench/telemetry.ts --help` lists the options. */
import { Command } from 'commander';
import { median } from './figures.ts';
import { openMarkets } from './markets.ts';
import { againstOff, type ByMode, reading, starting, warming, withReceiver } from './telemetry/measure.ts';
import { MODE_NAMES, type Mode } from './telemetry/modes.ts';

const { json, short, keys, rounds } = new Command('bench/telemetry.ts')
  .description('Measures warming, starting and reading with metrics and traces sent, against nothing sent.')
  .option('--json', 'one JSON document in place of lines', false)
  .option('--short', 'little, to see that it runs; the figures mean nothing', false)
  .option('--keys <count>', 'how many are warmed in a round', Number, 20_000)
  .option('--rounds <count>', 'of each mode', Number, 6)
  .parse()
  .opts<{
    readonly json: boolean;
    readonly short: boolean;
    readonly keys: number;
    readonly rounds: number;
  }>();

/** Short enough to be many. */
const READ_ROUNDS = 21;

const extent = short ? { keys: 100, rounds: 1, reads: 100 } : { keys, rounds, reads: 100_000 };
const markets = await openMarkets(extent.keys, Math.ceil(extent.keys / 4));
const measured = await withReceiver(async (endpoint) => ({
  ...(await warming(markets, extent.rounds, endpoint)),
  starting: await starting(extent.rounds, endpoint),
  memoryHits: await reading(short ? 1 : READ_ROUNDS, extent.reads),
})).finally(() => markets.close());

/** Of each mode: warming against `off`, by keys per second and by processor time; microseconds of that per key, and ms to start. */
const figures = Object.fromEntries(MODE_NAMES.map((mode) => [mode, figuresOf(mode, measured)]));
const verdicts = [
  atLeast('warming with metrics : off', figures.metrics?.warming, 0.98),
  atLeast('warming with spans of chunks : off', figures.roots?.warming, 0.95),
  atLeast('memory hits of a reader that shows in traces : one that does not', measured.memoryHits, 0.98),
];
if (json) console.log(JSON.stringify({ figures, verdicts, measured }, null, 2));
else console.log(JSON.stringify({ figures, verdicts }, null, 2));

type Results = { readonly rate: ByMode; readonly processor: ByMode; readonly starting: ByMode };

function figuresOf(mode: Mode, all: Results) {
  return {
    warming: againstOff(all.rate, mode),
    processor: againstOff(all.processor, mode),
    keysPerSecond: Math.round(median(all.rate[mode])),
    microsPerKey: Math.round(median(all.processor[mode])),
    startMs: Math.round(median(all.starting[mode])),
  };
}

function atLeast(what: string, figure = Number.NaN, target: number) {
  return { what, figure, target, met: figure >= target };
}
