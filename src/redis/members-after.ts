/** Pages of a sorted set by time, the newest first: what stands after a place, however many members are as old. */
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Place } from '../core/place.ts';
import { runScript, script } from './script.ts';

/**
 * KEYS sorted set. ARGV time and id of the place, how many. Among those that are as old, the place is looked for by halves: members are
 * in the order of their bytes, and Lua compares by the locale of the server.
 */
const AFTER = script(
  1,
  `
local function less(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end
local low = redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[1], '+inf')
local high = redis.call('ZCOUNT', KEYS[1], ARGV[1], '+inf')
while low < high do
  local middle = math.floor((low + high) / 2)
  local member = redis.call('ZREVRANGE', KEYS[1], middle, middle)[1]
  if less(member, ARGV[2]) then high = middle else low = middle + 1 end
end
return redis.call('ZREVRANGE', KEYS[1], low, low + ARGV[3] - 1, 'WITHSCORES')
`,
);

const told = z.array(z.string());

/** The first `limit` members after the place; without one, the newest. */
export async function membersAfter(
  redis: Redis,
  key: string,
  limit: number,
  after: Place | undefined,
): Promise<Place[]> {
  if (limit < 1) return [];
  const { at, id } = after ?? { at: '+inf', id: '' };
  const flat = told.parse(await runScript(redis, AFTER, [key], [at, id, limit]));
  return flat.flatMap((member, i) => (i % 2 === 0 ? [{ id: member, at: Number(flat[i + 1]) }] : []));
}
