/** Who gets the permits of an exchange, and what is kept for reads that wait: the last steps of `redis-ledger-scripts.ts`. */
import { BUDGET_USERS } from '../core/budget.ts';
import { LONG_MS, START_MS, WINDOW_PARTS } from './redis-ledger-steps.ts';

const USERS = BUDGET_USERS.length;
/** Permits are held back for live misses for so long after one wanted a permit, in ms. */
const LIVE_MS = 60_000;
/** A process that waited for so long for a call in flight is served before those that have some, in ms. */
const LONG_WAIT_MS = 500;
/** This part of what is kept of a rate may be used at once; the rest comes back evenly. */
const SPARE_AT_ONCE = 0.25;

/** Whether reads wait for permits lately: only then is a part of what is used up soon kept for them. */
export const LIVE = `
local live = tonumber(state[9] or '0')
local wasLive = nowMs - live < ${LIVE_MS}
if wants[1] > 0 and live < nowMs - 1000 then
  live = nowMs
  redis.call('HSET', KEYS[1], 'live', string.format('%.0f', live))
end
local isLive = nowMs - live < ${LIVE_MS}
`;

/**
 * What is kept of the rate: two paces in place of one. Of the calls of the shortest window a part is for live misses alone, and may
 * begin at once, a few together; all others share the rest, spaced more widely. So both together never exceed the window.
 *
 * A pace of n calls in the window, of which b may begin together, begins n - 1 + b in a window at the most, since a window and
 * the room of the rate hold one interval less: `n - 1 + b` is the part that is kept. When it begins to be kept, the others have just
 * used all of the rate, so it is empty, and fills as they give way.
 */
export const SPARE = `
local spareApart, spareBurst, spareNext = 0, 0, 0
local span = tonumber(ARGV[15] or '0')
local isLong = span >= ${LONG_MS * 1_000}
if interval > 0 and (isLive or isLong) then
  local calls = math.floor(span / interval + 1e-6)
  local kept = math.floor(calls * reserve + 1e-6)
  local atOnce = math.max(1, math.floor(kept * ${SPARE_AT_ONCE}))
  local evenly = kept - atOnce + 1
  if burst > 1 then
    atOnce = math.floor(burst * reserve + 1e-6)
    evenly = kept
  end
  if kept > 0 and atOnce > 0 and kept < calls then
    spareBurst, spareApart = atOnce, interval * calls / evenly
    local empty = now + atOnce * spareApart
    spareNext = math.min(empty, math.max(now, tonumber(state[11] or '0')))
    if not wasLive and not isLong then
      spareNext = empty
      redis.call('HSET', KEYS[1], 'spare', string.format('%.0f', empty))
    end
    if burst > 1 then burst = burst - atOnce end
    interval = interval * calls / (calls - kept)
  end
end
`;

/**
 * How many calls may be made at the same time yet, by this process. What one gives back with an exchange it may have again in the
 * same: so those that came first would have all of it for good, where more processes want a call than may be made. Of equal
 * shares they make way for who has waited for long, and not at once: until that one asks again, a call less is made.
 */
export const AHEAD = `
local free = concurrency - inFlight
local share = math.ceil(concurrency / holders)
if waiting > 0 then free = math.min(free, share - inUse) end
local since, ahead = {}, 0
for holder, at in string.gmatch(state[12] or '', '(%S+) (%d+)') do since[holder] = tonumber(at) end
local waitsSince = since[ARGV[1]] or nowMs
for holder, used in pairs(usedBy) do
  local at = since[holder] or nowMs
  if used < share and at < waitsSince and nowMs - at > ${LONG_WAIT_MS} then ahead = ahead + 1 end
end
local freeOther = free - ahead
`;

/** Since when each process waits for a call in flight, of those that do and were given none. */
export const LINE = `
local line = {}
for holder in pairs(usedBy) do
  if since[holder] then line[#line + 1] = string.format('%s %.0f', holder, since[holder]) end
end
if waitsUntil > 0 then
  if granted > 0 then waitsSince = nowMs end
  line[#line + 1] = string.format('%s %.0f', ARGV[1], waitsSince)
end
local text = table.concat(line, ' ')
if text ~= (state[12] or '') then redis.call('HSET', KEYS[1], 'line', text) end
`;

/**
 * Who gets them: start-time fair queueing (Goyal, Vin, Cheng 1996). Each user has a virtual time, which moves on by a call
 * over its share; the one that is furthest behind comes next, and one that comes back begins at what is served now. For users that
 * wait in other processes their calls are set aside, and nothing else.
 */
export const ALLOT = `
local held = 0
if isLive then held = math.floor(concurrency * reserve + 0.5) end
local most = math.min(free, math.floor(open), math.floor(quotaLeft))
local spared = math.max(0, math.min(spare, wants[1], most))
local cap = math.min(ready, most - spared)
local capOther = math.min(concurrency - held - inFlight, freeOther, math.floor(openOther))
local shares, waits = numbersIn(state[7]), numbersIn(state[8])
local served = shares[1] or 0
local elsewhere, left = {}, {}
for i = 1, ${USERS} do
  left[i] = wants[i]
  elsewhere[i] = 0
  if want > 0 and (waits[2 * i - 1] or 0) > nowMs then elsewhere[i] = math.max(0, (waits[2 * i] or 0) - wants[i]) end
end
left[1] = left[1] - spared
local grantedLive, grantedOther, used = spared, 0, 0
local own = want - spared
for n = 1, math.min(cap, 4096) do
  if own == 0 then break end
  local best, start
  for i = 1, ${USERS} do
    if left[i] + elsewhere[i] > 0 and (i == 1 or used < capOther) then
      local at = math.max(served, shares[i + 1] or 0)
      if not best or at < start then best, start = i, at end
    end
  end
  if not best then break end
  shares[best + 1] = start + 1 / weights[best]
  if best > 1 then used = used + 1 end
  if left[best] > 0 then
    served = start
    left[best] = left[best] - 1
    own = own - 1
    if best == 1 then grantedLive = grantedLive + 1 else grantedOther = grantedOther + 1 end
  else
    elsewhere[best] = elsewhere[best] - 1
  end
end
local waitOther, isKept = wait, 0
if capOther < 1 and openOther < 1 then
  waitOther = math.max(wait, opensIn)
  if open >= 1 then isKept = 1 end
end
if open < 1 then wait = math.max(wait, opensIn) end
if spareApart > 0 then
  spareNext = spareNext + spared * spareApart
  if spared > 0 then redis.call('HSET', KEYS[1], 'spare', string.format('%.0f', spareNext)) end
  if pausedUntil == 0 and quotaLeft >= 1 and open >= 1 then
    wait = math.min(wait, math.max(1, (spareNext - (spareBurst - 1) * spareApart - now) / 1000))
  end
end
local waitsAnew = {}
for i = 1, ${USERS} do
  local still = left[i]
  local until_ = waits[2 * i - 1] or 0
  if still > 0 then
    until_ = nowMs + math.min(2000, i == 1 and wait or waitOther) + 50
  elseif wants[i] > 0 then
    until_ = 0
  else
    still = waits[2 * i] or 0
  end
  waitsAnew[2 * i - 1] = string.format('%.0f', until_)
  waitsAnew[2 * i] = string.format('%d', still)
end
if want > 0 then
  local text = { string.format('%.6f', served) }
  for i = 1, ${USERS} do text[i + 1] = string.format('%.6f', math.max(served, shares[i + 1] or 0)) end
  redis.call('HSET', KEYS[1], 'shares', table.concat(text, ' '), 'waits', table.concat(waitsAnew, ' '))
end
local all = grantedLive + grantedOther
together = math.min(together, all - spared) + spared
if all > 0 then
  for ms, part in pairs(parts) do
    if redis.call('HINCRBY', KEYS[5], ms .. ':' .. string.format('%.0f', part), all) == all then
      local oldest = part - ${WINDOW_PARTS} - math.ceil(${START_MS} * ${WINDOW_PARTS} / tonumber(ms))
      for _, field in ipairs(redis.call('HKEYS', KEYS[5])) do
        local of, at = string.match(field, '^(%d+):(%d+)$')
        if of == ms and tonumber(at) < oldest then redis.call('HDEL', KEYS[5], field) end
      end
      if redis.call('PTTL', KEYS[5]) < tonumber(ms) * 2 then redis.call('PEXPIRE', KEYS[5], tonumber(ms) * 3) end
    end
  end
end
if ends and (ARGV[13] ~= '' or all > 0) then
  if nowMs < ends then left = math.max(0, quotaLeft - all) else left = 0 end
  redis.call('HSET', KEYS[1], 'quota', string.format('%.0f %.0f %.3f %.0f', left, ends, pace or 0, whole))
end
`;
