/** Interleaved rounds of all contenders: each round is A, B, C, D, so that whatever slows the machine slows all of them. */
import { CONTENDERS, type ContenderName, type RoundDeps, type RoundResult, runRound } from './contender.ts';
import { median } from './figures.ts';

export interface ContenderSpeed {
  readonly contender: ContenderName;
  readonly what: string;
  /** Medians. */
  readonly keysPerSecond: number;
  /** Processor seconds per 100,000 keys. */
  readonly clientSeconds: number;
  readonly redisSeconds: number;
  readonly rounds: readonly RoundResult[];
}

export interface Speed {
  /** Of the origin, in ms. */
  readonly latency: number;
  readonly keys: number;
  readonly contenders: Readonly<Record<ContenderName, ContenderSpeed>>;
}

export interface SpeedDeps extends RoundDeps {
  readonly rounds: number;
  readonly onRound: (text: string) => void;
}

const NAMES: readonly ContenderName[] = ['bare', 'job-per-key', 'forewarm', 'forewarm-batch'];

export async function measureSpeed(init: SpeedDeps): Promise<Speed> {
  const { latency, markets } = init;
  const results = { bare: [], 'job-per-key': [], forewarm: [], 'forewarm-batch': [] } as Results;
  for (let n = 1; n <= init.rounds; n += 1) {
    for (const name of NAMES) {
      const result = await runRound(name, init);
      results[name].push(result);
      init.onRound(
        `${latency} ms, round ${n} of ${init.rounds}, ${name}: ${Math.round(rateOf(result))} keys/s`,
      );
    }
  }
  const contenders = {
    bare: speedOf('bare', results),
    'job-per-key': speedOf('job-per-key', results),
    forewarm: speedOf('forewarm', results),
    'forewarm-batch': speedOf('forewarm-batch', results),
  };
  return { latency, keys: markets.measured.ids.length, contenders };
}

type Results = Record<ContenderName, RoundResult[]>;

function speedOf(contender: ContenderName, results: Results): ContenderSpeed {
  const rounds = results[contender];
  return {
    contender,
    what: CONTENDERS[contender].what,
    keysPerSecond: median(rounds.map(rateOf)),
    clientSeconds: median(rounds.map(({ cpuMs, keys }) => (cpuMs / keys) * 100)),
    redisSeconds: median(rounds.map(redisSecondsOf)),
    rounds,
  };
}

function rateOf({ keys, ms }: RoundResult): number {
  return (keys / ms) * 1_000;
}

function redisSecondsOf({ redisSeconds, keys }: RoundResult): number {
  return (redisSeconds / keys) * 100_000;
}

/** How many times as fast one contender is as another: the median over the rounds. */
export function timesAsFast(speed: Speed, one: ContenderName, other: ContenderName): number {
  return ratio(speed, one, other, rateOf);
}

/** How many times the processor time of Redis one contender takes that another takes: the median over the rounds. */
export function timesTheRedis(speed: Speed, one: ContenderName, other: ContenderName): number {
  return ratio(speed, one, other, redisSecondsOf);
}

function ratio(
  { contenders }: Speed,
  one: ContenderName,
  other: ContenderName,
  figure: (result: RoundResult) => number,
): number {
  const others = contenders[other].rounds.map(figure);
  return median(contenders[one].rounds.map((result, i) => figure(result) / (others[i] ?? Number.NaN)));
}
