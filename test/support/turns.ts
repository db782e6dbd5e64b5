import { setImmediate as nextTurn } from 'node:timers/promises';

/** A turn that seems long is measured again: the first time may have been compiled meanwhile. */
const TRIES = 3;
const ALLOWED_MS = 50;

/**
 * The longest time, in ms of this thread's processor time, that `work` keeps everything else from having its turn. Other programs
 * on the machine do not change it.
 */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES && best >= ALLOWED_MS; i += 1) best = Math.min(best, await measured(work));
  return best;
}

async function measured(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  await nextTurn();
  let began = threadMs();
  const lap = () => {
    const now = threadMs();
    longest = Math.max(longest, now - began);
    began = now;
  };
  const watch = () => {
    lap();
    next = setImmediate(watch);
  };
  let next = setImmediate(watch);
  try {
    await work();
  } finally {
    lap();
    clearImmediate(next);
  }
  return longest;
}

/** Processor time of this thread, which other programs on the machine do not change. */
export function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
