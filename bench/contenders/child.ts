/** A contender's side of the channel: gets warm, says so, and is timed when told to go. */
import { readFile } from 'node:fs/promises';
import type { Order, Reply, Task } from './task.ts';

export interface Contender {
  /** Fetches every market of a CSV file and stores it; resolves when all are stored, with how many those are. */
  warm(file: string): Promise<number>;
}

/** How long a value lives, in ms: a cache without expiry would not be one. */
export const TTL_MS = 86_400_000;

/** The ids of a CSV file of markets. */
export async function marketsIn(file: string): Promise<string[]> {
  const [, ...ids] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return ids;
}

/** Serves the benchmark; the process ends with the channel. */
export function serve(make: (task: Task) => Promise<Contender>): void {
  let task: Task;
  let contender: Contender;
  const obey = async (order: Order): Promise<Reply> => {
    if (order === 'go') return { done: await timed(() => contender.warm(task.measured)) };
    task = order.prepare;
    contender = await make(task);
    await contender.warm(task.warmUp);
    return 'ready';
  };
  process.on('message', (order: Order) => {
    obey(order)
      .catch((error: unknown): Reply => ({ failed: error instanceof Error ? `${error.stack}` : `${error}` }))
      .then((reply) => process.send?.(reply));
  });
  process.on('disconnect', () => process.exit());
}

async function timed(act: () => Promise<number>) {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const keys = await act();
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { keys, ms, cpuMs: (user + system) / 1_000 };
}
