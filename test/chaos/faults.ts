/** What befalls a chaos run, chosen by seed: servers and processes die, links are slow, cut or deaf, the disk is locked. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../src/core/clock.ts';
import type { Link } from './link.ts';
import { mono } from './mono.ts';
import type { Far, Party } from './party.ts';
import type { Below } from './plan.ts';
import { LOG_KEEPS_MS, type World } from './world.ts';

/** One thing that goes wrong, and is put right. */
interface Fault {
  readonly text: string;
  /** What it happens to: nothing else happens to that at the same time. */
  readonly target: string;
  /** Keeps this process from hearing the bus; `everyone`; or nobody. */
  readonly deafens: string | 'everyone' | undefined;
  /** The process stands still. */
  readonly still?: boolean;
  /** How long it takes, in ms; as luck will have it unless told. */
  readonly ms?: number;
  readonly begin: () => Promise<void> | void;
  readonly end: () => Promise<void> | void;
}

type Make = (world: World, random: Random) => Fault;

/** By then a process has noticed that its connections are of no use any more. */
const NOTICED_MS = 16_500;
const SLOW_MS = [20, 150, 400, 1_500];

const server =
  (which: 'jobs' | 'cache'): Make =>
  (world) => ({
    text: `the Redis for ${which} is killed`,
    target: `redis ${which}`,
    deafens: which === 'jobs' ? 'everyone' : undefined,
    begin: () => world.servers[which].kill(),
    end: () => world.servers[which].start(),
  });

const stoppedBucket: Make = (world) => ({
  text: 'the server of the bucket is stopped',
  target: 'bucket',
  deafens: undefined,
  begin: () => world.bucket?.stop(),
  end: () => world.bucket?.restart(),
});

const FAR: Readonly<Record<Far, string>> = {
  jobs: 'the Redis for jobs',
  cache: 'the Redis for cache',
  bucket: 'the bucket',
};

/** One of the links of a process. */
function pickLink({ links }: Party, random: Random) {
  // The names are those of the type.
  const [which, proxy] = pick(Object.entries(links) as [Far, Link][], random);
  return { which, proxy, far: FAR[which] };
}

const link =
  (how: 'cut' | 'swallow' | 'slow'): Make =>
  (world, random) => {
    const party = pick(world.parties, random);
    const { which, proxy, far } = pickLink(party, random);
    const delay = pick(SLOW_MS, random);
    return {
      text: `the link of ${party.name} to ${far} ${{ cut: 'is cut', swallow: 'swallows all', slow: `takes ${delay} ms` }[how]}`,
      target: `link ${party.name} ${which}`,
      deafens: which === 'jobs' ? party.name : undefined,
      begin: () => (how === 'slow' ? proxy.slow(delay) : proxy[how]()),
      end: () => proxy.heal(),
    };
  };

/** As a firewall does that forgets a connection: nothing tells the process but that no answer comes. */
const forgotten: Make = (world, random) => {
  const party = pick(world.parties, random);
  const { which, proxy, far } = pickLink(party, random);
  return {
    text: `the connections of ${party.name} to ${far} are forgotten`,
    target: `link ${party.name} ${which}`,
    deafens: which === 'jobs' ? party.name : undefined,
    ms: NOTICED_MS,
    begin: () => proxy.forget(),
    end: () => undefined,
  };
};

/** The link is cut, and the bus goes on for so long meanwhile that its log is cut short. */
const lostLog: Make = (world, random) => {
  const party = pick(
    world.parties.filter(({ hasMemory }) => hasMemory),
    random,
  );
  const proxy = party.links.jobs;
  return {
    text: `${party.name} is cut off from the Redis for jobs, and the log of the bus is lost`,
    target: `link ${party.name} jobs`,
    deafens: party.name,
    ms: LOG_KEEPS_MS + 500 + random() * LONGEST_MS,
    begin: () => proxy.cut(),
    async end() {
      await world.loseLog();
      proxy.heal();
    },
  };
};

const killed: Make = (world, random) => {
  const party = pick(world.parties, random);
  return {
    text: `${party.name} is killed`,
    target: `process ${party.name}`,
    deafens: undefined,
    begin: () => party.kill(),
    end: () => party.start(),
  };
};

const paused: Make = (world, random) => {
  const party = pick(world.parties, random);
  return {
    text: 'is paused',
    target: `process ${party.name}`,
    deafens: party.name,
    still: true,
    begin: () => party.signal('SIGSTOP'),
    end: () => party.signal('SIGCONT'),
  };
};

const lockedDisk: Make = (world) => ({
  text: 'another process keeps the disk locked',
  target: 'disk',
  deafens: undefined,
  begin: () => world.lockDisk(),
  end: () => world.unlockDisk(),
});

const slowOrigin: Make = (world) => ({
  text: 'the origin takes up to two seconds',
  target: 'origin',
  deafens: undefined,
  begin: () => world.truth.slow(2_000),
  end: () => world.truth.slow(30),
});

/** Each with how often it happens among the others. */
const FAULTS = {
  'kill-cache': [2, server('cache')],
  'kill-jobs': [1, server('jobs')],
  cut: [2, link('cut')],
  swallow: [1, link('swallow')],
  slow: [3, link('slow')],
  forget: [1, forgotten],
  'lose-log': [4, lostLog],
  kill: [2, killed],
  pause: [2, paused],
  'lock-disk': [1, lockedDisk],
  'stop-bucket': [2, stoppedBucket],
  'slow-origin': [2, slowOrigin],
} as const satisfies Readonly<Record<string, readonly [number, Make]>>;

export type FaultName = keyof typeof FAULTS;

// The names are those that stand above.
const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

/** What can happen only where this lies below Redis. */
const ONLY: Partial<Record<FaultName, Below>> = { 'lock-disk': 'disk', 'stop-bucket': 's3' };

/** What can happen. */
export function faultsWith(below: Below): FaultName[] {
  return FAULT_NAMES.filter((name) => (ONLY[name] ?? below) === below);
}

const LONGEST_MS = 3_000;
const LONGEST_GAP_MS = 1_500;

export interface Lane {
  readonly names: readonly FaultName[];
  readonly random: Random;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** One fault after the other; at the end everything is put right. Several lanes overlap. Answers how many there were. */
export async function befall(world: World, { names, random, signal }: Lane): Promise<number> {
  const makes = names.flatMap((name) => new Array<Make>(FAULTS[name][0]).fill(FAULTS[name][1]));
  let count = 0;
  while (!signal.aborted) {
    await pause(random() * LONGEST_GAP_MS);
    const fault = pick(makes, random)(world, random);
    const ms = fault.ms ?? 200 + random() * LONGEST_MS;
    if (signal.aborted || world.befallen.has(fault.target)) continue;
    world.befallen.add(fault.target);
    const began = mono();
    const over = await begin(world, fault);
    await pause(ms, undefined, { signal }).catch(() => undefined);
    await fault.end();
    over(Math.max(mono(), began + (fault.ms ?? 0)));
    world.befallen.delete(fault.target);
    count += 1;
  }
  return count;
}

async function begin({ checker }: World, fault: Fault): Promise<(end: number) => void> {
  const { deafens, text, still = false } = fault;
  const process = deafens === 'everyone' ? undefined : (deafens ?? NOBODY);
  const over = checker.disturbances.begin({ process, text, still, from: mono() });
  await fault.begin();
  return over;
}

/** Whose hearing a fault disturbs that disturbs nobody's: it is only told of. */
const NOBODY = '';

function pick<T>(list: readonly T[], random: Random): T {
  const item = list[Math.floor(random() * list.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}
