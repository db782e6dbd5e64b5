/**
 * The ledger's Lua. All keys of an origin share a hash tag:
 *
 *     ledger   hash {next, stamp, pausedUntil, reason}
 *     holders  hash {process: "inUse expiresMs waitingUntilMs"}
 *     limits   hash {"concurrency intervalUs": expiresMs}: each configuration that a live process has
 *     calls    hash {process: "ok throttled failed ms expiresMs"}: running totals, the latest of each process
 *
 * Processes of an earlier version know the first two, in the same form, and use the limits of their own configuration.
 *
 * Pacing is the "virtual scheduling" form of the generic cell rate algorithm (ITU-T I.371, annex A) with a burst of one:
 * the n-th call may not begin before `next`, which moves on by one interval per granted call. Grants reach a little
 * into the future (the horizon), each with its own start time, so that one round trip serves many calls without
 * letting them begin together.
 */
import { script } from '../redis/script.ts';
import { NOW_AND_STAMP } from '../redis/stamp.ts';

/** How long a process's totals are kept after it was heard of last, in ms: longer than it is idle between two pieces of work. */
export const CALLS_KEPT_MS = 3_600_000;

/**
 * The limits that hold: of all configurations that live processes have, the lowest concurrency and the longest interval.
 * A configuration counts until a lease after it was last declared; it is written again when half of that has passed.
 */
const LIMITS = `
local concurrency, interval, lease = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[7])
local own, ownUntil = ARGV[4] .. ' ' .. ARGV[5], 0
local limits = redis.call('HGETALL', KEYS[3])
for i = 1, #limits, 2 do
  local ends = tonumber(limits[i + 1])
  if limits[i] == own then
    ownUntil = ends
  elseif ends < nowMs then
    redis.call('HDEL', KEYS[3], limits[i])
  else
    local calls, apart = string.match(limits[i], '^(%d+) (%d+)$')
    concurrency = math.min(concurrency, tonumber(calls))
    interval = math.max(interval, tonumber(apart))
  end
end
if ownUntil < nowMs + lease / 2 then
  redis.call('HSET', KEYS[3], own, string.format('%.0f', nowMs + lease))
  redis.call('PEXPIRE', KEYS[3], math.max(math.ceil(lease), ${CALLS_KEPT_MS}))
end
`;

/** A process that is heard of for the first time clears away those that were not heard of for long: so the hash is bounded. */
const CALLS = `
if ARGV[8] ~= '' then
  local kept = string.format('%s %.0f', ARGV[8], nowMs + ${CALLS_KEPT_MS})
  if redis.call('HSET', KEYS[4], ARGV[1], kept) == 1 then
    local calls = redis.call('HGETALL', KEYS[4])
    for i = 1, #calls, 2 do
      if tonumber(string.match(calls[i + 1], '(%d+)$')) < nowMs then redis.call('HDEL', KEYS[4], calls[i]) end
    end
  end
  redis.call('PEXPIRE', KEYS[4], ${CALLS_KEPT_MS})
end
`;

/**
 * KEYS ledger, holders, limits, calls. ARGV holder, inUse, want, configured concurrency, configured interval us (0: no
 * rate), horizon us, lease ms, totals of calls ('': none yet).
 *
 * All that a process reports is absolute, not a difference: a command that is sent again after a lost reply corrects the
 * record instead of counting twice. While another process waits for a share of the calls in flight, no process takes
 * more than an equal one.
 *
 * Returns granted, stamp, first start (us from now), wait ms, paused until (ms, 0 when not), pause reason, how many others
 * wait for a share, whether it was the calls in flight that limited the grant, and the interval that holds (us).
 */
export const EXCHANGE = script(
  4,
  `${NOW_AND_STAMP}
local nowMs = now / 1000
local inUse, want, horizon = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[6])
${LIMITS}${CALLS}
local others, holders, waiting = 0, 1, 0
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  if all[i] ~= ARGV[1] then
    local used, expires, waitingUntil = string.match(all[i + 1], '^(%d+) (%d+) (%d+)$')
    if tonumber(expires) < nowMs then
      redis.call('HDEL', KEYS[2], all[i])
    else
      others = others + tonumber(used)
      holders = holders + 1
      if tonumber(waitingUntil) > nowMs then waiting = waiting + 1 end
    end
  end
end
local free = concurrency - others - inUse
if waiting > 0 then free = math.min(free, math.ceil(concurrency / holders) - inUse) end
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
local waitsUntil = 0
if granted < want and free <= granted then waitsUntil = nowMs + 1000 end
if inUse + granted > 0 or waitsUntil > 0 then
  redis.call('HSET', KEYS[2], ARGV[1], string.format('%d %.0f %.0f', inUse + granted, nowMs + lease, waitsUntil))
else
  redis.call('HDEL', KEYS[2], ARGV[1])
end
return { granted, string.format('%.0f', stamp), math.max(0, math.floor(first - now)), math.ceil(wait),
  string.format('%.0f', pausedUntil), state[3] or '', waiting, waitsUntil > 0 and 1 or 0, interval }
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
  redis.call('HSET', KEYS[1], 'pausedUntil', ARGV[1], 'reason', ARGV[2], 'by', ARGV[3])
end
return 1
`,
);
