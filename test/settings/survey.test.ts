import { describe, expect, test } from 'vitest';
import { problemsOf } from '../support/settings.ts';
import { CONFIG, survey } from '../support/survey.ts';

const withSet = (options: string, rows: string) =>
  survey(`${CONFIG}entities: { e: { csv: e.csv, ${options} } }`, { 'e.csv': rows });

test('an API that listens beyond this machine, and answers nobody there, is worth a note', async () => {
  const notes = async (api: string) =>
    (await survey(`${CONFIG}api: ${api}\n`)).notes.filter((note) => note.startsWith('api.host'));
  for (const host of ['0.0.0.0', '::', '10.0.0.1'])
    expect(await notes(`{ host: "${host}" }`)).toEqual([expect.stringContaining('without api.tokens')]);
  for (const host of ['127.0.0.1', '::1', 'localhost'])
    expect(await notes(`{ host: "${host}" }`)).toEqual([]);
  expect(await notes('{ host: 0.0.0.0, tokens: [{ name: a, token: b }] }')).toEqual([]);
});

describe('an entity set', () => {
  test('that feeds a source needs no words', async () => {
    expect(await withSet('id: id', 'id,n\n1,a\n2,b\n')).toEqual({ problems: [], notes: [] });
  });

  test('that is not there, lacks its id, or has bad rows is a problem', async () => {
    expect((await survey(`${CONFIG}entities: { e: { csv: e.csv, id: id } }`)).problems).toEqual([
      'entities.e: entity set "e", e.csv: there is no such file',
    ]);
    expect((await withSet('id: key', 'id\n1\n')).problems[0]).toContain(
      'has no column "key" (its id); it has id',
    );
    expect((await withSet('id: id', 'id,n\n,a\n2,b\n2,c\n')).problems).toEqual([
      'entities.e: entity set "e", e.csv: 2 of 3 rows are wrong: line 2: "id" is empty; line 4: id "2" stands twice, first in line 3',
    ]);
  });

  test('tells what it leaves out, and that it is empty', async () => {
    expect((await withSet('id: id, badRows: skip', 'id,n\n,a\n2,b\n,,\n')).notes).toEqual([
      'entities.e: 1 row has no value at all, and is left out',
      'entities.e: left out: line 2: "id" is empty',
    ]);
    expect((await withSet('id: id', 'id,n\n')).notes).toEqual(['entities.e: has no rows']);
  });

  test('tells of a source whose key some rows do not fill', async () => {
    const text = `${CONFIG.replaceAll('{id}', '{id}:{lang}')}entities: { e: { csv: e.csv, id: id } }`;
    const { notes } = await survey(text, { 'e.csv': 'id,lang\n1,en\n2,\n3,\n' });
    expect(notes).toEqual(['entities.e: 2 of 3 rows lack a value of the key of source "s"']);
  });
});

describe('a module of an origin', () => {
  const text = `origins: { o: { kind: module, module: m.mjs } }
sources: { s: { origin: o, key: s, request: { versionProbe: { schedule: "* * * * *" } } } }
`;

  test.each([
    ['that is whole', 'export const fetchMany = () => [], versionOf = () => "1";', []],
    [
      'that throws',
      'throw new Error("no such host")',
      ['origins.o.module: module of origin "o" cannot be loaded: no such host'],
    ],
    [
      'that is no JavaScript',
      'export const = 1',
      [expect.stringContaining('origins.o.module: module of origin "o" cannot be loaded')],
    ],
    [
      'without fetchMany',
      'export const fetchOne = () => 1;',
      [expect.stringContaining('exports no function "fetchMany"')],
    ],
    [
      'without the versions that a source asks for',
      'export default { fetchMany: () => [] };',
      ['sources.s.request.versionProbe: the module of origin "o" exports no function "versionOf"'],
    ],
  ])('%s is told', async (_, module, problems) => {
    expect((await survey(text, { 'm.mjs': module })).problems).toEqual(problems);
  });

  test('that is not there is a problem', async () => {
    expect((await survey(text)).problems).toEqual([
      expect.stringContaining('cannot be loaded: Cannot find module'),
    ]);
  });
});

test('a configuration without sources is no mistake, and is told', async () => {
  expect((await survey('')).notes).toEqual(['sources: none is configured: there is nothing to keep warm']);
});

describe('a tag', () => {
  const tagged = (tags: string, files: Readonly<Record<string, string>>) => {
    const sets = Object.keys(files).map((file, i) => `e${i}: { csv: ${file}, id: id }`);
    const text = CONFIG.replace('key:', `tags: ${tags}, key:`);
    return survey(`${text}entities: { ${sets.join(', ')} }`, files);
  };

  test('of the key, of a column, or without a param needs no words', async () => {
    const found = await tagged('["id:{id}", "region:{region}", "all"]', { 'a.csv': 'id,region\n1,x\n' });
    expect(found).toEqual({ problems: [], notes: [] });
  });

  test.each([
    ['"region:{regoin}"', 'regoin', 'region'],
    ['"{Region}"', 'Region', 'region'],
    ['"a:{id}:{regions}"', 'regions', 'region'],
    ['"k:{ids}"', 'ids', 'id'],
  ])('that is nearly a column is refused: %s', async (tag, param, meant) => {
    const { problems } = await tagged(`[${tag}]`, { 'a.csv': 'id,region\n1,x\n' });
    expect(problems).toEqual([
      `sources.s.tags: entity set "e0" has no column "${param}"; did you mean "${meant}"?`,
    ]);
  });

  test('that one of two sets lacks, or that is like no column, is told', async () => {
    const two = await tagged('["{region}"]', { 'a.csv': 'id,region\n1,x\n', 'b.csv': 'id,regions\n2,y\n' });
    const lacks = (set: string, param: string) =>
      `sources.s.tags: entity set "${set}" has no column "${param}": what it warms lacks this tag`;
    expect(two).toEqual({ problems: [], notes: [lacks('e1', 'region')] });
    const one = await tagged('["{continent}"]', { 'a.csv': 'id,region\n1,x\n' });
    expect(one).toEqual({ problems: [], notes: [lacks('e0', 'continent')] });
  });

  test('of a source that no set feeds is left alone: whoever names its keys may give any column', async () => {
    expect((await tagged('["{regoin}"]', { 'a.csv': 'code,region\n1,x\n' })).problems.join()).not.toContain(
      'regoin',
    );
  });
});

describe('a source that nothing feeds', () => {
  test('is named, with the column that was meant', async () => {
    const { problems, notes } = await withSet('id: ids', 'ids,n\n1,a\n');
    expect(problems).toEqual([]);
    expect(notes).toEqual([
      `entities.e: its columns (ids, n) fill no source's key`,
      'sources.s.key: nothing feeds it, so it is warmed only for keys that are named or read: no entity set has a column "id"; did you mean "ids"?',
    ]);
    expect((await survey(CONFIG)).notes[0]).toContain('sources.s.key: nothing feeds it');
  });

  test('is fed by itself where its key has no params', async () => {
    expect(await survey(CONFIG.replaceAll('{id}', 'all'))).toEqual({ problems: [], notes: [] });
  });
});

describe('a schedule', () => {
  const all = CONFIG.replaceAll('{id}', 'all');
  const cold = (ttl: string, more = '') =>
    survey(`${all.replace('origin: o,', `origin: o, temperature: cold, ${ttl}`)}${more}`);

  test('that names both kinds of days says what that means', async () => {
    const { notes } = await survey(`${all}schedules: { t: { cron: "0 2 1,15 * 1", warm: "" } }`);
    expect(notes).toEqual([
      'schedules.t.cron: "0 2 1,15 * 1": it fires on days that fit day of month "1,15" or day of week "1", either, as in crontab',
    ]);
  });

  test('whose steps lie in an hour that clocks jump over says when, and what to write instead', async () => {
    const at = (cron: string) =>
      survey(`${all}schedules: { t: { cron: "${cron}", timezone: America/Denver, warm: "" } }`);
    expect((await at('*/30 2 * * *')).notes).toEqual([
      expect.stringMatching(
        /^schedules\.t\.cron: "\*\/30 2 \* \* \*" loses times: 02:00 to 03:00 do not exist on 20\d\d-03-\d\d, .* lists of them, run at the first instant after$/,
      ),
    ]);
    for (const cron of ['0,30 2 * * *', '*/30 * * * *', '*/30 3 * * *'])
      expect((await at(cron)).notes, cron).toEqual([]);
  });

  test('whose hours are meant to be those of this machine, perhaps, says whose they are', async () => {
    const more = 'schedules: { t: { cron: "0 2 * * *", warm: "" }, u: { cron: "*/5 * * * *", warm: "" } }';
    const text = `${all.replace('origin: o,', 'origin: o, temperature: cold,')}${more}`;
    expect((await survey(text, {}, 'Europe/Berlin')).notes).toEqual([
      'temperatures.cold.timezone: is not set, so "0 3 * * *" goes by UTC; the clocks of this machine show Europe/Berlin',
      'schedules.t.timezone: is not set, so "0 2 * * *" goes by UTC; the clocks of this machine show Europe/Berlin',
    ]);
    expect((await survey(text)).notes).toEqual([]);
    const said = text.replace('warm: "" }', 'timezone: UTC, warm: "" }');
    expect((await survey(said, {}, 'Europe/Berlin')).notes).toHaveLength(1);
  });

  test.each([
    ['at: 2020-01-01T06:00', 's.at'],
    ['cron: "@daily", end: 2020-01-01', 's.end'],
  ])('whose last time has passed says so: %s', async (times, path) => {
    const { problems, notes } = await survey(`${all}schedules: { s: { ${times}, timezone: UTC, warm: "" } }`);
    expect({ problems, notes }).toEqual({
      problems: [],
      notes: [expect.stringMatching(`^schedules.${path}: .*it fires no more$`)],
    });
  });

  test('that comes less often than values age says so', async () => {
    const never = 'temperatures: { cold: { recover: 0, timezone: UTC } }';
    expect((await cold('ttl: 1h,', never)).notes).toEqual([
      'sources.s.ttl: values of source "s" are fresh for 1h, and "0 3 * * *" of cold leaves up to 1d between two refreshes: they are stale before the next one',
    ]);
    expect((await cold('ttl: 1h, grace: 1h,', never)).notes[0]).toContain(
      'they are gone before the next one',
    );
    const { notes } = await cold('', 'temperatures: { cold: { ttl: 24h, timezone: UTC } }');
    expect(notes).toEqual([
      'temperatures.cold.ttl: values of source "s" are fresh for 1d, or up to 2h24m less by their spread, and "0 3 * * *" of cold leaves up to 1d between two refreshes: cold.recover fetches them in between, before they are stale; with a ttl of 1d3h or more one refresh would do',
    ]);
    expect(await cold('')).toEqual({ problems: [], notes: [] });
    expect((await cold('ttl: 30d, refreshAhead: 100%,')).notes[0]).toMatch(
      /^sources\.s\.refreshAhead: leaves no time/,
    );
    expect(await cold('ttl: 30d,')).toEqual({ problems: [], notes: [] });
  });

  test('whose values are stale at once by their spread names no ttl that would do', async () => {
    expect((await cold('ttl: 30d, spread: 100%,')).notes).toEqual([
      expect.stringMatching(/before they are stale; with a spread of less than 100% fewer would need it$/),
    ]);
  });
});

describe('what would stop a start is a problem of the configuration', () => {
  test.each([
    ['tiers: { memory: { maxSize: 0B } }', 'tiers.memory.maxSize: "0B": must be at least 1.00 KB'],
    ['tiers: { disk: { maxSize: 0 } }', 'tiers.disk.maxSize: "0B": must be at least'],
    ['tiers: { redis: { timeout: 0 } }', 'tiers.redis.timeout: "0": must be at least 1ms'],
    ['workers: { lock: 0 }', 'workers.lock: "0": must be at least 1s'],
    ['workers: { stalledCheck: 0 }', 'workers.stalledCheck: "0": must be at least 100ms'],
    [
      'origins: { a: { kind: http, url: "http://h", timeout: 0 } }',
      'origins.a.timeout: "0": must be at least 1ms',
    ],
    [
      'origins: { a: { kind: http, url: "http://h", maxBodyBytes: 0 } }',
      'maxBodyBytes: "0B": must be at least 1 B',
    ],
    [
      `${CONFIG.replace('"/{id}"', '"/../{id}"')}`,
      'sources.s.request.path: "/../{id}": a path has no "." and ".."',
    ],
    [`${CONFIG.replace('"/{id}"', '"/a/%2E%2e/{id}"')}`, 'a path has no "." and ".."'],
    [`${CONFIG.replace('"/{id}"', '"/{id}/.?a=/../"')}`, 'a path has no "." and ".."'],
    [`log: { level: "\${A:-\${B}}" }`, `log.level: the default of \${A} has a substitution in it`],
    ...[
      '0-99999999 * * * *',
      '*/99999999 * * * *',
      '*/90 * * * *',
      '0 0 31 2 *',
      '0 0 31 2,4,6,9,11 *',
      '1/0 * * * *',
    ].map((cron) => [
      `schedules: { t: { cron: "${cron}", warm: "" } }`,
      'is not a cron expression that fires',
    ]),
    [`schedules: { t: { cron: "${'0,'.repeat(50_000)}0 * * * *", warm: "" } }`, 'and 200 are allowed'],
  ])('%s', async (text, says) => {
    const began = process.cpuUsage();
    expect((await problemsOf(text ?? '')).join('\n')).toContain(says);
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });

  test('a path may have dots that are no steps', async () => {
    for (const path of ['/a.b/{id}', '/.well-known/{id}', '/...{id}', '/a?x=/../{id}']) {
      expect((await survey(CONFIG.replace('"/{id}"', `"${path}"`))).problems).toEqual([]);
    }
  });
});

describe('a place of this machine', () => {
  const config = (rest: string) => `${CONFIG}redis: { jobs: "redis://127.0.0.1:7000" }\n${rest}`;
  const problemsAt = async (rest: string, files: Readonly<Record<string, string>> = {}) =>
    (await survey(config(rest), files)).problems;

  test.each([
    ['tiers: { disk: { path: . } }', 'tiers.disk.path', 'is a folder; name a file in it'],
    ['tiers: { disk: { path: a.csv/x/cache.db } }', 'tiers.disk.path', 'which is no folder'],
    [
      'tiers: { disk: { path: /dev/null } }',
      'tiers.disk.path',
      'is a device, a pipe or a socket, and no file',
    ],
    ['tiers: { disk: { path: a.csv } }', 'tiers.disk.path', 'is no SQLite file'],
    ['tiers: { disk: { path: /proc/nix/cache.db } }', 'tiers.disk.path', '"/proc" shows the state'],
    ['tiers: { disk: { path: /sys/cache.db } }', 'tiers.disk.path', '"/sys" shows the state'],
    ['tiers: { disk: { path: /dev/fd/cache.db } }', 'tiers.disk.path', '"/dev/fd" shows the state'],
    ['redis: { jobs: embedded }\ndata: /proc/self/nix', 'data', '"/proc/self" shows the state'],
    [`tiers: { disk: { path: ${'x'.repeat(300)} } }`, 'tiers.disk.path', 'its name is too long'],
    ['redis: { jobs: embedded }\ndata: a.csv', 'data', 'is no folder'],
    ['redis: { tls: { ca: none.pem } }', 'redis.tls.ca', 'cannot be read: ENOENT'],
    ['redis: { tls: { cert: a.csv } }', 'redis.tls.cert', 'is of no use without the key'],
    ['redis: { tls: { ca: a.csv, cert: a.csv, key: a.csv } }', 'redis.tls.c', 'is not taken'],
    ['api: { host: 203.0.113.7 }', 'api.host', 'is no address of this machine'],
    ['api: { port: 7000 }', 'api.port', '7000 is also the port of redis.jobs'],
    ['http: { port: 7000 }', 'http.port', '7000 is also the port of redis.jobs'],
    ['http: { port: 7077 }', 'http.port', '7077 is also api.port'],
    ['http: { port: 7078, host: 203.0.113.7 }', 'http.host', 'is no address of this machine'],
  ])('that cannot be used is a problem: %s', async (rest, path, says) => {
    const text = rest.startsWith('redis') ? `${CONFIG}${rest}\n` : config(rest);
    const { problems } = await survey(text, { 'a.csv': 'id\n1\n' });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${path}`);
    expect(problems[0]).toContain(says);
  });

  test('that can be used, or made, needs no words, and neither do folders that nothing uses', async () => {
    expect(await problemsAt('tiers: { disk: { path: new/folder/cache.db } }')).toEqual([]);
    expect(await problemsAt('data: e.csv\ntiers: { disk: { path: c.db } }', { 'e.csv': 'id\n1\n' })).toEqual(
      [],
    );
    expect(await problemsAt('api: { host: 127.0.0.1, port: 0 }')).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0)('that this user may not write to is a problem', async () => {
    expect(await problemsAt('tiers: { disk: { path: /cache.db } }')).toEqual([
      expect.stringContaining('cannot be written by this user'),
    ]);
  });
});
