import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/settings/load.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { GOOD, loadText, temporaryFolder } from '../support/settings.ts';

function leafOf(settings: Settings, path: string) {
  const { value, from } = settings.leaves.find((leaf) => leaf.path === path) ?? {};
  return { value, from };
}

describe('defaults', () => {
  test('are there without a word of configuration', async () => {
    const settings = await loadText('');
    expect(settings.redis).toMatchObject({ jobs: 'embedded', cache: '', prefix: 'forewarm' });
    expect(settings.tiers.memory).toMatchObject({ enabled: true, maxSize: 256_000_000 });
    expect(settings.api).toMatchObject({ host: '127.0.0.1', port: 7077, tokens: [], bodyLimit: 1_000_000 });
    const steady = { spread: 0.1, recover: 60_000, timezone: 'UTC' };
    expect(settings.temperatures).toEqual({
      hot: { ...steady, ttl: 300_000, refreshAhead: 0.8, grace: 600_000, schedule: '* * * * *' },
      warm: { ...steady, ttl: 3_600_000, refreshAhead: 0.8, grace: 21_600_000, schedule: '*/10 * * * *' },
      cold: { ...steady, ttl: 108_000_000, refreshAhead: 0.9, grace: 604_800_000, schedule: '0 3 * * *' },
    });
    expect([settings.origins.size, settings.sources.size, settings.schedules.size]).toEqual([0, 0, 0]);
  });

  test('take the place of options without a value, and of whole maps without one', async () => {
    const settings = await loadText('api: { port: }\ntiers:\nlog:\n  level:\n');
    expect(settings.api.port).toBe(7077);
    expect(settings.tiers.disk.enabled).toBe(true);
    expect(settings.log.level).toBe('info');
  });
});

describe('sources', () => {
  test('take over what they do not say from their temperature', async () => {
    const settings = await loadText(
      `${GOOD}temperatures: { warm: { ttl: 2m, refreshAhead: 50%, grace: 0 } }`,
    );
    const source = settings.sources.get('profile');
    expect(source).toMatchObject({
      name: 'profile',
      temperature: 'warm',
      lifetime: { ttl: 120_000, refreshAhead: 0.5, grace: 0 },
      absentTtl: 120_000,
      miss: { policy: 'none', softDeadline: 0, hardDeadline: 5_000 },
      keysPerCall: 1,
      guard: { notEmpty: true, require: [], minBytes: 0, minItems: 0 },
      format: 'json',
    });
    expect(source?.key.build({ market: 'denver' })).toBe('profile:denver');
  });

  test('say it themselves where they differ', async () => {
    const own =
      'ttl: 30d, refreshAhead: 90%, grace: 1d, absentTtl: 1h, tags: ["market:{market}"], format: raw';
    const settings = await loadText(GOOD.replace('origin: markets,', `origin: markets, ${own},`));
    const source = settings.sources.get('profile');
    expect(source).toMatchObject({
      lifetime: { ttl: 2_592_000_000, refreshAhead: 0.9, grace: 86_400_000 },
      absentTtl: 3_600_000,
      format: 'raw',
    });
    expect(source?.tags.map((tag) => tag.build({ market: 'denver' }))).toEqual(['market:denver']);
  });

  test('have bodies of the general format unless they say otherwise', async () => {
    const settings = await loadText(`codec: { format: msgpack }\n${GOOD}`);
    expect(settings.sources.get('profile')?.format).toBe('msgpack');
    expect(settings.leaves).toContainEqual({
      path: 'sources.profile.format',
      value: 'msgpack',
      from: 'codec.format',
    });
  });

  test('believe an absence for five minutes at the most, unless they say longer', async () => {
    const settings = await loadText(GOOD);
    expect(settings.sources.get('profile')?.absentTtl).toBe(300_000);
  });

  test('ask for as many keys per call as their request does', async () => {
    const batch = 'batch: { path: /m, query: { ids: "{market...}" }, size: 50, id: id }';
    const http = await loadText(GOOD.replace('"/markets/{market}"', `"/markets/{market}", ${batch}`));
    expect(http.sources.get('profile')?.keysPerCall).toBe(50);
    const module = await loadText(`
origins: { own: { kind: module, module: own.mjs } }
sources: { a: { origin: own, key: "a:{x}", request: { keysPerCall: 7 } } }`);
    expect(module.sources.get('a')?.keysPerCall).toBe(7);
  });
});

describe('schedules', () => {
  test('keep their selector as canonical text, whichever way it was written', async () => {
    const settings = await loadText(`${GOOD}
schedules:
  text:   { cron: "0 2 * * *", warm: "entities=markets  source=profile" }
  object: { cron: "0 2 * * *", warm: { sources: profile, entities: [markets], olderThan: 90m } }
  all:    { cron: "*/5 * * * * *", timezone: America/Denver, warm: "", force: true, limit: 5, deadline: 4h }
`);
    expect(settings.schedules.get('text')?.selector).toBe('source=profile entities=markets');
    expect(settings.schedules.get('object')?.selector).toBe('source=profile entities=markets age>1h30m');
    expect(settings.schedules.get('all')).toEqual({
      name: 'all',
      rule: { cron: '*/5 * * * * *', timezone: 'America/Denver' },
      selector: '',
      force: true,
      missing: false,
      limit: 5,
      rules: {
        ...{ missed: 'once', catchUp: 43_200_000, latest: 0, overlap: 'skip', jitter: 0 },
        ...{ except: [], calendar: undefined, deadline: { after: 14_400_000 } },
      },
    });
  });
});

describe('who wins', () => {
  const path = 'tiers.memory.maxSize';
  const file = 'tiers: { memory: { maxSize: 1MB } }';
  const env = { FOREWARM_TIERS__MEMORY__MAX_SIZE: '2MB' };
  const overrides = [{ path, value: '3MB', origin: '--memory' }];

  test.each([
    ['a default, when nothing else is said', '', {}, 256_000_000, '256MB', 'default'],
    ['the file, over the default', file, {}, 1_000_000, '1MB', 'forewarm.yaml:1:29'],
    ['a variable, over the file', file, { env }, 2_000_000, '2MB', 'FOREWARM_TIERS__MEMORY__MAX_SIZE'],
    ['a flag, over all of them', file, { env, overrides }, 3_000_000, '3MB', '--memory'],
  ])('%s', async (_, text, options, bytes, value, from) => {
    const settings = await loadText(text, options);
    expect(settings.tiers.memory.maxSize).toBe(bytes);
    expect(leafOf(settings, path)).toEqual({ value, from });
  });

  test('a flag gives a value of its own type, or text that is read as it', async () => {
    const overrides = [
      { path: 'api.port', value: '8080', origin: '--port' },
      { path: 'tiers.disk.enabled', value: false, origin: '--no-disk' },
    ];
    const settings = await loadText('', { overrides });
    expect([settings.api.port, settings.tiers.disk.enabled]).toEqual([8080, false]);
  });

  test('REDIS_URL counts only where nothing names a server', async () => {
    const env = { REDIS_URL: 'redis://one:6379' };
    const unnamed = await loadText('', { env });
    expect(leafOf(unnamed, 'redis.jobs')).toEqual({ value: 'redis://one:6379', from: 'REDIS_URL' });
    expect((await loadText('redis: { jobs: embedded }', { env })).redis.jobs).toBe('embedded');
    const own = { ...env, FOREWARM_REDIS__JOBS: 'redis://two:6379' };
    expect((await loadText('', { env: own })).redis.jobs).toBe('redis://two:6379');
    expect((await loadText('', { env: { REDIS_URL: '' } })).redis.jobs).toBe('embedded');
  });

  test('a source shows which temperature a value is from', async () => {
    const settings = await loadText(GOOD);
    expect(leafOf(settings, 'sources.profile.ttl')).toEqual({ value: '1h', from: 'temperatures.warm.ttl' });
    expect(leafOf(settings, 'sources.profile.absentTtl')).toEqual({ value: '5m', from: 'default' });
  });

  test('a value out of a variable names both the place and the variable', async () => {
    const settings = await loadText(`api:\n  port: \${PORT:-80}`, { env: { PORT: '81' } });
    expect(leafOf(settings, 'api.port')).toEqual({ value: 81, from: 'forewarm.yaml:2:9 (PORT)' });
  });
});

describe('substitution', () => {
  test('reads text as what the option wants', async () => {
    const settings = await loadText(
      `
api: { port: "\${PORT}", tokens: "\${TOKENS}", bodyLimit: "\${NOTHING:-}" }
tiers: { disk: { enabled: "\${DISK:-false}" } }
log: { level: "\${LEVEL:-}" }
origins: { a: { kind: http, url: "http://\${HOST}:80", headers: { x: "\${NUMBER}" } } }
`,
      {
        env: { PORT: '8080', HOST: 'h', NUMBER: '007', TOKENS: '[{ name: a, token: "1", scopes: [read] }]' },
      },
    );
    expect(settings.api).toMatchObject({
      port: 8080,
      tokens: [{ name: 'a', token: '1', scopes: ['read'] }],
      bodyLimit: 1_000_000,
    });
    expect(settings.tiers.disk.enabled).toBe(false);
    expect(settings.log.level).toBe('info');
    expect(settings.origins.get('a')).toMatchObject({ url: 'http://h:80', headers: { x: '007' } });
  });

  test('leaves text that nothing was put into to its own type', async () => {
    await expect(loadText('api: { port: "8080" }')).rejects.toThrow('must be a whole number');
  });
});

describe('paths', () => {
  const text = `${GOOD}tiers: { disk: { path: ../cache.db } }`;

  test('of the file are taken from its folder, of variables and flags from the working directory', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'etc'));
    await writeFile(join(folder, 'etc/a.yaml'), text);
    const options = { file: 'etc/a.yaml', folder, env: { FOREWARM_DATA: 'state' } };
    const settings = await loadSettings(options);
    expect(settings.file).toBe(join(folder, 'etc/a.yaml'));
    expect(settings.tiers.disk.path).toBe(join(folder, 'cache.db'));
    expect(settings.entities.markets?.csv).toBe(join(folder, 'etc/markets.csv'));
    expect(settings.data).toBe(join(folder, 'state'));
  });

  test('of defaults are taken from the file, or from above its folder when that is called config', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'config'));
    await mkdir(join(folder, 'etc'));
    await writeFile(join(folder, 'config/forewarm.yaml'), '');
    await writeFile(join(folder, 'etc/forewarm.yaml'), '');
    const dataOf = async (file: string) => (await loadSettings({ file, folder, env: {} })).data;
    expect(await dataOf('config/forewarm.yaml')).toBe(join(folder, '.forewarm'));
    expect(await dataOf('etc/forewarm.yaml')).toBe(join(folder, 'etc/.forewarm'));
  });
});

describe('the file', () => {
  test('is the named one, else that of FOREWARM_CONFIG, else a usual one', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'config'));
    const write = (name: string, port: number) => writeFile(join(folder, name), `api: { port: ${port} }\n`);
    const portOf = async (options: { file?: string; env?: Record<string, string> }) =>
      (await loadSettings({ env: {}, folder, ...options })).api.port;
    await write('forewarm.yaml', 1);
    expect(await portOf({})).toBe(1);
    await write('config/forewarm.yaml', 2);
    expect(await portOf({})).toBe(2);
    await write('a.yaml', 3);
    expect(await portOf({ env: { FOREWARM_CONFIG: 'a.yaml' } })).toBe(3);
    await write('b.yaml', 4);
    expect(await portOf({ file: 'b.yaml', env: { FOREWARM_CONFIG: 'a.yaml' } })).toBe(4);
  });

  test.each([
    ['UTF-8 with a mark', Buffer.from('\ufefflog: { level: debug }')],
    ['UTF-16 with a mark', Buffer.from('\ufefflog: { level: debug }', 'utf16le')],
  ])('may be in %s', async (_, bytes) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'forewarm.yaml'), bytes);
    expect((await loadSettings({ env: {}, folder })).log.level).toBe('debug');
  });

  test('in another encoding is refused with the line, and a device without being read', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'forewarm.yaml'), Buffer.from('log:\n  level: débug\n', 'latin1'));
    await expect(loadSettings({ env: {}, folder })).rejects.toThrow(
      'configuration "forewarm.yaml" cannot be read: line 2: not UTF-8; save it as UTF-8',
    );
    await expect(loadSettings({ env: {}, folder, file: '/dev/zero' })).rejects.toThrow('is a device');
  });

  test('that is a pipe to which nobody writes is given up', async () => {
    const clock = new FakeClock();
    const file = join(await temporaryFolder(), 'pipe');
    execFileSync('mkfifo', [file]);
    const refused = expect(loadSettings({ env: {}, file, clock })).rejects.toThrow('did not end within 30 s');
    await clock.advance(30_000);
    await refused;
  });

  test('that is missing is told from one that cannot be read, and both from none at all', async () => {
    const folder = await temporaryFolder();
    const load = (file?: string) => loadSettings({ env: {}, folder, ...(file !== undefined && { file }) });
    await expect(load('a.yaml')).rejects.toMatchObject({
      code: 'E_CONFIG_NOT_FOUND',
      message: 'configuration "a.yaml" cannot be read: there is no such file',
      details: { file: join(folder, 'a.yaml') },
    });
    await expect(load('.')).rejects.toMatchObject({
      code: 'E_CONFIG_NOT_FOUND',
      message: expect.stringContaining('cannot be read: is a folder, and no file'),
    });
    await expect(load()).rejects.toMatchObject({
      code: 'E_CONFIG_NOT_FOUND',
      message: `no configuration: there is neither config/forewarm.yaml nor forewarm.yaml in ${folder}; name one with --config or FOREWARM_CONFIG`,
    });
  });
});

describe('settings', () => {
  test('are frozen all the way down', async () => {
    const settings = await loadText(GOOD);
    const values: unknown[] = [settings];
    for (const value of values) {
      if (typeof value !== 'object' || value === null) continue;
      expect(Object.isFrozen(value)).toBe(true);
      values.push(...(value instanceof Map ? value.values() : Object.values(value)));
    }
    expect(values.length).toBeGreaterThan(100);
  });
});

test('blanks around the address of a Redis do not count', async () => {
  const { redis } = await loadText('redis: { cache: " redis://h:1 " }', {
    env: { REDIS_URL: ' redis://h:2\n' },
  });
  expect([redis.jobs, redis.cache]).toEqual(['redis://h:2', 'redis://h:1']);
});
