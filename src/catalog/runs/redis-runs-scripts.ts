/**
 * The Lua of runs. The keys of a run share a hash tag:
 *
 * - hash `run`: `token`, `spec` (JSON), `state`, times, ended reason and note, `total`, `chunks`, `pending`, `revision`, `coverage` and
 *   `unread`, `shrunk` and `planned` (JSON), and one counter under each outcome's code;
 * - hash `keys`: {chunk: source, then the keys, a line each};
 * - hash `outcomes`: {chunk: one code per key}.
 *
 * `pending` and the counters change in the same script, so they add up to `total` at any time. In a run that
 * has ended, a code that is still pending means cancelled: so a stop is one small step, however large the manifest.
 *
 * Each script may run twice (a lost reply): it leaves what is already done, and returns what it did before.
 */
import { OUTCOME_CODES, OUTCOMES, WARM_OUTCOMES } from '../../core/outcome.ts';
import { script } from '../../redis/script.ts';

/** The codes of outcomes that are taken back where a value is lost again. */
const WARM = OUTCOMES.filter((outcome) => WARM_OUTCOMES.has(outcome))
  .map((outcome) => OUTCOME_CODES[outcome])
  .join('');

/**
 * KEYS run. ARGV spec, token of this call. Returns whether this call made the run, and the run. The token distinguishes a call
 * that is sent again from that of a second caller with the same id.
 */
export const CREATE = script(
  1,
  `
if redis.call('HSETNX', KEYS[1], 'token', ARGV[2]) == 1 then
  redis.call('HSET', KEYS[1], 'spec', ARGV[1], 'state', 'planning', 'total', 0, 'chunks', 0, 'pending', 0, 'revision', 1)
end
return { redis.call('HGET', KEYS[1], 'token') == ARGV[2] and 1 or 0, redis.call('HGETALL', KEYS[1]) }
`,
);

/** `take(codes, sign)` adds the outcomes that stand in `codes` to the counters, and returns how many they are. */
const TAKE = `
local function take(codes, sign)
  local counts, sum = {}, 0
  for i = 1, #codes do
    local code = string.byte(codes, i)
    if code ~= 46 then
      counts[code] = (counts[code] or 0) + 1
      sum = sum + 1
    end
  end
  for code, count in pairs(counts) do
    redis.call('HINCRBY', KEYS[1], string.char(code), sign * count)
  end
  return sum
end
`;

/** `drop(chunk)` takes a chunk out of the manifest. */
const DROP = `${TAKE}
local function drop(chunk)
  local codes = redis.call('HGET', KEYS[3], chunk)
  if not codes then return end
  local ended = take(codes, -1)
  redis.call('HINCRBY', KEYS[1], 'total', 0 - #codes)
  redis.call('HINCRBY', KEYS[1], 'pending', ended - #codes)
  redis.call('HINCRBY', KEYS[1], 'chunks', -1)
  redis.call('HDEL', KEYS[2], chunk)
  redis.call('HDEL', KEYS[3], chunk)
end
`;

/** KEYS run, keys, outcomes. ARGV chunk, text of the keys, how many. Returns the state; a run past planning stays as it is. */
export const ADD_CHUNK = script(
  3,
  `${DROP}
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'planning' or redis.call('HGET', KEYS[2], ARGV[1]) == ARGV[2] then return state end
drop(ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[3], ARGV[1], string.rep('.', ARGV[3]))
redis.call('HINCRBY', KEYS[1], 'total', ARGV[3])
redis.call('HINCRBY', KEYS[1], 'pending', ARGV[3])
redis.call('HINCRBY', KEYS[1], 'chunks', 1)
redis.call('HINCRBY', KEYS[1], 'revision', 1)
return state
`,
);

/**
 * KEYS run, keys, outcomes. ARGV chunks, total, at, unread, shrunk, planned (JSON). Chunks from `chunks` on are left over from a plan that was
 * interrupted and made again: they go. Returns the run, still planning when this is not the manifest it has.
 */
export const BEGIN = script(
  3,
  `${DROP}
if redis.call('HGET', KEYS[1], 'state') == 'planning' then
  local chunks = tonumber(ARGV[1])
  if redis.call('HLEN', KEYS[3]) > chunks then
    for _, chunk in ipairs(redis.call('HKEYS', KEYS[3])) do
      if tonumber(chunk) >= chunks then drop(chunk) end
    end
  end
  local found = redis.call('HMGET', KEYS[1], 'chunks', 'total', 'pending')
  if found[1] == ARGV[1] and found[2] == ARGV[2] then
    redis.call('HSET', KEYS[1], 'state', found[3] == '0' and 'verifying' or 'running', 'startedAt', ARGV[3], 'unread', ARGV[4], 'shrunk', ARGV[5], 'planned', ARGV[6])
    redis.call('HINCRBY', KEYS[1], 'revision', 1)
  end
end
return redis.call('HGETALL', KEYS[1])
`,
);

/**
 * KEYS run, outcomes. ARGV chunk, then for each stretch of neighbouring keys, in order: index of the first, codes.
 * Returns the state; nothing when there is no such run, an empty string when there is no such chunk.
 *
 * A stretch of which nothing is recorded yet, the common case, goes in as a whole; else only its pending keys do.
 */
export const RECORD = script(
  2,
  `${TAKE}
local state = redis.call('HGET', KEYS[1], 'state')
if not state or state == 'ended' then return state end
local old = redis.call('HGET', KEYS[2], ARGV[1])
if not old then return '' end

local function pendingOnly(stands, told)
  local taken = {}
  for i = 1, #stands do
    taken[i] = string.byte(stands, i) == 46 and string.sub(told, i, i) or '.'
  end
  return table.concat(taken)
end

local function merge(stands, taken)
  local merged = {}
  for i = 1, #stands do
    merged[i] = string.sub(string.byte(taken, i) == 46 and stands or taken, i, i)
  end
  return table.concat(merged)
end

local pieces, ended, at = {}, 0, 1
for i = 2, #ARGV, 2 do
  local from = ARGV[i] + 1
  local stands = string.sub(old, from, from + #ARGV[i + 1] - 1)
  local told = string.sub(ARGV[i + 1], 1, #stands)
  if string.find(stands, '[^.]') then
    local taken = pendingOnly(stands, told)
    ended = ended + take(taken, 1)
    told = merge(stands, taken)
  else
    ended = ended + take(told, 1)
  end
  pieces[#pieces + 1] = string.sub(old, at, from - 1)
  pieces[#pieces + 1] = told
  at = from + #told
end
if ended == 0 then return state end
pieces[#pieces + 1] = string.sub(old, at)
redis.call('HSET', KEYS[2], ARGV[1], table.concat(pieces))
redis.call('HINCRBY', KEYS[1], 'revision', 1)
if redis.call('HINCRBY', KEYS[1], 'pending', -ended) == 0 and state == 'running' then
  state = 'verifying'
  redis.call('HSET', KEYS[1], 'state', state)
end
return state
`,
);

/**
 * KEYS run, outcomes. ARGV chunk, then indexes in order. Returns how many successes became failures, none once the run
 * has ended; nothing when there is no such run.
 */
export const REVOKE = script(
  2,
  `
local state = redis.call('HGET', KEYS[1], 'state')
if not state then return nil end
local old = redis.call('HGET', KEYS[2], ARGV[1])
if state == 'ended' or not old then return 0 end
local pieces, counts, revoked, at = {}, {}, 0, 1
for i = 2, #ARGV do
  local here = ARGV[i] + 1
  local code = string.sub(old, here, here)
  if string.find(code, '[${WARM}]') then
    counts[code] = (counts[code] or 0) + 1
    revoked = revoked + 1
    pieces[#pieces + 1] = string.sub(old, at, here - 1)
    pieces[#pieces + 1] = 'f'
    at = here + 1
  end
end
if revoked == 0 then return 0 end
pieces[#pieces + 1] = string.sub(old, at)
redis.call('HSET', KEYS[2], ARGV[1], table.concat(pieces))
for code, count in pairs(counts) do redis.call('HINCRBY', KEYS[1], code, -count) end
redis.call('HINCRBY', KEYS[1], 'f', revoked)
redis.call('HINCRBY', KEYS[1], 'revision', 1)
return revoked
`,
);

/**
 * KEYS run. ARGV reason, note, coverage, at, the state it must be in (empty: any). Whatever is pending becomes
 * cancelled. Returns the run, not ended when it was in another state.
 */
export const END = script(
  1,
  `
local found = redis.call('HMGET', KEYS[1], 'state', 'pending')
local state, pending = found[1], found[2]
if state and state ~= 'ended' and (ARGV[5] == '' or state == ARGV[5]) then
  redis.call('HSET', KEYS[1], 'state', 'ended', 'endedAt', ARGV[4], 'endedReason', ARGV[1], 'endedNote', ARGV[2],
    'coverage', ARGV[3], 'pending', 0)
  redis.call('HINCRBY', KEYS[1], 'c', pending)
  redis.call('HINCRBY', KEYS[1], 'revision', 1)
end
return redis.call('HGETALL', KEYS[1])
`,
);

/**
 * KEYS index. ARGV limit, then where the last page ended: id and time of creation. A run that was trimmed since then is
 * replaced by its time. Returns ids and times of creation, newest first.
 */
export const PAGE = script(
  1,
  `
local from = 0
if ARGV[2] then
  local rank = redis.call('ZREVRANK', KEYS[1], ARGV[2])
  from = rank and rank + 1 or redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[3], '+inf')
end
return redis.call('ZREVRANGE', KEYS[1], from, from + ARGV[1] - 1, 'WITHSCORES')
`,
);
