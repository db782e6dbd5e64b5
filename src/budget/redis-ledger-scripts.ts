/**
 * The ledger's Lua. Both keys of an origin share a hash tag: a hash `ledger` {next, stamp, pausedUntil, reason} and a
 * hash `holders` {process: "inUse expiresMs hungryUntilMs"}.
 *
 * Pacing is the "virtual scheduling" form of the generic cell rate algorithm (ITU-T I.371, annex A) with a burst of one:
 * the n-th call may not begin before `next`, which moves on by one interval per granted call. Grants reach a little
 * into the future (the horizon), each with its own start time, so that one round trip serves many calls without
 * letting them begin together.
 */
import { script } from '../redis/script.ts';
import { NOW_AND_STAMP } from '../redis/stamp.ts';

/**
 * KEYS ledger, holders. ARGV holder, inUse, want, concurrency, interval us (0: no rate), horizon us, lease ms.
 *
 * `inUse` is absolute, not a difference: a command that is sent again after a lost reply corrects the record instead of
 * counting twice. While another process goes hungry, nobody takes more than an equal share.
 *
 * Returns granted, stamp, first start (us from now), wait ms, paused until (ms, 0 when not), pause reason, hungry others,
 * and whether it was the calls in flight that limited the grant.
 */
export const EXCHANGE = script(
  2,
  `${NOW_AND_STAMP}
local nowMs = now / 1000
local inUse, want, concurrency = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local interval, horizon, lease = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local others, holders, hungry = 0, 1, 0
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  if all[i] ~= ARGV[1] then
    local used, expires, hungryUntil = string.match(all[i + 1], '^(%d+) (%d+) (%d+)$')
    if tonumber(expires) < nowMs then
      redis.call('HDEL', KEYS[2], all[i])
    else
      others = others + tonumber(used)
      holders = holders + 1
      if tonumber(hungryUntil) > nowMs then hungry = hungry + 1 end
    end
  end
end
local free = concurrency - others - inUse
if hungry > 0 then free = math.min(free, math.ceil(concurrency / holders) - inUse) end
local state = redis.call('HMGET', KEYS[1], 'next', 'pausedUntil', 'reason')
local first = math.max(now, tonumber(state[1] or '0'))
local pausedUntil = tonumber(state[2] or '0')
local wait = 20
local ready = want
if pausedUntil > nowMs then
  ready = 0
  wait = pausedUntil - nowMs
else
  pausedUntil = 0
  if interval > 0 then
    ready = math.max(0, math.floor((now + horizon - first) / interval) + 1)
    if first > now + horizon then ready = 0 end
  end
end
local granted = math.max(0, math.min(want, free, ready))
if granted > 0 and interval > 0 then
  redis.call('HSET', KEYS[1], 'next', string.format('%.0f', first + granted * interval))
end
if granted < want and granted == ready and pausedUntil == 0 then
  wait = math.max(1, (first + granted * interval - now - horizon) / 1000)
end
local goesHungry = 0
if granted < want and free <= granted then goesHungry = nowMs + 1000 end
if inUse + granted > 0 or goesHungry > 0 then
  redis.call('HSET', KEYS[2], ARGV[1], string.format('%d %.0f %.0f', inUse + granted, nowMs + lease, goesHungry))
else
  redis.call('HDEL', KEYS[2], ARGV[1])
end
return { granted, string.format('%.0f', stamp), math.max(0, math.floor(first - now)), math.ceil(wait),
  string.format('%.0f', pausedUntil), state[3] or '', hungry, goesHungry > 0 and 1 or 0 }
`,
);

/** KEYS ledger. Returns a stamp. */
export const STAMP = script(
  1,
  `${NOW_AND_STAMP}
return string.format('%.0f', stamp)
`,
);

/** KEYS ledger. ARGV until ms, reason. A shorter pause never cuts a longer one. */
export const PAUSE = script(
  1,
  `
local known = tonumber(redis.call('HGET', KEYS[1], 'pausedUntil') or '0')
if tonumber(ARGV[1]) > known then
  redis.call('HSET', KEYS[1], 'pausedUntil', ARGV[1], 'reason', ARGV[2])
end
return 1
`,
);
