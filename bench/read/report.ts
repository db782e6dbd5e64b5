/** What was measured of reads, held against what was aimed at. */
import Table from 'cli-table3';
import type { Verdict } from '../report.ts';
import { type Timed, timesAsFast } from './rounds.ts';

export interface MeasuredReads {
  readonly machine: { readonly cores: number; readonly node: string };
  readonly rounds: number;
  readonly valueBytes: number;
  readonly memory: { readonly hits: readonly Timed[]; readonly hundreds: readonly Timed[] };
  readonly redis: {
    readonly alone: readonly Timed[];
    readonly together: readonly Timed[];
    readonly hundreds: readonly Timed[];
  };
  readonly local: readonly Timed[];
}

const PEERS = ['bentocache', 'cacheable', 'cache-manager', 'layered-loader'];

export function verdictsOnReads({ memory, redis, local }: MeasuredReads): Verdict[] {
  const ms = (name: string) => (local.find((each) => each.name === name)?.micros ?? Number.NaN) / 1_000;
  const { alone, together } = redis;
  const bestPeer = Math.min(
    ...PEERS.map((peer) => timesAsFast(redis.hundreds, 'forewarm getMany', `${peer}, in turn`)),
  );
  return [
    atLeast('memory hit: get : bentocache, rate', timesAsFast(memory.hits, 'forewarm get', 'bentocache'), 4),
    atLeast(
      'memory hit: peek : bentocache, rate',
      timesAsFast(memory.hits, 'forewarm peek', 'bentocache'),
      10,
    ),
    atMost(
      'counting a read : a memory hit by get, time',
      timesAsFast(memory.hits, 'forewarm get', 'counting a read'),
      0.15,
    ),
    atMost(
      'Redis hit alone : bare GET + JSON.parse, time',
      timesAsFast(alone, 'bare GET + JSON.parse', 'forewarm get'),
      1.1,
    ),
    atLeast(
      '256 Redis hits at once : bare MGET + JSON.parse, rate',
      timesAsFast(together, 'forewarm get', 'bare MGET + JSON.parse'),
      0.7,
    ),
    atLeast('getMany(100) from Redis : 100 gets of the fastest peer, rate', bestPeer, 5),
    atMost('1,000 reads from memory, ms', ms('1,000 reads from memory'), 1),
    atMost('1,000 reads from disk, ms', ms('1,000 reads from disk'), 10),
    atMost('a write through memory and disk, ms', ms('a write through memory and disk'), 15),
  ];
}

function atLeast(what: string, figure: number, target: number): Verdict {
  return { what, figure, target, good: 'at least', met: figure >= target };
}

function atMost(what: string, figure: number, target: number): Verdict {
  return { what, figure, target, good: 'at most', met: figure <= target };
}

export function reportOnReads(measured: MeasuredReads): string {
  const { machine, rounds, valueBytes, memory, redis, local } = measured;
  const verdicts = new Table({ ...STYLE, head: ['aim', 'figure', 'target', 'verdict'] });
  for (const { what, figure, target, good, met } of verdictsOnReads(measured))
    verdicts.push([what, figure.toFixed(3), `${good} ${target}`, met ? 'met' : 'missed']);
  return [
    `${machine.cores} cores, Node ${machine.node}; medians of ${rounds} interleaved rounds; a value has ${valueBytes} bytes of JSON`,
    table('memory, one read after the other', memory.hits),
    table('memory, 100 keys at once, per key', memory.hundreds),
    table('Redis, one read after the other', redis.alone),
    table('Redis, 256 reads at once, per key', redis.together),
    table('Redis, 100 keys, per key', redis.hundreds),
    table('this host', local),
    verdicts.toString(),
  ].join('\n\n');
}

function table(title: string, timed: readonly Timed[]): string {
  const rows = new Table({ ...STYLE, head: [title, 'microseconds', 'per second'] });
  for (const { name, micros } of timed)
    rows.push([name, micros.toFixed(micros < 10 ? 3 : 1), Math.round(1e6 / micros).toLocaleString('en-US')]);
  return rows.toString();
}

const STYLE = { style: { head: [], border: [], compact: true } };
