/**
 * The Lua of the fences. Those of an origin are a sorted set beside its ledger: `MODE TARGET` by its stamp, such as
 * `drop tag:market:35620`. So what was raised since a stamp is one range, and what is old is another.
 */

import { script } from '../../redis/script.ts';
import { NOW_AND_STAMP } from '../../redis/stamp.ts';

/**
 * KEYS ledger, fences. ARGV members. Answers the stamp of the last one; those before are one lower each.
 *
 * Taking a stamp and recording the fence is one step: else a reader that has seen a later fence could never learn of
 * this one by asking for what is above it.
 */
export const RAISE = script(
  2,
  `${NOW_AND_STAMP}
stamp = stamp - 1
for i = 1, #ARGV do
  stamp = stamp + 1
  redis.call('ZADD', KEYS[2], string.format('%.0f', stamp), ARGV[i])
end
redis.call('HSET', KEYS[1], 'stamp', string.format('%.0f', stamp))
return string.format('%.0f', stamp)
`,
);

/**
 * KEYS ledger, fences. ARGV stamp, member, stamp, member… Records what is not there, or lower. Answers how many that were. The ledger
 * gives no stamp any more below a fence that was acknowledged, also where the server's clock is behind that of the one before.
 */
export const RESTORE = script(
  2,
  `
local lost = 0
local highest = tonumber(redis.call('HGET', KEYS[1], 'stamp') or '0')
for i = 1, #ARGV, 2 do
  local stamp = tonumber(ARGV[i])
  if stamp > highest then
    highest = stamp
    redis.call('HSET', KEYS[1], 'stamp', ARGV[i])
  end
  local held = redis.call('ZSCORE', KEYS[2], ARGV[i + 1])
  if not held or tonumber(held) < stamp then
    redis.call('ZADD', KEYS[2], ARGV[i], ARGV[i + 1])
    lost = lost + 1
  end
end
return lost
`,
);

/** KEYS longest. ARGV how long an entry is about to live, in ms. Answers the longest that was ever told. */
export const KEEP = script(
  1,
  `
local longest = math.max(tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], string.format('%.0f', longest))
return string.format('%.0f', longest)
`,
);

/**
 * KEYS fences, longest. ARGV how long an entry can live by this configuration, in ms. An earlier configuration may have
 * let them live longer, so the longest that was ever told counts. Answers how many fences are gone.
 */
export const TRIM = script(
  2,
  `
local longest = math.max(tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[2]) or '0'))
redis.call('SET', KEYS[2], string.format('%.0f', longest))
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
return redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - longest * 1000))
`,
);
