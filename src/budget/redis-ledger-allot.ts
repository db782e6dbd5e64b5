/** Who gets the permits of an exchange, and what is kept for reads that wait: the last steps of `redis-ledger-scripts.ts`. */
import { BUDGET_USERS, LONG_WINDOW_MS } from '../core/budget.ts';
import { START_MS, WINDOW_PARTS } from './redis-ledger-steps.ts';

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
local isLong = span >= ${LONG_WINDOW_MS * 1_000}
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
 * What other processes have in use for live misses, and what their users want; and how many processes compete for calls of each
 * kind, with this one. A record counts for as long as its process waits, or has calls for live misses in use. A process of version
 * 0.1 has none, and takes part in the calls of the others.
 */
export const ELSEWHERE = `
local liveInUse = math.min(inUse, tonumber(ARGV[16] or '0'))
local liveInFlight, liveHolders, otherHolders = liveInUse, 1, 1
local elsewhere, records, wantsOf, liveUsedBy = {}, {}, {}, {}
for i = 1, ${USERS} do elsewhere[i] = 0 end
for holder, live, until_, wanted in string.gmatch(state[8] or '', '(%S+) (%d+) (%d+) ([%d,]+)') do
  local used = math.min(usedBy[holder] or 0, tonumber(live))
  local waits = tonumber(until_) > nowMs
  if holder ~= ARGV[1] and (waits or used > 0) then
    records[#records + 1] = string.format('%s %d %s %s', holder, used, until_, wanted)
    liveUsedBy[holder] = used
    liveInFlight = liveInFlight + used
    if waits then
      wantsOf[holder] = numbersIn(wanted)
      for i = 1, ${USERS} do elsewhere[i] = elsewhere[i] + (wantsOf[holder][i] or 0) end
    end
  end
end
local function wantsOthers(holder)
  local of = wantsOf[holder]
  if not of then return waitsBy[holder] and not liveUsedBy[holder] end
  for i = 2, ${USERS} do if (of[i] or 0) > 0 then return true end end
  return false
end
local function wantsLive(holder) return wantsOf[holder] and (wantsOf[holder][1] or 0) > 0 end
local competing = {}
for holder in pairs(usedBy) do competing[holder] = true end
for holder in pairs(wantsOf) do competing[holder] = true end
for holder in pairs(competing) do
  local used, live = usedBy[holder] or 0, liveUsedBy[holder] or 0
  if live > 0 or wantsLive(holder) then liveHolders = liveHolders + 1 end
  if used > live or wantsOthers(holder) then otherHolders = otherHolders + 1 end
end
`;

/**
 * How many calls may be made at the same time yet, by this process. What one gives back with an exchange it may have again in the
 * same: so those that came first would have all of it for good, where more processes want a call than may be made. Of equal
 * shares they make way for who has waited for long, and not at once: until that one asks again, a call less is made. Live misses
 * and all others are shared among the processes that have such, each by themselves: how much of the whole each kind has is
 * for the shares of users to say.
 */
export const AHEAD = `
local free = concurrency - inFlight
local freeLive, freeOther = free, free
if waiting > 0 then
  local since = {}
  for holder, at in string.gmatch(state[12] or '', '(%S+) (%d+)') do since[holder] = tonumber(at) end
  local waitsSince = since[ARGV[1]] or nowMs
  local liveShare, otherShare = math.ceil(concurrency / liveHolders), math.ceil(concurrency / otherHolders)
  local liveAhead, otherAhead = 0, 0
  for holder in pairs(waitsBy) do
    local at, live = since[holder] or nowMs, liveUsedBy[holder] or 0
    if at < waitsSince and nowMs - at > ${LONG_WAIT_MS} then
      if wantsLive(holder) and live < liveShare then liveAhead = liveAhead + 1 end
      if wantsOthers(holder) and usedBy[holder] - live < otherShare then otherAhead = otherAhead + 1 end
    end
  end
  freeLive = math.min(free, liveShare - liveInUse) - liveAhead
  freeOther = math.min(free, otherShare - (inUse - liveInUse)) - otherAhead
end
`;

/** Since when each process waits for a call in flight, of those that do and were given none. */
export const LINE = `
local line, since = {}, {}
for holder, at in string.gmatch(state[12] or '', '(%S+) (%d+)') do since[holder] = tonumber(at) end
for holder in pairs(waitsBy) do
  if since[holder] then line[#line + 1] = string.format('%s %.0f', holder, since[holder]) end
end
if waitsUntil > 0 then
  local at = granted > 0 and nowMs or since[ARGV[1]] or nowMs
  line[#line + 1] = string.format('%s %.0f', ARGV[1], at)
end
local text = table.concat(line, ' ')
if text ~= (state[12] or '') then redis.call('HSET', KEYS[1], 'line', text) end
`;

/**
 * Who gets them: start-time fair queueing (Goyal, Vin, Cheng 1996). Each user has a virtual time, which moves on by a call
 * over its share; the one that is furthest behind comes next, and one that comes back begins at what is served now. For users that
 * wait in other processes their calls are set aside, and nothing else: their time moves on when they get them, and not each time
 * that somebody makes way. What is kept for live misses is a bound for all others, and counts as theirs.
 */
export const ALLOT = `
local held = 0
if isLive then held = math.floor(concurrency * reserve + 0.5) end
local most = math.min(free, math.floor(open), math.floor(quotaLeft))
local spared = math.max(0, math.min(spare, wants[1], most, freeLive))
local cap = math.min(ready, most - spared)
local capOthers = math.min(concurrency - held - (inFlight - liveInFlight), math.floor(openOther))
local capOther = math.min(capOthers, freeOther)
local shares = numbersIn(state[7])
local served = shares[1] or 0
local left, aside = {}, {}
for i = 1, ${USERS} do
  left[i] = wants[i]
  aside[i] = 0
end
left[1] = left[1] - spared
if spared > 0 then shares[2] = math.max(served, shares[2] or 0) + spared / weights[1] end
local grantedLive, grantedOther, used = spared, 0, 0
local function isOpen(i)
  if left[i] == 0 then return false end
  if i == 1 then return grantedLive < freeLive end
  return grantedOther < capOther
end
for n = 1, math.min(cap, 4096) do
  local best, start
  local isWanted = false
  for i = 1, ${USERS} do
    local own = isOpen(i) and (i == 1 or used < capOthers)
    isWanted = isWanted or own
    if own or (elsewhere[i] > aside[i] and (i == 1 or used < capOthers)) then
      local at = math.max(served, shares[i + 1] or 0) + aside[i] / weights[i]
      if not best or at < start then best, start = i, at end
    end
  end
  if not isWanted then break end
  if best > 1 then used = used + 1 end
  if isOpen(best) then
    served = math.max(served, start - aside[best] / weights[best])
    shares[best + 1] = math.max(served, shares[best + 1] or 0) + 1 / weights[best]
    left[best] = left[best] - 1
    if best == 1 then grantedLive = grantedLive + 1 else grantedOther = grantedOther + 1 end
  else
    aside[best] = aside[best] + 1
  end
end
local isCrowded = free <= grantedLive + grantedOther or (left[1] > 0 and freeLive <= grantedLive)
for i = 2, ${USERS} do isCrowded = isCrowded or (left[i] > 0 and freeOther <= grantedOther) end
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
local waitsTo, isWaiting = 0, false
for i = 1, ${USERS} do
  if left[i] > 0 then
    isWaiting = true
    waitsTo = math.max(waitsTo, nowMs + math.min(2000, i == 1 and wait or waitOther) + 50)
  end
end
if isWaiting or liveInUse + grantedLive > 0 then
  local record = table.concat(left, ',')
  records[#records + 1] = string.format('%s %d %.0f %s', ARGV[1], liveInUse + grantedLive, waitsTo, record)
end
local users = table.concat(records, ' ')
if users ~= (state[8] or '') then redis.call('HSET', KEYS[1], 'users', users) end
if want > 0 then
  local text = { string.format('%.6f', served) }
  for i = 1, ${USERS} do text[i + 1] = string.format('%.6f', math.max(served, shares[i + 1] or 0)) end
  redis.call('HSET', KEYS[1], 'shares', table.concat(text, ' '))
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
