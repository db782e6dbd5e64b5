import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { findRedisServer } from '../../src/redis/find-redis.mjs';

/** A project with the real script and one package, which npm installs from the folder beside it. */
async function makeProject(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'forewarm-prepare-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const path of ['scripts/prepare.mjs', 'scripts/console.mjs', 'src/redis/find-redis.mjs'])
    await cp(path, join(root, path));
  await mkdir(join(root, 'one'));
  await writeFile(join(root, 'one', 'package.json'), JSON.stringify({ name: 'one', version: '1.0.0' }));
  await writePackages(root, { one: 'file:one' });
  return root;
}

async function writePackages(root: string, dependencies: Record<string, string>): Promise<void> {
  const names = Object.keys(dependencies);
  const lock = {
    name: 'project',
    lockfileVersion: 3,
    packages: Object.fromEntries([
      ['', { name: 'project', dependencies }],
      ...names.map((name) => [`node_modules/${name}`, { resolved: name, link: true }]),
      ...names.map((name) => [name, { version: '1.0.0' }]),
    ]),
  };
  await writeFile(join(root, 'package.json'), JSON.stringify({ name: 'project', dependencies }));
  await writeFile(join(root, 'package-lock.json'), JSON.stringify(lock));
}

let root: string;

beforeEach(async () => {
  root = await makeProject();
});

/** PATH without a Redis server, and without the programs that could bring one. */
async function barePath(): Promise<string> {
  const folder = join(root, 'programs');
  await mkdir(folder);
  await writeFile(join(folder, 'node'), `#!/bin/sh\nexec ${process.execPath} "$@"\n`, { mode: 0o755 });
  return folder;
}

/** Without `env`, there is a Redis server, so that nothing is brought but packages. */
function prepare(
  env: Record<string, string | undefined> = { FOREWARM_REDIS_SERVER: '/bin/sh' },
  words: readonly string[] = [],
): SpawnSyncReturns<string> {
  const clean = { ...process.env, REDIS_URL: undefined, FOREWARM_REDIS_SERVER: undefined };
  return spawnSync(process.execPath, [join(root, 'scripts/prepare.mjs'), ...words], {
    env: { ...clean, ...env },
    encoding: 'utf8',
  });
}

/** Programs that only tests call. */
const TOOLS = ['python3', 'openssl', 'nginx', 'varnishd', 'chromium'];

/** An apt-get that downloads a package that is nothing. */
const DOWNLOADS = '#!/bin/sh\ncase "$1" in download) echo "$2" > "$2.deb" ;; esac\n';
/** Unpacks programs of which promtool does not start. */
const RUNS_NOT = `[ "$1" = -x ] || exit 0
mkdir -p "$3/usr/bin"
printf '#!/bin/sh\\n' > "$3/usr/bin/prometheus"
printf '#!/bin/sh\\necho bad library >&2; exit 127\\n' > "$3/usr/bin/promtool"
chmod +x "$3/usr/bin/"*`;

/** So that only Redis is in question. */
function withPackages(): void {
  expect(prepare()).toMatchObject({ status: 0 });
}

describe('the preparation of a fresh clone', () => {
  test('says what it installs, installs it, and is silent when nothing is missing', () => {
    const first = prepare();
    expect(first.stderr).toBe('');
    expect(first.stdout).toMatch(
      /^Forewarm installs what is missing:\n {2}- 2 npm packages, into node_modules/,
    );
    expect(prepare()).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test('installs again when the lock file names something that is not installed', async () => {
    withPackages();
    await mkdir(join(root, 'two'));
    await writeFile(join(root, 'two', 'package.json'), JSON.stringify({ name: 'two', version: '1.0.0' }));
    await writePackages(root, { one: 'file:one', two: 'file:two' });
    expect(prepare().stdout).toContain('2 npm packages');
    expect(prepare().stdout).toBe('');
  });

  test('shows what npm said when it fails', async () => {
    await writeFile(
      join(root, 'package.json'),
      JSON.stringify({ name: 'project', dependencies: { other: '1.0.0' } }),
    );
    const { status, stderr } = prepare();
    expect(status).toBe(1);
    expect(stderr).toMatch(/Forewarm cannot set itself up: `.*ci.*` failed: npm error code EUSAGE/);
    expect(stderr).not.toContain('REDIS_URL');
  });

  test('names three ways out where no Redis can be brought', async () => {
    withPackages();
    const { status, stderr } = prepare({ PATH: await barePath() });
    expect(status).toBe(1);
    expect(stderr).toMatch(/no redis-server or valkey-server.*apt-get install.*docker compose up.*REDIS_URL/);
  });

  test('brings for the tests what they call, by the package manager, and for nothing else', async () => {
    withPackages();
    const path = await barePath();
    const called = join(root, 'called');
    // What it calls, so that it cannot install anything here.
    const program = `#!/bin/sh\necho "$@" >> ${called}\n`;
    await writeFile(join(path, 'apt-get'), program, { mode: 0o755 });
    const env = { PATH: path, REDIS_URL: 'redis://elsewhere:6379' };
    expect(prepare(env)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const { status, stdout } = prepare(env, ['--tests']);
    expect(status).toBe(0);
    if (process.getuid?.() !== 0) return expect(stdout).toBe('');
    expect(stdout).toContain(
      '- python3, openssl, nginx-light, varnish and chromium, as system packages (apt-get install)',
    );
    expect(await readFile(called, 'utf8')).toMatch(
      /install .* python3 openssl nginx-light varnish chromium\n$/,
    );
    for (const tool of TOOLS) await writeFile(join(path, tool), '#!/bin/sh\n', { mode: 0o755 });
    expect(prepare(env, ['--tests'])).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test('brings Prometheus for the tests alone, unpacked into the project, with root and without', async () => {
    withPackages();
    const path = await barePath();
    const program = async (name: string, text: string) =>
      writeFile(join(path, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    for (const tool of TOOLS) await program(tool, '');
    await program('apt-get', `case "$1" in download) echo "$2" > "$2.deb" ;; esac`);
    await program(
      'dpkg-deb',
      `case "$1" in -x) mkdir -p "$3/usr/bin" "$3/usr/share"; cp "$0" "$3/usr/bin/prometheus"; cp "$0" "$3/usr/bin/promtool" ;; esac`,
    );
    const env = { PATH: `${path}:/bin`, REDIS_URL: 'redis://elsewhere:6379' };
    expect(prepare(env)).toMatchObject({ status: 0, stdout: '' });
    const { status, stdout, stderr } = prepare(env, ['--tests']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain("- prometheus and promtool, the system's package unpacked into ");
    expect(await readdir(join(root, '.forewarm/prometheus-dist/usr'))).toEqual(['bin']);
    expect(prepare(env, ['--tests'])).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test('goes on where Prometheus cannot be brought, and says why', async () => {
    withPackages();
    const path = await barePath();
    for (const tool of [...TOOLS, 'dpkg-deb'])
      await writeFile(join(path, tool), '#!/bin/sh\n', { mode: 0o755 });
    await writeFile(
      join(path, 'apt-get'),
      '#!/bin/sh\ncase "$*" in *download*) echo no network >&2; exit 1 ;; esac\n',
      { mode: 0o755 },
    );
    const { status, stdout } = prepare({ PATH: path, REDIS_URL: 'redis://elsewhere:6379' }, ['--tests']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/prometheus cannot be brought, and its tests will fail: .*no network/);
    expect(stdout).not.toContain('For Redis');
    expect(await readdir(join(root, '.forewarm'))).toEqual([]);
  });

  test.each([
    [
      'unpacked',
      'dpkg-deb',
      'case "$1" in -x) echo bad archive >&2; exit 2 ;; esac',
      /dpkg-deb.*bad archive/s,
    ],
    ['run', 'dpkg-deb', RUNS_NOT, /promtool --version.*bad library/s],
  ])('names no way to a Redis where Prometheus cannot be %s', async (_, tool, text, reason) => {
    withPackages();
    const path = await barePath();
    for (const each of TOOLS) await writeFile(join(path, each), '#!/bin/sh\n', { mode: 0o755 });
    await writeFile(join(path, 'apt-get'), DOWNLOADS, { mode: 0o755 });
    await writeFile(join(path, tool), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const env = { PATH: `${path}:/bin`, REDIS_URL: 'redis://elsewhere:6379' };
    const { status, stdout } = prepare(env, ['--tests']);
    expect(status).toBe(0);
    expect(stdout).toMatch(reason);
    expect(stdout).toContain('prometheus cannot be brought');
    expect(stdout).not.toContain('For Redis');
  });

  test('names the ways to a Redis where one cannot be unpacked or installed', async () => {
    withPackages();
    const path = await barePath();
    await writeFile(
      join(path, 'apt-get'),
      '#!/bin/sh\ncase "$*" in *install*|*download*) echo no network >&2; exit 1 ;; esac\n',
      { mode: 0o755 },
    );
    await writeFile(join(path, 'dpkg-deb'), '#!/bin/sh\n', { mode: 0o755 });
    const { status, stderr } = prepare({ PATH: `${path}:${path}` });
    expect(status).toBe(1);
    expect(stderr).toMatch(/no network.*\nFor Redis there are .*REDIS_URL/s);
  });

  test('brings no Redis when REDIS_URL names one', async () => {
    withPackages();
    const env = { PATH: await barePath(), REDIS_URL: 'redis://elsewhere:6379' };
    expect(prepare(env)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test('refuses a FOREWARM_REDIS_SERVER that is not a program', () => {
    withPackages();
    const { status, stderr } = prepare({ FOREWARM_REDIS_SERVER: '/nowhere/redis' });
    expect(status).toBe(1);
    expect(stderr).toContain('FOREWARM_REDIS_SERVER is "/nowhere/redis", which is not a program');
  });

  test('takes the server that was unpacked into the project', async () => {
    withPackages();
    const folder = join(root, '.forewarm', 'redis-dist', 'bin');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'redis-server'), '#!/bin/sh\n', { mode: 0o755 });
    expect(prepare({ PATH: await barePath() })).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });
});

describe('findRedisServer', () => {
  async function program(name: string): Promise<string> {
    const folder = join(root, 'found', name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), '#!/bin/sh\n', { mode: 0o755 });
    return folder;
  }

  test('prefers the named one, then redis-server, then valkey-server', async () => {
    const redis = await program('redis-server');
    const valkey = await program('valkey-server');
    const named = join(await program('keydb'), 'keydb');
    const path = [valkey, redis].join(delimiter);
    expect(findRedisServer({ PATH: path, FOREWARM_REDIS_SERVER: named })).toBe(named);
    expect(findRedisServer({ PATH: path, FOREWARM_REDIS_SERVER: 'valkey-server' })).toBe(
      join(valkey, 'valkey-server'),
    );
    expect(findRedisServer({ PATH: path })).toBe(join(redis, 'redis-server'));
    expect(findRedisServer({ PATH: valkey })).toBe(join(valkey, 'valkey-server'));
  });

  test('takes no folder, no file that cannot be run, and nothing from a relative PATH', async () => {
    const folder = join(root, 'found');
    await mkdir(join(folder, 'a', 'redis-server'), { recursive: true });
    await mkdir(join(folder, 'b'));
    await writeFile(join(folder, 'b', 'redis-server'), '', { mode: 0o644 });
    const env = { PATH: [join(folder, 'a'), join(folder, 'b'), '.', ''].join(delimiter) };
    expect(findRedisServer({ ...env, FOREWARM_REDIS_SERVER: 'redis-server' })).toBeUndefined();
  });
});
