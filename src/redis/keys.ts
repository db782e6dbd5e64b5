/**
 * The names of all keys that Forewarm writes to Redis: no other file builds one. `docs/architecture.md` lists them under
 * "What is in Redis", and a test holds both together.
 *
 * The part in braces is the hash tag. Keys that share one are in the same slot of a cluster, and a script takes keys of
 * one tag only. Names are part of what is stored: a change is a migration.
 */

/** The names on the jobs Redis, under a prefix (`redis.prefix`). */
export type RedisKeys = ReturnType<typeof redisKeys>;

/** What is kept of a schedule, in keys of one hash tag. */
export type SchedulePart = 'state' | 'claims' | 'ticks' | 'asked' | 'by-hand' | 'rules';

export function redisKeys(prefix: string) {
  return {
    ...keysOfSources(prefix),
    ...keysOfRuns(prefix),
    ...keysOfSchedules(prefix),
    ...keysOfOrigins(prefix),
    ...keysOfHistory(prefix),
    ...otherKeys(prefix),
  };
}

function keysOfSources(prefix: string) {
  const of = (source: string, what: string) => `${prefix}:{c:${source}}:${what}`;
  return {
    due: (source: string) => of(source, 'due'),
    failures: (source: string) => of(source, 'failures'),
    released: (source: string) => of(source, 'released'),
    params: (source: string) => of(source, 'params'),
    kept: (source: string) => of(source, 'kept'),
    version: (source: string) => of(source, 'version'),
    /** `hour` counts from the epoch. */
    reads: (source: string, hour: number | string) => of(source, `reads:${hour}`),
    /** By whom reads are reported, and since when. */
    reporters: (source: string) => of(source, 'reporters'),
    reportedSince: (source: string) => of(source, 'reported-since'),
    readFailures: (source: string) => of(source, 'read-failures'),
    attempts: (source: string) => of(source, 'attempts'),
    lease: (source: string, key: string) => of(source, `lease:${key}`),
    asked: (source: string, key: string) => of(source, `asked:${key}`),
    shrunk: (source: string) => of(source, 'shrunk'),
    forgotten: (source: string) => of(source, 'forgotten'),
    absences: (source: string) => of(source, 'absences'),
    leftOut: (source: string) => of(source, 'left-out'),
    totals: (source: string) => of(source, 'totals'),
    callHistory: (source: string) => of(source, 'calls'),
    sources: () => `${prefix}:{c}:sources`,
  };
}

function keysOfRuns(prefix: string) {
  return {
    run: (run: string, part: 'run' | 'keys' | 'outcomes' | 'calls') => `${prefix}:{r:${run}}:${part}`,
    runList: (run: string, list: string) => `${prefix}:{r:${run}}:list:${list}`,
    runIndex: () => `${prefix}:{runs}:index`,
    activeRuns: () => `${prefix}:{runs}:active`,
  };
}

function keysOfSchedules(prefix: string) {
  return {
    schedule: (name: string, part: SchedulePart) => `${prefix}:{s:${name}}:${part}`,
  };
}

/** The fences of an origin are beside its ledger, since each takes a stamp from it. */
function keysOfOrigins(prefix: string) {
  const of = (origin: string, what: string) => `${prefix}:{o:${origin}}:${what}`;
  return {
    ledger: (origin: string) => of(origin, 'ledger'),
    holders: (origin: string) => of(origin, 'holders'),
    limits: (origin: string) => of(origin, 'limits'),
    calls: (origin: string) => of(origin, 'calls'),
    windows: (origin: string) => of(origin, 'windows'),
    used: (origin: string) => of(origin, 'used'),
    probed: (origin: string) => of(origin, 'probed'),
    fences: (origin: string) => of(origin, 'fences'),
    longest: (origin: string) => of(origin, 'longest'),
    fenceMark: () => `${prefix}:{fences}:mark`,
    fencesRestored: () => `${prefix}:{fences}:restored`,
  };
}

function keysOfHistory(prefix: string) {
  return {
    /** Of a day, which counts from the epoch: its rows, and what is known of them. */
    history: (part: 'names' | 'minutes' | 'hours', day: number | string) =>
      `${prefix}:{history}:${part}:${day}`,
    rolledHours: () => `${prefix}:{history}:rolled`,
  };
}

function otherKeys(prefix: string) {
  return {
    deadLetterIndex: () => `${prefix}:{letters}:index`,
    deadLetters: () => `${prefix}:{letters}:letters`,
    processes: () => `${prefix}:{registry}:processes`,
    ticks: () => `${prefix}:{registry}:ticks`,
    logLevels: () => `${prefix}:{registry}:log-levels`,
    measurer: () => `${prefix}:{registry}:measurer`,
    measured: () => `${prefix}:{registry}:measured`,
    invalidations: () => `${prefix}:{bus}:invalidations`,
    invalidationCount: () => `${prefix}:{bus}:count`,
    extensions: () => `${prefix}:{bus}:extensions`,
    /** Written and removed at once, to see whether the server takes writes. */
    writeProbe: () => `${prefix}:{state}:probe`,
    /** The same beside a lane of the queue, whose names begin with a brace. */
    queueProbe: () => `${laneOf(prefix, 'doctor')}:doctor:probe`,
    stateMark: () => `${prefix}:{state}:mark`,
    inbox: () => `${prefix}:invalidate`,
    audit: () => `${prefix}:audit`,
    idempotency: (digest: string) => `${prefix}:idem:${digest}`,
    /** `tier` is a tier's name, with `@HOST` where each host has its own. */
    missedWrites: (tier: string) => `${prefix}:repairs:{${tier}}`,
    announcedWrites: (tier: string) => `${prefix}:repairs:{${tier}}:announced`,
    missedWritesMark: (tier: string) => `${prefix}:repairs:{${tier}}:mark`,
    /** Every lane that anything was ever put into. */
    lanes: () => `${prefix}:{queue}:lanes`,
    /** What BullMQ's own keys of a lane begin with: all of a lane in one slot. */
    lane: (lane: string) => laneOf(prefix, lane),
  };
}

/** The name of an entry, under the prefix of the redis tier (`tiers.redis.prefix`). */
export function entryKey(prefix: string, key: string): string {
  return prefix + key;
}

function laneOf(prefix: string, lane: string): string {
  return `{${prefix}:q:${lane}}`;
}
