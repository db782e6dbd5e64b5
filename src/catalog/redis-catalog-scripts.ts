/**
 * The catalog's Lua. The keys of a source share a hash tag: a sorted set `due` {key: when it is next due, ms} and a hash
 * `failures` {key: "letter|at|count|reason"}, which holds only keys whose last attempt did not succeed; the letter of a key that is
 * set aside is a capital.
 */

import { DAY_MS } from '../core/units.ts';
import { script } from '../redis/script.ts';

/**
 * KEYS due. ARGV now, until, limit, after ('-inf', or '(' and a time).
 *
 * Taking a key and deferring it is one step, so two planners never get the same key. When the reply is lost and the
 * script runs again, the keys taken first come due again at `until`, like those of a planner that died.
 */
export const CLAIM = script(
  1,
  `
local keys = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[4], ARGV[1], 'LIMIT', 0, ARGV[3])
if #keys == 0 then return keys end
local later = {}
for i, key in ipairs(keys) do
  later[2 * i - 1] = ARGV[2]
  later[2 * i] = key
end
redis.call('ZADD', KEYS[1], 'XX', unpack(later))
return keys
`,
);

/**
 * KEYS due, failures, released. ARGV attempts in a row after which a key is set aside (0: never), how long then (ms), then seven for
 * each failure: key, when due, outcome letter, at, when its attempt began, 1 where it is blameless, reason.
 *
 * A failure that is not later than the one on record is the same attempt reported again, or an older one: it does not count. Nor
 * does one whose attempt began before the key was released; the key stays due as its release made it. One that is blameless counts
 * never, takes the place of none that counts, and leaves the key due as it says, also in quarantine: its own time may have passed.
 * Whether a key is set aside is decided here, with its due time, and nowhere else: processes may have different rules.
 */
export const FAIL = script(
  3,
  `
local after = tonumber(ARGV[1])
for i = 3, #ARGV, 7 do
  local key, due, letter, now, began, blameless, reason = unpack(ARGV, i, i + 6)
  local released = tonumber(redis.call('ZSCORE', KEYS[3], key) or '-1')
  if redis.call('ZSCORE', KEYS[1], key) and tonumber(began) > released then
    local known = redis.call('HGET', KEYS[2], key)
    local stood, at, count = '', '-1', '0'
    if known then stood, at, count = string.match(known, '^(%a)|(%d+)|(%d+)|') end
    count = tonumber(count)
    local aside = string.find(stood, '%u')
    if count == 0 and blameless == '0' then at = '-1' end
    local stands = count > 0 and blameless == '1'
    if not stands and tonumber(now) > tonumber(at) then
      if blameless == '0' then
        count = count + 1
        aside = after > 0 and count >= after
      end
      at = now
      if aside then letter = string.upper(letter) end
      redis.call('HSET', KEYS[2], key, letter .. '|' .. at .. '|' .. count .. '|' .. reason)
    end
    if blameless == '0' and aside then due = string.format('%.0f', tonumber(at) + tonumber(ARGV[2])) end
    redis.call('ZADD', KEYS[1], 'XX', due, key)
  end
end
return 1
`,
);

/** How long it is kept that a key was released, in ms: longer than its attempts take. */
const RELEASED_KEPT_MS = DAY_MS;

/** KEYS due, failures, released. ARGV two for each key: key, when it is released, and due if it had failed (ms). */
export const RELEASE = script(
  3,
  `
for i = 1, #ARGV, 2 do
  if redis.call('HDEL', KEYS[2], ARGV[i]) == 1 then
    redis.call('ZADD', KEYS[1], 'XX', ARGV[i + 1], ARGV[i])
    redis.call('ZADD', KEYS[3], ARGV[i + 1], ARGV[i])
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', tonumber(ARGV[2]) - ${RELEASED_KEPT_MS})
redis.call('PEXPIRE', KEYS[3], ${RELEASED_KEPT_MS})
return 1
`,
);

/**
 * KEYS due. ARGV four for each key: key, when due, when its attempt began, when it ended.
 *
 * A due time in between was set by an invalidation: what was fetched is not what it wants, so the key stays due. Keys in
 * hand are otherwise due long after now.
 */
export const SETTLE = script(
  1,
  `
for i = 1, #ARGV, 4 do
  local known = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if known then
    local at = tonumber(known)
    if at <= tonumber(ARGV[i + 2]) or at > tonumber(ARGV[i + 3]) then
      redis.call('ZADD', KEYS[1], 'XX', ARGV[i + 1], ARGV[i])
    end
  end
end
return 1
`,
);
