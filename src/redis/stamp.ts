/** Stamps: the server's clock, made monotonic per origin. */

/** Shared by all scripts that take stamps, with the ledger as KEYS[1]: the server's clock in microseconds, and a stamp above every stamp given before. */
export const NOW_AND_STAMP = `
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local last = tonumber(redis.call('HGET', KEYS[1], 'stamp') or '0')
local stamp = now
if stamp <= last then stamp = last + 1 end
redis.call('HSET', KEYS[1], 'stamp', string.format('%.0f', stamp))
`;
