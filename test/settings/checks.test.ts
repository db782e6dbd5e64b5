import { describe, expect, test } from 'vitest';
import { ruleFrom } from '../../src/tiers/codec/options.ts';
import { GOOD, loadText, problemsOf } from '../support/settings.ts';

const ORIGINS = 'origins: { markets: { kind: http, url: "http://h" } }\n';
const source = (name: string, rest: string) => `  ${name}: { origin: markets, ${rest} }\n`;

/** The first problem of a configuration with these sources, and what else it has. */
async function sourceProblems(sources: string, rest = ''): Promise<string[]> {
  return problemsOf(`${ORIGINS}sources:\n${sources}${rest}`);
}

describe('a source', () => {
  test('names an origin that exists', async () => {
    const [problem] = await problemsOf(`${ORIGINS}sources: { a: { origin: market, key: "a:{x}" } }`);
    expect(problem).toBe(
      'forewarm.yaml:2:25: sources.a.origin: there is no origin "market"; did you mean "markets"?',
    );
  });

  test('asks by params that its key has', async () => {
    expect(await sourceProblems(source('a', 'key: "a:{x}", request: { path: "/{y}" }'))).toEqual([
      'forewarm.yaml:3:39: sources.a.request: uses {y}; the key has only {x}',
    ]);
  });

  test('has a request of the kind of its origin', async () => {
    expect(await sourceProblems(source('a', 'key: a, request: { pth: /, path: / }'))).toEqual([
      'forewarm.yaml:3:44: sources.a.request.pth: "pth" is not an option here; did you mean "path"?',
    ]);
    expect(
      await problemsOf(`origins: { own: { kind: module, module: a.mjs } }
sources: { a: { origin: own, key: a, request: { keysPerCal: 5 } } }`),
    ).toEqual([
      'forewarm.yaml:2:49: sources.a.request.keysPerCal: "keysPerCal" is not an option here; did you mean "keysPerCall"?',
    ]);
  });

  test('probes for its version at times that can be', async () => {
    const probe = 'key: a, request: { path: /, versionProbe: { path: /v, schedule: "61 * * * *" } }';
    expect((await sourceProblems(source('a', probe)))[0]).toMatch(
      /^forewarm.yaml:3:\d+: sources.a.request.versionProbe.schedule: "61 \* \* \* \*" is not a cron expression/,
    );
    const perKey = 'key: "a:{x}", request: { path: /, versionProbe: { path: "/v/{x}" } }';
    expect((await sourceProblems(source('a', perKey)))[0]).toContain('asks once for all keys');
  });

  test('needs a request over HTTP', async () => {
    expect(await sourceProblems(source('a', 'key: a'))).toEqual([
      'forewarm.yaml:3:3: sources.a.request: needs a `path`, a `batch`, or both',
    ]);
  });

  test('has a key template that can be read back', async () => {
    expect(await sourceProblems(source('a', 'key: "a:{x}{y}", request: { path: / }'))).toEqual([
      'forewarm.yaml:3:30: sources.a.key: key template "a:{x}{y}": two params need a separator between them that cannot occur in a value, such as ":" or "/"',
    ]);
  });

  test('tags by params of its key, and by other columns of the rows', async () => {
    const tags = 'key: "a:{x}", tags: ["x:{x}", "y:{y}"], request: { path: / }';
    const { sources } = await loadText(`${ORIGINS}sources:\n${source('a', tags)}`);
    expect(sources.get('a')?.tags.map(({ text }) => text)).toEqual(['x:{x}', 'y:{y}']);
  });

  test('is fresh for a while, and not due at once', async () => {
    const lifetime = 'key: a, ttl: 0, refreshAhead: 0%, request: { path: / }';
    expect(await sourceProblems(source('a', lifetime))).toEqual([
      'forewarm.yaml:3:38: sources.a.ttl: must be longer than 0; a value that is never fresh is never warm',
      'forewarm.yaml:3:55: sources.a.refreshAhead: must be more than 0%; a value would be due as soon as it is fetched',
    ]);
  });
});

describe('keys of two sources', () => {
  test('cannot be the same, whatever their params are called', async () => {
    const sources =
      source('a', 'key: "x:{market}", request: { path: / }') +
      source('b', 'key: "x:{id}", request: { path: / }');
    expect(await sourceProblems(sources)).toEqual([
      'forewarm.yaml:4:30: sources.b.key: "x:{id}" and the key of source "a" ("x:{market}") can both be "x:a"; let them begin differently',
    ]);
  });

  test('may begin alike as long as they differ somewhere', async () => {
    const sources =
      source('a', 'key: "x:{market}", request: { path: / }') +
      source('b', 'key: "x:{id}:all", request: { path: / }');
    const settings = await loadText(`${ORIGINS}sources:\n${sources}`);
    expect([...settings.sources.keys()]).toEqual(['a', 'b']);
  });
});

describe('times', () => {
  test.each([
    [
      'temperatures: { hot: { schedule: "61 * * * *" } }',
      'forewarm.yaml:1:34: temperatures.hot.schedule: "61 * * * *" is not a cron expression that fires: invalid value for minute: 61; write five fields (minute, hour, day of month, month, day of week), six with seconds first, or a word such as @daily',
    ],
    [
      'temperatures: { hot: { timezone: Denver } }',
      'forewarm.yaml:1:34: temperatures.hot.timezone: "Denver" is not a time zone; write a name such as America/Denver or UTC',
    ],
    [
      'jobs: { gc: { cron: "x" } }',
      'forewarm.yaml:1:21: jobs.gc.cron: "x" is not a cron expression that fires: it has 1 field; write five fields (minute, hour, day of month, month, day of week), six with seconds first, or a word such as @daily',
    ],
    [
      'temperatures: { cold: { ttl: 0 } }',
      'forewarm.yaml:1:30: temperatures.cold.ttl: must be longer than 0; a value that is never fresh is never warm',
    ],
  ])('%j', async (yaml, says) => {
    expect(await problemsOf(yaml)).toEqual([says]);
  });
});

describe('a schedule', () => {
  const world = `${ORIGINS}sources:
${source('profile', 'key: "profile:{x}", request: { path: / }')}entities: { markets: { csv: a.csv, id: x } }
schedules:
`;

  test.each([
    [
      's: { cron: "* * * * *", warm: "source=profil" }',
      'forewarm.yaml:6:33: schedules.s.warm: there is no source "profil"; did you mean "profile"?',
    ],
    [
      's: { cron: "* * * * *", warm: { entities: [market] } }',
      'forewarm.yaml:6:35: schedules.s.warm.entities: there is no entity set "market"; did you mean "markets"?',
    ],
    [
      's: { cron: "* * * * *", warm: "key=quote:5" }',
      'forewarm.yaml:6:33: schedules.s.warm: no source has a key like "quote:5"',
    ],
    [
      's: { cron: "* * * * *", warm: "sorce=profile" }',
      'forewarm.yaml:6:33: schedules.s.warm: selector term "sorce=profile" at character 1: "sorce" is not a term of a selector; did you mean "source"?',
    ],
    [
      's: { cron: "* * * * *", warm: { temperatures: colder } }',
      'forewarm.yaml:6:49: schedules.s.warm.temperatures: "colder" is not one of hot, warm, cold; did you mean "cold"?',
    ],
    [
      's: { cron: "* * * * *", warm: { sorces: profile } }',
      'forewarm.yaml:6:35: schedules.s.warm.sorces: "sorces" is not an option here; did you mean "sources"?',
    ],
    [
      's: { cron: "* * * * *", warm: 5 }',
      'forewarm.yaml:6:33: schedules.s.warm: must be a selector such as source=profile, or a map, not 5',
    ],
    [
      's: { cron: "* * * * *", warm: "", overlap: skipp }',
      'forewarm.yaml:6:46: schedules.s.overlap: "skipp" is not one of skip, queue, cancel, allow; did you mean "skip"?',
    ],
    ['s: { warm: "" }', 'says not when it fires: write `cron`, `every` or `at`'],
    ['s: { cron: "* * * * *", every: 5m, warm: "" }', 'cannot stand beside the others'],
    ['s: { every: 10ms, warm: "" }', 'must be at least 1s'],
    ['s: { at: tomorrow, warm: "" }', '"tomorrow" is not a time; write a local one'],
    ['s: { at: [2027-02-30], warm: "" }', '"2027-02-30" is not a time'],
    ['s: { every: 5m, warm: "", start: soon }', 'schedules.s.start: "soon" is not a time; write a local one'],
    ['s: { every: 5m, warm: "", missed: all }', 'cannot be `skip` where `missed` is `all`'],
    ['s: { every: 5m, warm: "", jitter: 5m }', 'must be shorter than the time between two ticks'],
    ['s: { cron: "*/5 2 * * *", warm: "", jitter: 6m }', 'which is 5m at the least'],
    ['s: { cron: "@daily", warm: "", jitter: 1h, latest: 30m }', 'must be longer than `jitter` (1h)'],
    ['s: { cron: "@daily", warm: "", jitter: 1h, deadline: 1h }', 'must be longer than `jitter`'],
    ['s: { cron: "@daily", warm: "", latest: 5h, deadline: 4h }', 'cannot be longer than `deadline`'],
    [
      's: { cron: "0 2 * * *", warm: "", jitter: 1h, deadline: "02:30", timezone: UTC }',
      'must be longer than `jitter` (1h), and 02:30 is 30m after a time of the schedule at the least',
    ],
    [
      's: { cron: "0 2 * * *", warm: "", latest: 5h, deadline: "06:00" }',
      'cannot be longer than `deadline`, and 06:00 is 4h after a time of the schedule at the most',
    ],
    ['s: { cron: "30 5,12 * * *", warm: "", jitter: 45m, deadline: "06:00" }', '06:00 is 30m after a time'],
    ['s: { every: 1d, warm: "", latest: 7h, deadline: "06:00", timezone: UTC }', '06:00 is 6h after a time'],
    [
      's: { at: 2027-01-01T05:00, warm: "", jitter: 2h, deadline: "06:00", timezone: Asia/Tokyo }',
      '06:00 is 1h after a time',
    ],
    [
      's: { every: 1d, warm: "", latest: 7h, deadline: "06:00", timezone: Nowhere }',
      'schedules.s.timezone: "Nowhere" is not a time zone',
    ],
    ['s: { cron: "@daily", warm: "", deadline: 25:00 }', 'schedules.s.deadline: "25:00" is not a deadline'],
    ['s: { cron: "@daily", warm: "", except: [mon-sun] }', 'covers every time of schedule "s"'],
    ['s: { cron: "0 2 * * *", warm: "", except: ["00:00-06:00"] }', 'covers every time'],
    ['s: { cron: "@daily", warm: "", except: [weekend] }', '"weekend" is not a window'],
    [
      's: { cron: "@daily", warm: "", start: 2027-01-02, end: 2027-01-01 }',
      'must be after `start`: the schedule would never fire',
    ],
    [
      's: { at: 2027-01-01T06:00, warm: "", start: 2027-01-02 }',
      'schedules.s: names no time from `start` to `end`',
    ],
    ['s: { at: [2027-01-01, 2027-01-02], warm: "", end: 2026-12-31 }', 'names no time from `start`'],
    [
      's: { cron: "0 2 * * *", warm: "", start: 2027-01-01T03:00, end: 2027-01-01T04:00 }',
      'names no time from `start`',
    ],
    ['s: { every: 1d, warm: "", start: 2027-01-01T00:30, end: 2027-01-01T00:20 }', 'must be after `start`'],
    ['s: { cron: "@daily", warm: "", force: true, missing: true }', 'cannot stand beside `force`'],
    ...['hot', 'warm', 'cold', 'gc'].map((name) => [
      `${name}: { cron: "* * * * *", warm: "" }`,
      `forewarm.yaml:6:3: schedules.${name}: "${name}" names a schedule of Forewarm's own; use another name`,
    ]),
  ])('%j', async (schedule, says) => {
    expect(await problemsOf(`${world}  ${schedule}`)).toEqual([expect.stringContaining(says ?? '')]);
  });
});

describe('a deadline that is a time of day', () => {
  test.each([
    's: { cron: "0 2 * * *", warm: "", jitter: 1h, latest: 3h, deadline: "06:00" }',
    's: { cron: "0 2 * * *", warm: "", jitter: 3h, deadline: "02:00" }',
    's: { cron: "0 * * * *", warm: "", jitter: 50m, latest: 3h, deadline: "06:00" }',
    's: { cron: "0 1 * * *", warm: "", jitter: 90m, deadline: "03:00", timezone: America/Denver }',
    's: { every: 1d, start: 2027-01-01T02:00, warm: "", latest: 4h, deadline: "06:00", timezone: Asia/Tokyo }',
  ])('may be as far behind a time as its delays: %j', async (schedule) => {
    expect((await loadText(`${GOOD}schedules:\n  ${schedule}`)).schedules.size).toBe(1);
  });
});

describe('names that are taken', () => {
  test('no origin is called as the queue of other work', async () => {
    expect(await problemsOf('origins: { control: { kind: module, module: a.mjs } }')).toEqual([
      'forewarm.yaml:1:12: origins.control: "control" names the queue of other work; use another name',
    ]);
  });
});

describe('tiers', () => {
  test('keep entries apart from jobs on one server', async () => {
    const same = 'tiers: { redis: { prefix: "forewarm:" } }';
    expect(await problemsOf(same)).toEqual([
      'forewarm.yaml:1:27: tiers.redis.prefix: "forewarm:" and redis.prefix "forewarm" begin alike on one server: entries could not be told from jobs; choose another',
    ]);
    const apart = await loadText(`${same}\nredis: { cache: "redis://cache:6379" }`);
    expect(apart.tiers.redis.prefix).toBe('forewarm:');
    expect(await problemsOf('tiers: { redis: { prefix: "" } }')).toHaveLength(1);
    expect(await problemsOf('redis: { prefix: fw }')).toHaveLength(1);
  });

  test('need a bucket, and both parts of its credentials', async () => {
    expect(await problemsOf('tiers: { s3: { enabled: true, accessKeyId: me } }')).toEqual([
      expect.stringContaining('tiers.s3.bucket: must name a bucket while tiers.s3 is on'),
      expect.stringContaining('tiers.s3.secretAccessKey: is missing; give both parts'),
    ]);
    expect(await problemsOf('tiers: { s3: { kmsKeyId: k, serverSideEncryption: AES256 } }')).toEqual([
      expect.stringContaining('tiers.s3.kmsKeyId: has no effect without'),
    ]);
    expect(await problemsOf('tiers: { s3: { endpoint: "minio:9000", prefix: "/a//b" } }')).toEqual([
      expect.stringContaining('tiers.s3.endpoint: "minio:9000": must be empty, or an http://'),
      expect.stringContaining('tiers.s3.prefix: "/a//b": has letters'),
    ]);
    const on = await loadText(
      'tiers: { s3: { enabled: true, bucket: bucket, accessKeyId: me, secretAccessKey: s } }',
    );
    expect(on.tiers.s3).toMatchObject({ bucket: 'bucket', region: 'us-east-1', timeout: 5_000 });
  });

  test('are not all off', async () => {
    const off = '{ enabled: false }';
    expect(await problemsOf(`tiers: { memory: ${off}, redis: ${off}, disk: ${off} }`)).toEqual([
      'forewarm.yaml:1:1: tiers: no tier is on that outlives a process, so nothing would stay warm; turn on redis, disk or s3',
    ]);
  });
});

describe('the codec', () => {
  const key = Buffer.alloc(32, 1).toString('base64');
  const keys = `keys: { k1: "${key}" }`;

  test.each([
    [`codec: { encrypt: { ${keys} } }`, 'codec.encrypt.current: must name the key to encrypt with: k1'],
    [
      `codec: { encrypt: { ${keys}, current: k2 } }`,
      'codec.encrypt.current: there is no key "k2" in codec.encrypt.keys; did you mean "k1"?',
    ],
    [
      'codec: { encrypt: { keys: { k1: c2hvcnQ= }, current: k1 } }',
      'codec.encrypt.keys.k1: [redacted]: is not 32 bytes in base64; `openssl rand -base64 32` makes such a key',
    ],
    [
      'codec: { compress: { with: gzip, level: 12 } }',
      'codec.compress.level: 12 is no level of gzip; it has 1 to 9',
    ],
    [
      'codec: { compress: { level: 19 } }\ntiers: { disk: { codec: { compress: { with: brotli, level: 12 } } } }',
      'tiers.disk.codec.compress.level: 12 is no level of brotli; it has 0 to 11',
    ],
    [
      'tiers: { redis: { codec: { encrypt: true } } }',
      'tiers.redis.codec.encrypt: there is no key to encrypt with; put one into codec.encrypt.keys',
    ],
  ])('%s', async (text, says) => {
    const [problem = ''] = await problemsOf(text);
    expect(problem.replace(/^forewarm\.yaml:\d+:\d+: /, '')).toBe(says);
  });

  test('lets a level go with the algorithm it was written for', async () => {
    const text =
      'codec: { compress: { level: 19 } }\ntiers: { disk: { codec: { compress: { with: gzip } } } }';
    const { codec, tiers } = await loadText(text);
    expect(ruleFrom(codec, tiers.disk.codec)).toEqual({
      compress: { with: 'gzip', above: 1_000, level: 3 },
      encrypt: false,
    });
  });

  test('hears the source before the tier, and the tier before what is general', async () => {
    const { codec, tiers } = await loadText(`
codec: { encrypt: { ${keys}, current: k1 } }
tiers: { redis: { codec: { encrypt: false, compress: { above: 5KB } } } }
${GOOD.replace('origin: markets,', 'origin: markets, codec: { encrypt: true, compress: { with: none } },')}`);
    const own = codec.sources.get('profile');
    expect(ruleFrom(codec, tiers.disk.codec)).toMatchObject({ encrypt: true, compress: { above: 1_000 } });
    expect(ruleFrom(codec, tiers.redis.codec)).toMatchObject({ encrypt: false, compress: { above: 5_000 } });
    expect(ruleFrom(codec, tiers.redis.codec, own)).toMatchObject({
      encrypt: true,
      compress: { with: 'none', above: 5_000 },
    });
  });
});
