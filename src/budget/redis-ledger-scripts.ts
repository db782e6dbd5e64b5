/**
 * The ledger's Lua. All keys of an origin share a hash tag:
 *
 *     ledger   hash {next, stamp, pausedUntil, reason, by, outage}, and what limits, quotas and shares need:
 *                {measure, limit, lowered, signals, quota, shares, users, live, spare, line}
 *     holders  hash {process: "inUse expiresMs waitingUntilMs"}
 *     limits   hash {"concurrency intervalUs[ burst CALLSxMS...]": expiresMs}: each configuration that a live process has
 *     calls    hash {process: "ok throttled failed ms, by user, counted apart, expiresMs"}: running totals, the latest of each process
 *     windows  hash {"MS:BUCKET": calls}: what began lately, for each window that is counted
 *     used     hash {"HOUR:USER": calls, "HOUR:throttled": calls, "HOUR:failed": calls, ...}, of the last two days
 *
 * Processes of version 0.1 know the first two, in the same form, and use the limits of their own configuration.
 *
 * Pacing is the "virtual scheduling" form of the generic cell rate algorithm (ITU-T I.371, annex A), with a burst of one
 * unless more is configured: the n-th call may not begin before `next`, less what the burst tolerates; `next` moves on by
 * one interval per granted call. Grants reach a little into the future (the horizon), each with its own start time, so that
 * one round trip serves many calls without letting them begin together.
 *
 * Longer windows are counted in parts of a 32nd. A call counts until its part has left the window as a whole, so that no
 * window that begins anywhere holds more than it may; for that, up to a 32nd of the time passes unused.
 */
import { BUDGET_USERS, SHARES } from '../core/budget.ts';
import { script } from '../redis/script.ts';
import { NOW_AND_STAMP } from '../redis/stamp.ts';
import { DECLARED_MS } from './lease.ts';
import { AHEAD, ALLOT, ELSEWHERE, LINE, LIVE, SPARE } from './redis-ledger-allot.ts';
import { CALLS_KEPT_MS, COUNTED, MEASURE, PACE, QUOTA } from './redis-ledger-steps.ts';

/**
 * The limits that hold: of all configurations that live processes have, the lowest concurrency, the longest interval, the
 * smallest burst, and every window; and what the limits were lowered to since. A configuration counts until a lease after it
 * was last declared, and a minute at the most; it is written again when half of that has passed.
 */
const LIMITS = `
local concurrency, interval, lease = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[7])
local own, ownUntil = ARGV[4] .. ' ' .. ARGV[5], 0
if ARGV[9] ~= '' then own = own .. ' ' .. ARGV[9] end
local burst, windows = math.huge, {}
local function apply(text)
  local calls, apart, more = string.match(text, '^(%d+) (%d+)(.*)$')
  if not calls then return end
  concurrency = math.min(concurrency, tonumber(calls))
  interval = math.max(interval, tonumber(apart))
  if tonumber(apart) > 0 then burst = math.min(burst, tonumber(string.match(more, '^ (%d+)') or '1')) end
  for most, ms in string.gmatch(more, '([%d%.]+)x(%d+)') do
    windows[ms] = math.min(windows[ms] or math.huge, tonumber(most))
  end
end
apply(own)
local limits = redis.call('HGETALL', KEYS[3])
for i = 1, #limits, 2 do
  local ends = tonumber(limits[i + 1])
  if limits[i] == own then
    ownUntil = ends
  elseif ends < nowMs then
    redis.call('HDEL', KEYS[3], limits[i])
  else
    apply(limits[i])
  end
end
local declared = math.min(lease, ${DECLARED_MS})
if ownUntil < nowMs + declared / 2 then
  redis.call('HSET', KEYS[3], own, string.format('%.0f', nowMs + declared))
  redis.call('PEXPIRE', KEYS[3], ${CALLS_KEPT_MS})
end
if burst == math.huge then burst = 1 end
local configuredBurst = burst
`;

const HOLDERS = `
local others, waiting, usedBy, waitsBy = 0, 0, {}, {}
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  if all[i] ~= ARGV[1] then
    local used, expires, waitingUntil = string.match(all[i + 1], '^(%d+) (%d+) (%d+)$')
    if tonumber(expires) < nowMs then
      redis.call('HDEL', KEYS[2], all[i])
    else
      others = others + tonumber(used)
      usedBy[all[i]] = tonumber(used)
      if tonumber(waitingUntil) > nowMs then
        waiting = waiting + 1
        waitsBy[all[i]] = true
      end
    end
  end
end
local inFlight = others + inUse
`;

const USERS = BUDGET_USERS.length;
const WEIGHTS = BUDGET_USERS.map((user) => SHARES[user]).join(', ');

const READ = `
local nowMs = now / 1000
local inUse, horizon = tonumber(ARGV[2]), tonumber(ARGV[6])
local wants, want = {}, 0
for number in string.gmatch(ARGV[3], '%d+') do
  wants[#wants + 1] = tonumber(number)
  want = want + tonumber(number)
end
for i = #wants + 1, ${USERS} do wants[i] = 0 end
local weights = { ${WEIGHTS} }
local reserve = tonumber(ARGV[10])
local state = redis.call('HMGET', KEYS[1], 'next', 'pausedUntil', 'reason', 'measure', 'limit', 'quota', 'shares', 'users',
  'live', 'signals', 'spare', 'line', 'outage')
local function numbersIn(text)
  local numbers = {}
  for number in string.gmatch(text or '', '[%d%.]+') do numbers[#numbers + 1] = tonumber(number) end
  return numbers
end
`;

const GRANT = `
local granted = grantedLive + grantedOther
peak = math.max(peak, inFlight + granted)
redis.call('HSET', KEYS[1], 'measure', string.format('%.0f %d %.3f %.3f', from, count, rate, peak))
if granted > spared and interval > 0 then
  redis.call('HSET', KEYS[1], 'next', string.format('%.0f', base + (granted - spared) * interval))
end
local waitsUntil = 0
if granted < want and isCrowded then waitsUntil = nowMs + 1000 end
${LINE}if inUse + granted > 0 or waitsUntil > 0 then
  redis.call('HSET', KEYS[2], ARGV[1], string.format('%d %.0f %.0f', inUse + granted, nowMs + lease, waitsUntil))
else
  redis.call('HDEL', KEYS[2], ARGV[1])
end
return { grantedLive, grantedOther, string.format('%.0f', stamp), together, math.max(0, math.floor(pacedFirst - now)),
  math.floor(interval), burst > 1 and 1 or 0, math.ceil(wait), math.ceil(waitOther), string.format('%.0f', pausedUntil),
  state[3] or '', waiting, waitsUntil > 0 and 1 or 0, counted and 1 or 0, epoch, version, adaptDue,
  string.format('%.0f', now), math.floor(togetherAt - now), math.floor(lead), spared, isKept, others }
`;

/**
 * KEYS ledger, holders, limits, calls, windows, used. ARGV holder, inUse, wanted by each user, configured concurrency,
 * configured interval us (0: no rate), horizon us, lease ms, totals of calls ('': none yet), burst and counted windows ('':
 * none), reserve, whether limits adapt, signals ("epoch version throttled failing slow"), what the origin said is left
 * ("calls ms", '': nothing), how late replies come now (us), the shortest window (us, with its room; 0 without a rate), how
 * many of those in use are for live misses.
 *
 * All that a process reports is absolute, not a difference: a command that is sent again after a lost reply corrects the
 * record instead of counting twice. While another process waits for a share of the calls in flight, no process takes
 * more than an equal one; and what one that has waited for long is entitled to is set aside for it.
 *
 * Returns granted to live misses, granted to others, stamp, how many may begin at once, start of the next (us from now),
 * interval that holds (us), whether a burst is allowed, wait of live misses and of others (ms), paused until (ms, 0 when
 * not), pause reason, how many others wait for a share, whether it was the calls in flight that limited the grant, whether
 * each call is counted here, epoch and version of the limits, whether they are to be looked at again, the time (us), when
 * those begin that begin at once, by when the reply is expected (us from now), and how many of the first are of the part that is
 * kept for live misses, and so outside the pace; and whether what is left of a window is kept for live misses.
 */
export const EXCHANGE = script(
  6,
  `${NOW_AND_STAMP}${READ}${LIMITS}${HOLDERS}${ELSEWHERE}${MEASURE}${QUOTA}${LIVE}${COUNTED}${SPARE}${PACE}${AHEAD}${ALLOT}${GRANT}`,
);

/** KEYS ledger. Returns a stamp. */
export const STAMP = script(
  1,
  `${NOW_AND_STAMP}
return string.format('%.0f', stamp)
`,
);

/**
 * KEYS ledger. ARGV until ms, reason, by, whether it does not answer, now ms. A shorter pause never cuts a longer one. An outage lasts
 * until the origin answers: with "slow down", which is seen here, or otherwise, which the exchange sees.
 */
export const PAUSE = script(
  1,
  `
if ARGV[4] == '1' then
  local since = string.match(redis.call('HGET', KEYS[1], 'outage') or '', '^%d+') or ARGV[5]
  redis.call('HSET', KEYS[1], 'outage', since .. ' ' .. ARGV[2])
else
  redis.call('HDEL', KEYS[1], 'outage')
end
local known = tonumber(redis.call('HGET', KEYS[1], 'pausedUntil') or '0')
if tonumber(ARGV[1]) > known then
  redis.call('HSET', KEYS[1], 'pausedUntil', ARGV[1], 'reason', ARGV[2], 'by', ARGV[3])
end
return 1
`,
);

/**
 * KEYS ledger. ARGV version that was looked at, epoch from now on, interval us (0: the configured), permits, cut at ms, at
 * ms, the lowered limit as JSON ('': the configured hold). Only the first that looked at a version changes it.
 */
export const LIMIT = script(
  1,
  `
local version = tonumber(string.match(redis.call('HGET', KEYS[1], 'limit') or '0', '^%d+'))
if version ~= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'limit', string.format('%d %s %s %s %s %s', version + 1, ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]))
if ARGV[7] == '' then
  redis.call('HDEL', KEYS[1], 'lowered')
else
  redis.call('HSET', KEYS[1], 'lowered', ARGV[7])
end
return 1
`,
);
