/**
 * The beginning of every script that takes a stamp, with the ledger of an origin as KEYS[1]: `now`, the server's clock in
 * microseconds, and `stamp`, the same made monotonic for the origin.
 */
export const NOW_AND_STAMP = `
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local last = tonumber(redis.call('HGET', KEYS[1], 'stamp') or '0')
local stamp = now
if stamp <= last then stamp = last + 1 end
redis.call('HSET', KEYS[1], 'stamp', string.format('%.0f', stamp))
`;
