/** The steps of the exchange of a ledger, in order; `redis-ledger-scripts.ts` says what they are given and what they store. */
import { BUDGET_USERS, LONG_WINDOW_MS } from '../core/budget.ts';
import { HOUR_MS } from '../core/units.ts';
import { LIMIT_WINDOW_MS } from '../policy/limit.ts';
import { CALLS_APART, USED_HOURS } from './ledger.ts';
import { LATEST_START_MS } from './scheduled-starts.ts';

const USERS = BUDGET_USERS.length;
const APART = CALLS_APART.map((kind) => `'${kind}'`).join(', ');
/** What holds back in a second what was used before, where it is used no more. */
export const DECAY = 0.9;
/** How long a process's totals are kept after it was heard of last, in ms: longer than it is idle between two pieces of work. */
export const CALLS_KEPT_MS = 3_600_000;
/** Parts of a counted window. */
export const WINDOW_PARTS = 32;
/** How far into the future one exchange grants scheduled starts, in ms. */
export const HORIZON_MS = 50;
/**
 * Where replies come late, calls are granted to begin so much later, in ms, and no more: while all of the rate is wanted, calls are
 * granted up to the horizon, and what is nearer than it is taken already. So nothing is left out.
 */
const LEAD_MS = 40;
/** A call begins so long after it was granted at the latest, in ms. */
export const START_MS = LEAD_MS + HORIZON_MS + LATEST_START_MS;
/** Of a process that reports for the first time: a server that lost its data would take its whole life for a moment's calls. */
const MOST_AT_FIRST = 64;
/** What is left by the origin's word is spent freely down to this part of it, and evenly from there. */
export const FREELY_TO = 0.5;
/**
 * A reset may be later than it says, in ms: one in whole seconds by a second, since origins round down as well as up; any other
 * by a part of itself, and a second at the most.
 */
export const RESET_GRAIN_MS = 1_000;
export const RESET_GRAIN_PART = 0.25;
/** For so long after a reset the pace of the last window holds, until the origin says what is left now, in ms. */
export const UNSAID_MS = 60_000;

/**
 * Totals of calls, of which the ledger makes what was used: by user and hour, and as a rate and a number in flight, each the
 * most of late: a window's own, or nine tenths of what it was a second before. A process that is heard of for the first time
 * clears away those that were not heard of for long: so the hash is bounded.
 */
export const MEASURE = `
local ended, answered = 0, 0
if ARGV[8] ~= '' then
  local before = redis.call('HGET', KEYS[4], ARGV[1])
  local new, old = numbersIn(ARGV[8]), numbersIn(before)
  if #old ~= #new + 1 then old = {} end
  local function since(i) return math.max(0, new[i] - (old[i] or 0)) end
  ended, answered = since(1) + since(3), since(1)
  if not before then ended = math.min(ended, ${MOST_AT_FIRST}) end
  if ended + since(2) > 0 then
    local hour = math.floor(nowMs / ${HOUR_MS})
    local function used(what, calls, most)
      if not before then calls = math.min(calls, most or ${MOST_AT_FIRST}) end
      if calls > 0 and redis.call('HINCRBY', KEYS[6], hour .. ':' .. what, calls) == calls then
        redis.call('PEXPIRE', KEYS[6], ${USED_HOURS * HOUR_MS})
        for _, field in ipairs(redis.call('HKEYS', KEYS[6])) do
          if tonumber(string.match(field, '^%d+')) <= hour - ${USED_HOURS} then redis.call('HDEL', KEYS[6], field) end
        end
      end
    end
    for user = 1, ${USERS} do used(user, new[4 + user] and since(4 + user) or 0) end
    used('throttled', since(2))
    used('failed', since(3))
    for i, kind in ipairs({ ${APART} }) do used(kind, new[4 + ${USERS} + i] and since(4 + ${USERS} + i) or 0) end
    local all = since(1) + since(2) + since(3)
    used('ms', since(4), math.floor(since(4) * math.min(1, ${MOST_AT_FIRST} / all)))
  end
  local kept = string.format('%s %.0f', ARGV[8], nowMs + ${CALLS_KEPT_MS})
  if redis.call('HSET', KEYS[4], ARGV[1], kept) == 1 then
    local calls = redis.call('HGETALL', KEYS[4])
    for i = 1, #calls, 2 do
      if tonumber(string.match(calls[i + 1], '(%d+)$')) < nowMs then redis.call('HDEL', KEYS[4], calls[i]) end
    end
  end
  redis.call('PEXPIRE', KEYS[4], ${CALLS_KEPT_MS})
end
local measure = numbersIn(state[4])
local pausedUntil = tonumber(state[2] or '0')
if state[13] and answered > 0 and nowMs >= pausedUntil then redis.call('HDEL', KEYS[1], 'outage') end
local from, count, rate, peak = measure[1] or nowMs, (measure[2] or 0) + ended, measure[3] or 0, measure[4] or 0
peak = math.max(peak, inFlight)
if nowMs - from >= ${LIMIT_WINDOW_MS} then
  local seconds = (nowMs - from) / 1000
  if pausedUntil > from + ${LIMIT_WINDOW_MS} then seconds = ${LIMIT_WINDOW_MS / 1_000} end
  rate = math.max(count / seconds, rate * ${DECAY} ^ seconds)
  peak = math.max(inFlight, peak * ${DECAY} ^ seconds)
  from, count = nowMs, 0
end
local limit = numbersIn(state[5])
local version, epoch, cutAt, lookedAt = limit[1] or 0, limit[2] or 0, limit[5] or 0, limit[6] or 0
local adaptDue = 0
if ARGV[11] == '1' then
  local told, known = numbersIn(ARGV[12]), numbersIn(state[10])
  if known[1] ~= epoch then known[1], known[3] = epoch, 0 end
  if known[2] ~= version then known[2], known[4], known[5] = version, 0, 0 end
  if told[1] == epoch then known[3] = math.max(known[3], told[3]) end
  if told[2] == version then
    known[4] = math.max(known[4], told[4])
    known[5] = math.max(known[5], told[5])
  end
  local signals = table.concat(known, ' ')
  if signals ~= state[10] then redis.call('HSET', KEYS[1], 'signals', signals) end
  local isLowered = (limit[4] or 0) > 0
  if isLowered then
    if limit[3] > interval then
      interval = limit[3]
      burst = 1
    end
    concurrency = math.max(1, math.min(concurrency, limit[4]))
  end
  if known[3] > 0 and nowMs - cutAt >= ${LIMIT_WINDOW_MS} then adaptDue = 1 end
  if isLowered and nowMs - lookedAt >= ${LIMIT_WINDOW_MS} then adaptDue = 1 end
end
`;

/**
 * What the origin said is left until its reset. Every permit takes one from it. Calls in flight may not have been counted
 * when it was said, so they are taken off; and what is said may be old by as many calls as can be in flight, so only what is more
 * than that raises it, as where an origin fills a bucket. Many say it in refusals only, that nothing is left: of how much is not known.
 */
export const QUOTA = `
local quota = numbersIn(state[6])
local left, ends, pace, whole = quota[1], quota[2], quota[3], quota[4]
if ends and nowMs > ends + ${UNSAID_MS} then left, ends = nil, nil end
if ARGV[13] ~= '' then
  local told = numbersIn(ARGV[13])
  local now = math.max(0, told[1] - inFlight)
  local grain = ${RESET_GRAIN_MS}
  if told[2] % 1000 ~= 0 then grain = math.min(grain, told[2] * ${RESET_GRAIN_PART}) end
  local until_ = nowMs + told[2] + grain
  if not ends or nowMs >= ends or until_ > ends + 2 * grain + 100 then
    left, ends, whole = now, until_, math.max(told[1], 1)
    if told[1] > 0 then pace = (told[2] + grain) * 1000 / whole end
  else
    local more = now - concurrency
    left = math.max(math.min(left, now), more)
    whole = math.max(whole, more)
  end
end
local quotaLeft, quotaEnds = math.huge, 0
if ends then
  local spread = 1 - reserve
  if wants[1] > 0 then spread = 1 end
  local apart = 0
  if nowMs >= ends then
    apart = (pace or 0) / spread
  else
    quotaLeft, quotaEnds = left, ends
    if left < whole * ${FREELY_TO} then apart = (ends - nowMs) * 1000 / math.max(1, left * spread) end
  end
  if apart > interval then interval, burst = apart, 1 end
end
`;

/** How many calls may begin yet by the windows that are counted, and when the next may: for all, and without the reserve. */
export const COUNTED = `
local open, openOther, opensIn, counted = math.huge, math.huge, 0, quotaEnds > 0
local parts = {}
for ms, most in pairs(windows) do
  counted = true
  local size = tonumber(ms) / ${WINDOW_PARTS}
  local part = math.floor((nowMs + ${START_MS}) / size)
  parts[ms] = part
  local oldest, sum, first = part - ${WINDOW_PARTS} - math.ceil(${START_MS} / size), 0, nil
  local fields = {}
  for i = oldest, part do fields[#fields + 1] = ms .. ':' .. string.format('%.0f', i) end
  for i, text in ipairs(redis.call('HMGET', KEYS[5], unpack(fields))) do
    local calls = tonumber(text or '0')
    if calls > 0 and not first then first = oldest + i - 1 end
    sum = sum + calls
  end
  open = math.min(open, most - sum)
  local kept = 0
  if isLive or tonumber(ms) >= ${LONG_WINDOW_MS} then kept = math.floor(most * reserve + 1e-6) end
  openOther = math.min(openOther, most - kept - sum)
  if first and most - kept - sum < 1 then opensIn = math.max(opensIn, (first - oldest + 1) * size) end
end
`;

/**
 * How many calls may begin by the pace until the horizon: `together` of them at once, and the others an interval apart. The
 * reply takes some time (the lead): what would begin before it comes is begun then. All that may begin together go at once
 * only where their time has come without the lead; else with it. The calls before cannot have moved the next further than a
 * burst of the interval that holds; one of a rate that holds no more could, by a day.
 */
export const PACE = `
local lead = math.min(tonumber(ARGV[14] or '0'), ${LEAD_MS * 1_000})
local due = tonumber(state[1] or '0')
local furthest = now + ${LEAD_MS * 1_000} + horizon + configuredBurst * interval
if interval > 0 and due > furthest then
  due = furthest
  redis.call('HSET', KEYS[1], 'next', string.format('%.0f', due))
end
local base = math.max(now + lead, due)
local ready, together, togetherAt, pacedFirst, wait, spare = want, want, now, now, 20, 0
if pausedUntil > nowMs then
  ready = 0
  wait = pausedUntil - nowMs
else
  pausedUntil = 0
  if interval > 0 then
    local earliest = base - (burst - 1) * interval
    ready = math.max(0, math.floor((now + lead + horizon - earliest) / interval) + 1)
    together = math.min(ready, math.max(0, math.floor((now + lead - earliest) / interval) + 1))
    if due + (together - burst) * interval > now then togetherAt = now + lead end
    pacedFirst = earliest + together * interval
    if ready < want then wait = math.max(1, (earliest + ready * interval - now - lead - horizon) / 1000) end
  end
  if spareApart > 0 then
    spare = math.max(0, math.floor((now - spareNext) / spareApart + spareBurst + 1e-9))
  end
  if quotaLeft < 1 then wait = math.max(wait, quotaEnds - nowMs) end
end
`;
