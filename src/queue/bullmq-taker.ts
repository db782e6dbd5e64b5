/**
 * Takes the next job of a lane whose class has a slot free. BullMQ's own script takes the first job there is, so that a
 * consumer could only take all classes or none: the class that came first, or comes first, would have every slot until its
 * jobs end, and the others would not even ask for their share of the budget.
 */
import { QueueKeys, raw2NextJobData } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Clock } from '../core/clock.ts';
import { runScript, script } from '../redis/script.ts';
import { READY_AT, SCORE_PER_PRIORITY } from './bullmq-looks.ts';
import type { JobSlots } from './job-slots.ts';
import { CLASS_SIZE, CLASSES } from './queue.ts';

/** Jobs that are put in order at once, as in BullMQ: it bounds how long Redis serves no other client. */
const AT_ONCE = 1_000;

/**
 * What BullMQ's `moveToActive` does, of classes that may have a job:
 *
 * 1. Delayed jobs whose time has come wait by their priority. So do those of workers that died, which BullMQ puts into the list
 *    `wait`, in front of everything.
 * 2. The first job of the ranges of scores that are given is taken under a lock.
 * 3. The marker wakes another consumer when more jobs wait.
 *
 * Executed twice it takes two jobs; the one that nobody heard of is taken up again when its lock has run out, as in BullMQ.
 */
const TAKE = script(
  6,
  `
local wait, active, prioritized, delayed, counter, marker = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local prefix, now, token, lock = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]

local function priorityOf(id) return tonumber(redis.call('HGET', prefix .. id, 'priority') or 0) end

local due = redis.call('ZRANGEBYSCORE', delayed, 0, (now + 1) * 0x1000 - 1, 'WITHSCORES', 'LIMIT', 0, ${AT_ONCE})
for i = 1, #due, 2 do
  local id = due[i]
  redis.call('ZREM', delayed, id)
  local place = redis.call('INCR', counter) % ${SCORE_PER_PRIORITY}
  redis.call('ZADD', prioritized, priorityOf(id) * ${SCORE_PER_PRIORITY} + place, id)
  redis.call('HSET', prefix .. id, 'delay', 0, '${READY_AT}', math.floor(tonumber(due[i + 1]) / 0x1000))
end
for _ = 1, ${AT_ONCE} do
  local id = redis.call('RPOP', wait)
  if not id then break end
  redis.call('ZADD', prioritized, priorityOf(id) * ${SCORE_PER_PRIORITY}, id)
end

local id
for i = 5, #ARGV, 2 do
  id = redis.call('ZRANGEBYSCORE', prioritized, ARGV[i], ARGV[i + 1], 'LIMIT', 0, 1)[1]
  if id then break end
end
local waiting = redis.call('ZCARD', prioritized)
if id then
  redis.call('ZREM', prioritized, id)
  redis.call('LPUSH', active, id)
  redis.call('SET', prefix .. id .. ':lock', token, 'PX', lock)
  redis.call('HSET', prefix .. id, 'processedOn', ARGV[2])
  redis.call('HINCRBY', prefix .. id, 'ats', 1)
  if waiting > 1 then redis.call('ZADD', marker, 0, '0') end
  return {redis.call('HGETALL', prefix .. id), id, 0, 0, 0, redis.call('HGET', prefix .. id, '${READY_AT}')}
end
if waiting == 0 then redis.call('DEL', counter) end
local soonest = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
return {0, 0, 0, soonest and math.ceil(tonumber(soonest) / 0x1000) or 0, waiting}
`,
);

export interface JobTakerDeps {
  readonly redis: Redis;
  readonly lane: string;
  /** Before the lane's name in every key. */
  readonly prefix: string;
  /** Of a job's lock, in ms. */
  readonly lock: number;
  readonly slots: JobSlots;
  /** The clock that BullMQ goes by. */
  readonly hostClock: Clock;
  /** Redis has answered a fetch. */
  readonly onFetched: () => void;
}

export class JobTaker {
  readonly #deps: JobTakerDeps;
  readonly #keys: readonly string[];
  readonly #prefix: string;
  readonly #marker: string;
  /** Of the jobs in hand that tell it, by token: since when each was ready. */
  readonly #ready = new Map<string, number>();
  /** Jobs wait whose class had no slot free. */
  #passedOver = false;

  constructor(deps: JobTakerDeps) {
    this.#deps = deps;
    const keys = new QueueKeys(deps.prefix);
    const key = (name: string) => keys.toKey(deps.lane, name);
    this.#marker = key('marker');
    this.#prefix = key('');
    this.#keys = [...['wait', 'active', 'prioritized', 'delayed', 'pc'].map(key), this.#marker];
  }

  /** What BullMQ expects of a fetch: the job, its id, and until when to wait for the next delayed one. */
  async take(token: string): Promise<unknown[]> {
    const { redis, lock, slots, hostClock, onFetched } = this.#deps;
    const ranges = rangesOf(slots.open());
    const args = [this.#prefix, hostClock.now(), token, lock, ...ranges];
    const raw = (await runScript(redis, TAKE, this.#keys, args)) as unknown[];
    onFetched();
    const [job, id, limited, delayed] = raw2NextJobData(raw);
    if (job) {
      slots.take(token, Number(job.priority));
      // BullMQ's reading of a job leaves out fields that it does not know.
      if (typeof raw[5] === 'string') this.#ready.set(token, Number(raw[5]));
    }
    this.#passedOver = Number(raw[4]) > 0;
    return [job, id, limited, delayed];
  }

  /** Since when the job was ready that was taken under this token, on the clock of the host; undefined: since it was added. */
  readyAt(token: string): number | undefined {
    return this.#ready.get(token);
  }

  /** A slot is free. The consumer may be waiting for news: it is told to look again, where its jobs were passed over. */
  async free(token: string): Promise<void> {
    this.#deps.slots.free(token);
    this.#ready.delete(token);
    if (!this.#passedOver) return;
    this.#passedOver = false;
    await this.#deps.redis.zadd(this.#marker, 0, '0');
  }
}

/** Pairs of the first score and the one that is too high, for neighbours together. */
function rangesOf(classes: readonly number[]): string[] {
  const ranges: string[] = [];
  for (const [i, index] of classes.entries()) {
    if (classes[i - 1] !== index - 1) ranges.push(String(index * CLASS_SIZE * SCORE_PER_PRIORITY));
    if (classes[i + 1] === index + 1) continue;
    const end = (index + 1) * CLASS_SIZE * SCORE_PER_PRIORITY;
    ranges.push(index === CLASSES - 1 ? '+inf' : `(${end}`);
  }
  return ranges;
}
