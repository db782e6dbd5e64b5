/** One contender, one round: a fresh Redis, a fresh process that gets warm first, and the time of the keys that count. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import type { Feat, Order, Reply } from './contenders/task.ts';
import { cpuSeconds } from './figures.ts';
import type { Markets } from './markets.ts';
import { inSandbox } from './sandbox.ts';

export const CONTENDERS = {
  bare: { what: 'undici + p-limit loop, pipelined SETs', file: 'bare.ts', batch: false, prefix: '' },
  'job-per-key': { what: 'one BullMQ job per key', file: 'job-per-key.ts', batch: false, prefix: '' },
  forewarm: { what: 'Forewarm, one key per call', file: 'forewarm.ts', batch: false, prefix: 'fw:' },
  'forewarm-batch': { what: 'Forewarm, 100 keys per call', file: 'forewarm.ts', batch: true, prefix: 'fw:' },
} as const;

export type ContenderName = keyof typeof CONTENDERS;

export interface RoundDeps {
  readonly markets: Markets;
  /** How long the origin takes to answer, in ms. */
  readonly latency: number;
  /** Calls to the origin at the same time. */
  readonly concurrency: number;
  /** Where the contender writes a CPU profile; absent: it writes none. */
  readonly profiles: string | undefined;
  /** Variables of the contender, besides PATH. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface RoundResult extends Feat {
  /** Processor seconds of Redis while the keys were warmed. */
  readonly redisSeconds: number;
}

export function runRound(name: ContenderName, { markets, latency, concurrency, profiles, env }: RoundDeps) {
  return inSandbox(async (sandbox): Promise<RoundResult> => {
    const { batch, prefix } = CONTENDERS[name];
    const files = { warmUp: markets.warmUp.file, measured: markets.measured.file };
    const redis = new Redis(sandbox.redisUrl);
    const child = start(name, profiles, env);
    try {
      await markets.latency(0);
      await tell(child, { prepare: { ...sandbox, ...files, originUrl: markets.url, concurrency, batch } });
      await markets.latency(latency);
      const before = await cpuSeconds(redis);
      const feat = await tell(child, 'go');
      const redisSeconds = (await cpuSeconds(redis)) - before;
      if (feat === undefined) throw new Error(`contender "${name}" did not say how it did`);
      await checkAll(
        redis,
        markets.measured.ids.map((id) => `${prefix}profile:${id}`),
      );
      return { ...feat, redisSeconds };
    } finally {
      await end(child);
      redis.disconnect();
    }
  });
}

function start(name: ContenderName, profiles: string | undefined, more: RoundDeps['env']): ChildProcess {
  const file = fileURLToPath(new URL(`./contenders/${CONTENDERS[name].file}`, import.meta.url));
  const execArgv = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profiles, name)}`];
  const env = { PATH: process.env.PATH, ...more };
  return fork(file, { execArgv, env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

/** Gives an order; resolves when it is done. */
async function tell(child: ChildProcess, order: Order): Promise<Feat | undefined> {
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`a contender exited with ${code}`);
  });
  const answer = once(child, 'message');
  child.send(order);
  // Only `contenders/child.ts` sends here.
  const [reply] = (await Promise.race([answer, gone])) as [Reply];
  if (reply === 'ready') return undefined;
  if ('failed' in reply) throw new Error(reply.failed);
  return reply.done;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.disconnect();
  await exit;
}

/** Who is fast because it loses keys has not won. */
async function checkAll(redis: Redis, keys: readonly string[]): Promise<void> {
  const found = await redis.exists(...keys);
  if (found < keys.length) throw new Error(`${keys.length - found} of ${keys.length} keys were not stored`);
}
