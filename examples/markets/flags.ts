import { Command, InvalidArgumentError, Option } from 'commander';
import type { MarketsOptions } from './origin.ts';

export interface MarketsFlags extends MarketsOptions {
  readonly attached: boolean;
}

/** The options of the command line; where a flag is absent, of `MARKETS_...` in the environment. */
export function flagsFrom(argv: readonly string[]): MarketsFlags {
  const command = new Command('origin.ts')
    .description('Serves facts about 135,233 real places, with limits, latency and faults as switched on.')
    .addHelpText('after', '\nExample: origin.ts --port 7070 --rate 400 --concurrency 32 --latency 20ms');
  for (const option of OPTIONS) {
    command.addOption(option.env(`MARKETS_${option.name().replaceAll('-', '_').toUpperCase()}`));
  }
  return command
    .option('--attached', 'stop when standard input ends', false)
    .parse(argv)
    .opts<MarketsFlags>();
}

const OPTIONS = [
  count('--port <port>', 'port to listen on; 0 is any free one', 7070),
  new Option('--host <host>', 'address to listen on').default('127.0.0.1'),
  count('--rate <calls>', 'calls let in per second; 0 is no limit', 400),
  count('--concurrency <calls>', 'calls let in at the same time; 0 is no limit', 32),
  time('--latency <time>', 'mean time until the answer', 20),
  count('--spread <sigma>', 'sigma of the lognormal latency', 0.5),
  count('--error-rate <share>', 'share of calls answered with 500, from 0 to 1', 0),
  count('--empty-rate <share>', 'share of calls answered with an empty body, from 0 to 1', 0),
  count('--slow-rate <share>', 'share of calls that take longer, from 0 to 1', 0),
  time('--slow <time>', 'how much longer those take', 10_000),
  new Option('--outage', 'close every connection without an answer'),
  count('--seed <number>', 'seed of latencies and faults', 1),
];

function count(flag: string, what: string, fallback: number): Option {
  return new Option(flag, what).default(fallback).argParser((text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= 0) return value;
    throw new InvalidArgumentError('It must be a number, zero or more.');
  });
}

function time(flag: string, what: string, fallback: number): Option {
  return new Option(flag, what).default(fallback, `${fallback}ms`).argParser((text) => {
    const match = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text.trim());
    if (match !== null) return Number(match[1]) * (match[2] === 's' ? 1_000 : 1);
    throw new InvalidArgumentError('It must be a time, such as 20ms or 1.5s.');
  });
}
