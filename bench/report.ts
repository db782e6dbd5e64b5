/** What was measured, held against what was aimed at, as tables for people. */
import Table from 'cli-table3';
import type { Bytes } from './bytes.ts';
import { type ContenderSpeed, type Speed, timesAsFast, timesTheRedis } from './speed.ts';
import type { TickCost, Ticks } from './tick.ts';

export interface Measured {
  readonly machine: { readonly cores: number; readonly node: string; readonly redis: string };
  readonly rounds: number;
  readonly concurrency: number;
  readonly speeds: readonly Speed[];
  readonly bytes: Bytes | undefined;
  readonly ticks: Ticks | undefined;
}

export interface Verdict {
  readonly what: string;
  readonly figure: number;
  /** The bound, and which side of it is good. */
  readonly target: number;
  readonly good: 'at least' | 'at most';
  readonly met: boolean;
}

/** The aims. Those of time and of Redis are ratios within one run: nothing else can be compared between machines. */
export function verdictsOn({ speeds, bytes, ticks }: Measured): Verdict[] {
  return [
    ...speeds.flatMap(verdictsOnSpeed),
    ...(bytes === undefined
      ? []
      : [atMost('Redis bytes per catalogued key beside its value', bytes.catalogued, 250)]),
    ...(ticks === undefined
      ? []
      : [
          atMost(
            `a tick over ${count(ticks.large.keys)} keys : one over ${count(ticks.small.keys)}`,
            ticks.ratio,
            1.1,
          ),
        ]),
  ];
}

function verdictsOnSpeed(speed: Speed): Verdict[] {
  const at = `${speed.latency} ms`;
  const single = `${at}: one key per call : bare loop, keys/s`;
  const batch = `${at}: 100 keys per call : one BullMQ job per key, keys/s`;
  const verdicts = [
    atLeast(single, timesAsFast(speed, 'forewarm', 'bare'), speed.latency === 0 ? 0.8 : 0.97),
    atLeast(batch, timesAsFast(speed, 'forewarm-batch', 'job-per-key'), 3),
  ];
  if (speed.latency > 0) return verdicts;
  const redis = (contender: 'forewarm' | 'forewarm-batch', calls: string) =>
    atMost(
      `${calls} : one BullMQ job per key, Redis CPU`,
      timesTheRedis(speed, contender, 'job-per-key'),
      1 / 3,
    );
  return [
    ...verdicts,
    redis('forewarm', `${at}: one key per call`),
    redis('forewarm-batch', `${at}: 100 keys per call`),
  ];
}

function atLeast(what: string, figure: number, target: number): Verdict {
  return { what, figure, target, good: 'at least', met: figure >= target };
}

function atMost(what: string, figure: number, target: number): Verdict {
  return { what, figure, target, good: 'at most', met: figure <= target };
}

export function reportOf(measured: Measured): string {
  const { machine, rounds, concurrency, speeds, bytes, ticks } = measured;
  const title = `${machine.cores} cores, Node ${machine.node}, Redis ${machine.redis}; ${rounds} rounds, ${concurrency} calls at once`;
  return [
    title,
    ...speeds.map(speedTable),
    ...(bytes === undefined ? [] : [bytesTable(bytes)]),
    ...(ticks === undefined ? [] : [ticksTable(ticks)]),
    verdictTable(verdictsOn(measured)),
  ].join('\n\n');
}

function speedTable(speed: Speed): string {
  const { latency, keys, contenders } = speed;
  const table = new Table({
    ...STYLE,
    head: [`origin with ${latency} ms, ${count(keys)} keys`, 'keys/s', 'of bare', 'CPU s', 'Redis CPU s'],
  });
  table.push(...Object.values(contenders).map((contender) => speedRow(speed, contender)));
  return `${table}\nCPU of the contender and of Redis: per 100,000 keys`;
}

function speedRow(speed: Speed, { contender, what, ...figures }: ContenderSpeed): string[] {
  const { keysPerSecond, clientSeconds, redisSeconds } = figures;
  const ofBare = timesAsFast(speed, contender, 'bare').toFixed(2);
  return [what, count(keysPerSecond), ofBare, clientSeconds.toFixed(2), redisSeconds.toFixed(2)];
}

function bytesTable({ jobPerKey, forewarm, catalogued }: Bytes): string {
  const table = new Table({ ...STYLE, head: ['Redis memory', 'bytes per key'] });
  table.push(
    ['all queued, one BullMQ job per key', count(jobPerKey)],
    ['all queued, Forewarm: jobs, manifest and catalog', count(forewarm)],
    ['kept warm, Forewarm: catalog, beside the value', count(catalogued)],
  );
  return table.toString();
}

function ticksTable({ due, small, large }: Ticks): string {
  const table = new Table({ ...STYLE, head: [`tick with ${count(due)} due`, 'ms', 'Redis CPU ms'] });
  const row = ({ keys, ms, redisMs }: TickCost) => [
    `of ${count(keys)} keys`,
    ms.toFixed(2),
    redisMs.toFixed(2),
  ];
  table.push(row(small), row(large));
  return table.toString();
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const table = new Table({ ...STYLE, head: ['aim', 'figure', 'target', 'verdict'] });
  for (const { what, figure, target, good, met } of verdicts) {
    table.push([what, short(figure), `${good} ${short(target)}`, met ? 'met' : 'missed']);
  }
  return table.toString();
}

const STYLE = { style: { head: [], border: [], compact: true } };

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function short(value: number): string {
  return value >= 100 ? count(value) : value.toFixed(2);
}
