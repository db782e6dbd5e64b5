/** Numbers out of Redis, and numbers out of numbers. */
import type { Redis } from 'ioredis';

/** Processor seconds that the server has used, user and system. */
export async function cpuSeconds(redis: Redis): Promise<number> {
  const info = await redis.info('cpu');
  return field(info, 'used_cpu_sys') + field(info, 'used_cpu_user');
}

/** Bytes that the server has allocated. */
export async function usedMemory(redis: Redis): Promise<number> {
  return field(await redis.info('memory'), 'used_memory');
}

function field(info: string, name: string): number {
  const value = Number(new RegExp(`^${name}:(.+)$`, 'm').exec(info)?.[1]);
  if (Number.isNaN(value)) throw new Error(`INFO has no ${name}:\n${info}`);
  return value;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}
