/** The Lua of the bus. */
import { script } from '../../redis/script.ts';

/** KEYS stream, counter. ARGV kept, sender, message. Numbers messages, so that a receiver notices that it missed one. */
export const ANNOUNCE = script(
  2,
  `
local n = redis.call('INCR', KEYS[2])
return redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'n', n, 'sender', ARGV[2], 'message', ARGV[3])
`,
);

/**
 * KEYS stream, counter. ARGV the last message that was heard. Answers how many there have been, the newest that is kept, and how
 * many came after the last one that was heard: one stands for all.
 */
export const WHERE = script(
  2,
  `
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local after = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', 1)
return {redis.call('GET', KEYS[2]) or '0', newest and newest[1] or '', #after}
`,
);
