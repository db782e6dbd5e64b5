/**
 * What waits in a lane and since when, each in one round trip. A delayed job whose time has come is moved by the worker that takes the
 * next one, and by nobody while no worker runs: it waits all the same, and so does what is in BullMQ's list `wait`.
 */
import type { Redis } from 'ioredis';
import { runScript, script } from '../redis/script.ts';
import type { LaneCounts } from './queue.ts';

/** A field of a job of ours, which BullMQ passes over: when the time of a delayed one came, or a dead letter was queued again; ms since the epoch. */
export const READY_AT = 'forewarm:readyAt';
/** BullMQ's score of a job that waits is its priority times this, plus its place among equals. */
export const SCORE_PER_PRIORITY = 2 ** 32;
/** Priorities that are looked at; ours are fewer. */
const MOST_PRIORITIES = 64;
/** Of the list `wait`, so many that are next: those of workers that died are in front of older ones. */
const MOST_OF_WAIT = 64;

/** The names of a lane's keys, as BullMQ makes them. */
export interface LaneKeys {
  toKey(name: string): string;
}

/** BullMQ keeps when a delayed job is due by the clock of the host, and a counter in the last twelve bits. */
export function lastScoreOf(at: number): number {
  return (at + 1) * 0x1000 - 1;
}

const COUNTS = script(
  5,
  `
local wait, prioritized, delayed, active, failed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local due = redis.call('ZCOUNT', delayed, 0, ARGV[1])
return {
  redis.call('LLEN', wait) + redis.call('ZCARD', prioritized) + due,
  redis.call('ZCARD', delayed) - due,
  redis.call('LLEN', active),
  redis.call('ZCARD', failed),
}
`,
);

/** The first of each priority, since those of one are kept as they came; the next ones of `wait`; and the one due first. */
const OLDEST = script(
  3,
  `
local wait, prioritized, delayed, prefix = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local ids = redis.call('LRANGE', wait, -${MOST_OF_WAIT}, -1)
local from = 0
for _ = 1, ${MOST_PRIORITIES} do
  local first = redis.call('ZRANGEBYSCORE', prioritized, string.format('%.0f', from), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if not first[1] then break end
  table.insert(ids, first[1])
  from = (math.floor(tonumber(first[2]) / ${SCORE_PER_PRIORITY}) + 1) * ${SCORE_PER_PRIORITY}
end
local due = redis.call('ZRANGEBYSCORE', delayed, 0, ARGV[2], 'WITHSCORES', 'LIMIT', 0, 1)[2]
local oldest = due and math.floor(tonumber(due) / 0x1000)
for _, id in ipairs(ids) do
  local times = redis.call('HMGET', prefix .. id, 'timestamp', '${READY_AT}')
  local since = times[1] and math.max(tonumber(times[1]), tonumber(times[2] or 0))
  if since and (not oldest or since < oldest) then oldest = since end
end
return oldest and string.format('%.0f', oldest)
`,
);

/** A job that was removed meanwhile stays removed. */
const QUEUE_AGAIN = script(
  1,
  `if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('HSET', KEYS[1], '${READY_AT}', ARGV[1]) end return 0`,
);

/** `now` is on the clock of the host. */
export async function countsOf(redis: Redis, lane: LaneKeys, now: number): Promise<LaneCounts> {
  const keys = ['wait', 'prioritized', 'delayed', 'active', 'failed'].map((name) => lane.toKey(name));
  const answer = (await runScript(redis, COUNTS, keys, [lastScoreOf(now)])) as number[];
  const [waiting = 0, delayed = 0, active = 0, failed = 0] = answer;
  return { waiting, delayed, active, failed };
}

/** `now` is on the clock of the host; undefined when no job waits. */
export async function oldestOf(redis: Redis, lane: LaneKeys, now: number): Promise<number | undefined> {
  const keys = ['wait', 'prioritized', 'delayed'].map((name) => lane.toKey(name));
  const answer = await runScript(redis, OLDEST, keys, [lane.toKey(''), lastScoreOf(now)]);
  return answer === null ? undefined : Number(answer);
}

/** From now on it waits, whenever it was added; `now` is on the clock of the host. */
export async function markReady(redis: Redis, lane: LaneKeys, id: string, now: number): Promise<void> {
  await runScript(redis, QUEUE_AGAIN, [lane.toKey(id)], [now]);
}
