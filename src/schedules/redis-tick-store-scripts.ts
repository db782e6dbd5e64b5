/** The Lua of the account of ticks. The keys and their parts are told in `redis-tick-store.ts`. */
import { script } from '../redis/script.ts';

const NOW = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
`;

/** Opens the account in KEYS[1], unless it is open. ARGV cursor, rule. */
const OPENED = `${NOW}
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'cursor', ARGV[1], 'rule', ARGV[2], 'opened', string.format('%.0f', now))
end
`;

/** Notes records of what was done by hand, once each, and keeps the newest. */
const NOTED = `
local function noted(key, kept, ...)
  for _, record in ipairs({...}) do redis.call('ZADD', key, 'NX', now, record) end
  redis.call('ZREMRANGEBYRANK', key, 0, -1 - kept)
end
`;

/** KEYS state. ARGV cursor, rule. Answers where it stands. */
export const OPEN = script(
  1,
  `${OPENED}
return redis.call('HMGET', KEYS[1], 'cursor', 'rule', 'waiting')
`,
);

/**
 * KEYS state, rules. ARGV cursor, rule, generation (0: starts), ms after which a silent leader leads no more, rules kept. Answers the
 * generation of the caller, and the state with its leader. Sent again it finds its own rule leading, or one that came after it.
 */
export const ENLIST = script(
  2,
  `${OPENED}
local known = redis.call('HMGET', KEYS[1], 'generation', 'leader', 'heard', 'generations')
local held, mine, last = tonumber(known[1] or '0'), tonumber(ARGV[3]), tonumber(known[4] or '0')
local leads = known[2] == ARGV[2]
local function named(rule, since) redis.call('RPUSH', KEYS[2], since .. ' ' .. rule) end
-- Versions before this one kept no rule but the leading one.
if known[2] and redis.call('EXISTS', KEYS[2]) == 0 then named(known[2], redis.call('HGET', KEYS[1], 'since')) end
if leads then mine = math.max(mine, held) end
if mine == 0 then mine = last + 1 end
if leads or mine > held or now - tonumber(known[3] or '0') > tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[1], 'generation', mine, 'generations', math.max(last, mine), 'heard', string.format('%.0f', now))
  if not leads then
    redis.call('HSET', KEYS[1], 'leader', ARGV[2], 'since', string.format('%.0f', now))
    named(ARGV[2], string.format('%.0f', now))
    redis.call('LTRIM', KEYS[2], -tonumber(ARGV[5]), -1)
  end
end
return {mine, redis.call('HMGET', KEYS[1], 'cursor', 'rule', 'waiting', 'leader', 'since')}
`,
);

/**
 * KEYS state, claims, ticks, asked. ARGV from cursor, from rule, from waiting, to cursor, to rule, to waiting, holder, lease ms,
 * kept, number of times to fire, all of these, then records of skipped times as JSON, the oldest first, with AT for the time. The last
 * one stands in the state as well, where it is seen without a look at the list. Requests for
 * times up to the new cursor have been met, or lost their object. Waiting is empty where no time waits. Sent again after a lost reply it finds what it did: a claim of its own,
 * or, when nothing was to fire, a cursor that stands where it was to go.
 */
export const ADVANCE = script(
  4,
  `${NOW}
local known = redis.call('HMGET', KEYS[1], 'cursor', 'rule', 'waiting', 'pausedUntil', 'leader')
local function stands(at) return known[1] == ARGV[at] and known[2] == ARGV[at + 1] and (known[3] or '') == ARGV[at + 2] end
local fire = tonumber(ARGV[10])
if not stands(1) then
  if not stands(4) or fire == 0 then return 0 end
  local claim = redis.call('HGET', KEYS[2], ARGV[11])
  return claim and string.match(claim, '^(%S+)') == ARGV[7] and 1 or 0
end
if known[5] and known[5] ~= ARGV[5] then return 0 end
if fire > 0 and known[4] and tonumber(known[4]) > now then return 0 end
for i = 11, 10 + fire do
  if redis.call('HEXISTS', KEYS[4], ARGV[i]) == 1 then return 0 end
end
redis.call('HSET', KEYS[1], 'cursor', ARGV[4], 'rule', ARGV[5])
if ARGV[6] == '' then redis.call('HDEL', KEYS[1], 'waiting') else redis.call('HSET', KEYS[1], 'waiting', ARGV[6]) end
for i = 11, 10 + fire do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[7] .. ' ' .. string.format('%.0f', now + tonumber(ARGV[8])))
end
for _, nominal in ipairs(redis.call('HKEYS', KEYS[4])) do
  if tonumber(nominal) <= tonumber(ARGV[4]) then redis.call('HDEL', KEYS[4], nominal) end
end
for i = 11 + fire, #ARGV do
  local record = string.gsub(ARGV[i], 'AT', string.format('%.0f', now), 1)
  redis.call('LPUSH', KEYS[3], record)
  if i == #ARGV then redis.call('HSET', KEYS[1], 'skipped', record) end
end
redis.call('LTRIM', KEYS[3], 0, tonumber(ARGV[9]) - 1)
return 1
`,
);

/** KEYS state, by hand. ARGV cursor, rule, when it ends or `+` and its length in ms, pause as JSON with AT for the time, kept, record. */
export const PAUSE = script(
  2,
  `${OPENED}${NOTED}
local length = string.match(ARGV[3], '^%+(.*)')
local ends = length and string.format('%.0f', now + tonumber(length)) or ARGV[3]
redis.call('HSET', KEYS[1], 'pausedUntil', ends, 'pause', (string.gsub(ARGV[4], 'AT', string.format('%.0f', now), 1)))
redis.call('HINCRBY', KEYS[1], 'requests', 1)
noted(KEYS[2], ARGV[5], ARGV[6])
return 1
`,
);

/** KEYS state, by hand. ARGV kept, record. Answers whether there was a pause. */
export const RESUME = script(
  2,
  `${NOW}${NOTED}
-- Of one that has ended by itself the times in it may still have to be skipped.
if tonumber(redis.call('HGET', KEYS[1], 'pausedUntil') or '0') <= now then return 0 end
redis.call('HDEL', KEYS[1], 'pause', 'pausedUntil')
redis.call('HINCRBY', KEYS[1], 'requests', 1)
noted(KEYS[2], ARGV[1], ARGV[2])
return 1
`,
);

/** KEYS state, by hand, asked. ARGV kept, record, nominal, who and why as JSON; empty to ask back. */
export const ASK = script(
  3,
  `${NOW}${NOTED}
if ARGV[4] ~= '' then redis.call('HSET', KEYS[3], ARGV[3], ARGV[4])
elseif redis.call('HDEL', KEYS[3], ARGV[3]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'requests', 1)
noted(KEYS[2], ARGV[1], ARGV[2])
return 1
`,
);

/** KEYS by hand. ARGV kept, then records. */
export const NOTE = script(
  1,
  `${NOW}${NOTED}
noted(KEYS[1], ARGV[1], unpack(ARGV, 2))
return 1
`,
);

/**
 * KEYS state, by hand, asked. ARGV cursor, rule, when the account was opened, requests, until when it is paused (empty: it is not), pause
 * as JSON, kept, record, then each time to leave out with who and why. What the same account had before is older than that; another
 * account was opened since the server was emptied, and what people asked of it stays. Answers whether it had lost any.
 */
export const RESTORE = script(
  3,
  `${OPENED}${NOTED}
local known = redis.call('HMGET', KEYS[1], 'requests', 'opened', 'pausedUntil')
if tonumber(known[1] or '0') >= tonumber(ARGV[4]) then return 0 end
if tonumber(known[2] or '0') == tonumber(ARGV[3]) then
  redis.call('HDEL', KEYS[1], 'pause', 'pausedUntil')
  redis.call('DEL', KEYS[3])
  known[3] = false
end
if ARGV[5] ~= '' and tonumber(ARGV[5]) > now and (not known[3] or tonumber(known[3]) <= now) then
  redis.call('HSET', KEYS[1], 'pausedUntil', ARGV[5], 'pause', ARGV[6])
end
for i = 9, #ARGV, 2 do redis.call('HSETNX', KEYS[3], ARGV[i], ARGV[i + 1]) end
redis.call('HSET', KEYS[1], 'requests', ARGV[4])
noted(KEYS[2], ARGV[7], ARGV[8])
return 1
`,
);

/** KEYS claims, ticks. ARGV nominal, record, kept. A time that is not claimed any more was recorded before. */
export const RAN = script(
  2,
  `${NOW}
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('LPUSH', KEYS[2], (string.gsub(ARGV[2], 'AT', string.format('%.0f', now), 1)))
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[3]) - 1)
return 1
`,
);

/** KEYS claims. ARGV nominal, holder. Ends the lease of a claim of one's own. */
export const RELEASE = script(
  1,
  `
local claim = redis.call('HGET', KEYS[1], ARGV[1])
if claim and string.match(claim, '^(%S+)') == ARGV[2] then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' 0') end
return 1
`,
);

/** KEYS claims. ARGV holder, lease ms. Answers the times whose lease had ended; they are the holder's now. */
export const TAKE_OVER = script(
  1,
  `${NOW}
local taken = {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if tonumber(string.match(all[i + 1], '(%d+)$')) < now then
    redis.call('HSET', KEYS[1], all[i], ARGV[1] .. ' ' .. string.format('%.0f', now + tonumber(ARGV[2])))
    taken[#taken + 1] = all[i]
  end
end
return taken
`,
);
