import type { Redis } from 'ioredis';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../core/units.ts';
import { type RedisKeys, redisKeys } from '../redis/keys.ts';
import { reply } from '../redis/reply.ts';
import { runScript, runScriptBuffer, script } from '../redis/script.ts';
import { slices } from '../redis/slices.ts';
import {
  type History,
  type HistoryPoint,
  HOUR_DAYS,
  type HourPoint,
  MINUTE_DAYS,
  MOST_ROWS,
} from './history.ts';
import { CELL, cellsOf, readCells } from './history-cells.ts';

export interface RedisHistoryDeps {
  readonly redis: Redis;
  readonly prefix: string;
}

/** Numbers that are kept of a row: one for each minute of a day; four for each hour. */
const MINUTES = { of: 'minutes', every: MINUTE_MS, numbers: 1, days: MINUTE_DAYS } as const;
const HOURS = { of: 'hours', every: HOUR_MS, numbers: 4, days: HOUR_DAYS } as const;
type Grain = typeof MINUTES | typeof HOURS;

/** Rows of which hours are made together: others have their turn in between. */
const SLICE = 200;

/** Bytes of a step of a row, and of its day. */
const stepBytes = ({ numbers }: Grain) => numbers * CELL;
const dayBytes = (grain: Grain) => (DAY_MS / grain.every) * stepBytes(grain);

/**
 * KEYS names (hash {row: place}), cells (string: the day of each row, in the order of the places). ARGV step of the day, bytes of a
 * step, bytes of a day, most rows, ms for which names and cells are kept, cells of all rows, their names. A row that is new gets the next
 * place. Returns how many found none.
 */
const WRITE = script(
  2,
  `
local step, size, day, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local cells, left, count = ARGV[7], 0, redis.call('HLEN', KEYS[1])
for from = 8, #ARGV, 500 do
  local names = {}
  for i = from, math.min(from + 499, #ARGV) do names[#names + 1] = ARGV[i] end
  local places = redis.call('HMGET', KEYS[1], unpack(names))
  for i, name in ipairs(names) do
    local place = places[i]
    if not place and count < most then
      place = count
      count = count + 1
      redis.call('HSET', KEYS[1], name, place)
    end
    if place then
      local at = (from - 8 + i - 1) * size
      redis.call('SETRANGE', KEYS[2], tonumber(place) * day + step * size, string.sub(cells, at + 1, at + size))
    else
      left = left + 1
    end
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return left
`,
);

/** KEYS names, cells. ARGV bytes of a day, the first byte and the last one of each row, names. Returns the cells of each. */
const READ = script(
  2,
  `
local day, first, last = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local found = {}
for i = 4, #ARGV do
  local place = redis.call('HGET', KEYS[1], ARGV[i])
  found[i - 3] = place and redis.call('GETRANGE', KEYS[2], place * day + first, place * day + last) or ''
end
return found
`,
);

/** The history on the jobs Redis: a string for each day, in which every row has its place. */
export class RedisHistory implements History {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor({ redis, prefix }: RedisHistoryDeps) {
    this.#redis = redis;
    this.#keys = redisKeys(prefix);
  }

  async record(at: number, points: readonly HistoryPoint[]): Promise<number> {
    const values = new Map(points.map(({ row, value }) => [row, [value]]));
    return this.#write(MINUTES, at, values);
  }

  async rollUp(now: number): Promise<void> {
    const present = Math.floor(now / HOUR_MS);
    const known = Number((await reply(this.#redis.get(this.#keys.rolledHours()))) ?? 0);
    for (let hour = Math.max(known + 1, present - 24); hour < present; hour += 1)
      await this.#rollUp(hour * HOUR_MS);
    await reply(this.#redis.set(this.#keys.rolledHours(), present - 1, 'PX', HOUR_DAYS * DAY_MS));
  }

  async #rollUp(hour: number): Promise<void> {
    for (const rows of slices(await this.rows(hour, hour), SLICE)) {
      const minutes = await this.minutes(rows, hour, hour + HOUR_MS - 1);
      const points = rows.map((row, i) => [row, hourOf(minutes[i] ?? [])] as const);
      await this.#write(
        HOURS,
        hour,
        new Map(points.flatMap(([row, point]) => (point ? [[row, point]] : []))),
      );
    }
  }

  async rows(from: number, to: number): Promise<readonly string[]> {
    const days = daysOf(from, to).map((day) => this.#redis.hkeys(this.#keys.history('names', day)));
    return [...new Set((await reply(Promise.all(days))).flat())];
  }

  minutes(rows: readonly string[], from: number, to: number): Promise<(number | undefined)[][]> {
    return this.#read(MINUTES, rows, from, to);
  }

  async hours(rows: readonly string[], from: number, to: number): Promise<(HourPoint | undefined)[][]> {
    const all = await this.#read(HOURS, rows, from, to);
    return all.map((numbers) =>
      Array.from({ length: numbers.length / HOURS.numbers }, (_, i) => {
        const [lowest, mean, highest, minutes] = numbers.slice(i * HOURS.numbers, (i + 1) * HOURS.numbers);
        const isKnown = lowest !== undefined && mean !== undefined && highest !== undefined;
        return isKnown && minutes !== undefined ? { lowest, mean, highest, minutes } : undefined;
      }),
    );
  }

  async #write(grain: Grain, at: number, values: ReadonlyMap<string, readonly number[]>): Promise<number> {
    if (values.size === 0) return 0;
    const day = Math.floor(at / DAY_MS);
    const step = Math.floor((at - day * DAY_MS) / grain.every);
    const lasts = [HOUR_DAYS, grain.days].map((days) => days * DAY_MS + HOUR_MS);
    const cells = cellsOf([...values.values()].flat());
    const args = [step, stepBytes(grain), dayBytes(grain), MOST_ROWS, ...lasts, cells, ...values.keys()];
    const keys = [this.#keys.history('names', day), this.#keys.history(grain.of, day)];
    return Number(await reply(runScript(this.#redis, WRITE, keys, args)));
  }

  /** The numbers of each row, from the step of one time to that of another. */
  async #read(
    grain: Grain,
    rows: readonly string[],
    from: number,
    to: number,
  ): Promise<(number | undefined)[][]> {
    if (rows.length === 0) return [];
    const days = await Promise.all(
      daysOf(from, to).map((day) => this.#readDay(grain, rows, day, [from, to])),
    );
    return rows.map((_, i) => days.flatMap((each) => each[i] ?? []));
  }

  async #readDay(grain: Grain, rows: readonly string[], day: number, [from, to]: readonly [number, number]) {
    const begin = day * DAY_MS;
    const first = Math.floor(Math.max(0, from - begin) / grain.every);
    const last = Math.floor(Math.min(DAY_MS - 1, to - begin) / grain.every);
    const size = stepBytes(grain);
    const keys = [this.#keys.history('names', day), this.#keys.history(grain.of, day)];
    const args = [dayBytes(grain), first * size, (last + 1) * size - 1, ...rows];
    const found = (await reply(runScriptBuffer(this.#redis, READ, keys, args))) as Buffer[];
    return found.map((cells) => readCells(cells, (last - first + 1) * grain.numbers));
  }
}

function daysOf(from: number, to: number): number[] {
  const first = Math.floor(from / DAY_MS);
  const count = Math.max(0, Math.floor(to / DAY_MS) - first + 1);
  return Array.from({ length: count }, (_, i) => first + i);
}

function hourOf(minutes: readonly (number | undefined)[]): number[] | undefined {
  const known = minutes.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return [Math.min(...known), mean, Math.max(...known), known.length];
}
