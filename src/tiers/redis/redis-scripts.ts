/**
 * The Lua of the redis tier. Offsets are those of `envelope.ts`, counted from 1 as Lua does. Each script takes keys of
 * one hash slot in a cluster, any keys elsewhere.
 */
import { script } from '../../redis/script.ts';

/** What an extend is sent as: this, the body's checksum, and the new clock. No envelope begins so. */
export const EXTEND_MAGIC = 'EX';

/**
 * KEYS: the entries. ARGV: what is sent for them, one after the other in one string: an envelope, or an extend (mark,
 * 4 bytes of checksum, 60 bytes of clock); either tells its own length. Then how many ms after it was last confirmed an
 * entry leaves, 0 for when it is gone; a tombstone always stays until then. Then the time of this server (ms) after which
 * nothing is written, 0 for never. Answers for each 1 written, 2 superseded, 3 missing, and the server's time at the end; the
 * time alone when it is too late. One string, since a client makes several buffers of every argument that is one.
 *
 * A key that holds something else than an envelope is overwritten: the prefix is ours.
 */
export const PUT = script(
  'any',
  `
local call, pcall, sub, unpack, ceil = redis.call, redis.pcall, string.sub, struct.unpack, math.ceil
local sent, ttl, from, answers = ARGV[1], tonumber(ARGV[2]), 1, {}
local time, last = call('TIME'), tonumber(ARGV[3])
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if last > 0 and now > last then return { now } end
local function expiry(at, kind)
  local leaves = unpack('>d', sent, at)
  if ttl > 0 and kind ~= 'd' then leaves = math.min(leaves, unpack('>d', sent, at - 24) + ttl) end
  return math.min(9e15, math.max(1, ceil(leaves)))
end
for i = 1, #KEYS do
  local key = KEYS[i]
  local held = pcall('GETRANGE', key, 0, 81)
  local stamp = -1
  if held ~= '' then
    if type(held) ~= 'string' or sub(held, 1, 2) ~= 'FW' then held = '' end
    stamp = tonumber(sub(held, 5, 20)) or -1
  end
  if sub(sent, from, from + 1) == '${EXTEND_MAGIC}' then
    if stamp > tonumber(sub(sent, from + 6, from + 21)) then
      answers[i] = 2
    elseif held == '' or sub(held, 69, 69) == 'd' or sub(held, 79, 82) ~= sub(sent, from + 2, from + 5) then
      answers[i] = 3
    elseif stamp == tonumber(sub(sent, from + 6, from + 21)) and unpack('>d', held, 29) > unpack('>d', sent, from + 30) then
      answers[i] = 1
    else
      call('SETRANGE', key, 4, sub(sent, from + 6, from + 65))
      call('PEXPIREAT', key, expiry(from + 54))
      answers[i] = 1
    end
    from = from + 66
  else
    local meta, body = unpack('>I4I4', sent, from + 70)
    local past = from + 82 + meta + body
    if stamp > tonumber(sub(sent, from + 4, from + 19)) then
      answers[i] = 2
    else
      call('SET', key, sub(sent, from, past - 1), 'PXAT', expiry(from + 52, sub(sent, from + 68, from + 68)))
      answers[i] = 1
    end
    from = past
  end
end
answers[#KEYS + 1] = now
return answers
`,
);

/** KEYS: any, of the node that is asked. Answers that node's time, in ms. */
export const NOW = script(
  1,
  `
local time = redis.call('TIME')
return time[1] * 1000 + math.floor(time[2] / 1000)
`,
);

/**
 * KEYS: the entries. Answers for each the fixed head and the meta, as they are; an empty string is a miss. The first
 * read brings most metas along; a longer one costs a second.
 */
export const HEADS = script(
  'any',
  `
local answers = {}
for i = 1, #KEYS do
  local start = redis.pcall('GETRANGE', KEYS[i], 0, 511)
  if type(start) ~= 'string' then start = '' end
  if #start >= 82 then
    local length = 82 + struct.unpack('>I4', start, 71)
    if length <= #start then
      start = string.sub(start, 1, length)
    elseif #start == 512 then
      start = redis.call('GETRANGE', KEYS[i], 0, length - 1)
    end
  end
  answers[i] = start
end
return answers
`,
);

/** KEYS: one entry. ARGV: bytes. Removes the entry if it is those bytes still, or begins with them. */
export const DISCARD = script(
  1,
  `
if redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) == ARGV[1] then return redis.call('UNLINK', KEYS[1]) end
return 0
`,
);
