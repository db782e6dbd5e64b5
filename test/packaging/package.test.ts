/** The package that applications install: built, packed, unpacked, and used by a program of its own under plain Node. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { uniquePrefix } from '../support/redis.ts';

const run = promisify(execFile);
const MODULES = resolve('node_modules');

const CONSUMER = `
import { connect, ForewarmError } from 'forewarm';

await using cache = await connect({ config: JSON.parse(process.env.CONFIG), env: {} });
const profiles = cache.source('profile');
await profiles.setMany([[{ market: 'denver' }, { name: 'Denver' }], [{ market: 'boulder' }, { name: 'Boulder' }]]);
const found = await profiles.getMany([{ market: 'denver' }, { market: 'nowhere' }, { market: 'boulder' }]);
const error = await profiles.get({}).catch((thrown) => thrown instanceof ForewarmError && thrown.code);
console.log(JSON.stringify({ found, peeked: profiles.peek({ market: 'denver' }), error }));
`;

const TYPED_CONSUMER = `
import { connect, type Connection, type SourceReader } from 'forewarm';
import { type ApiClient, createClient, type Run } from 'forewarm/api';

interface Profile { readonly name: string }
const cache: Connection = await connect({ file: 'forewarm.yaml' });
const profiles: SourceReader<Profile> = cache.source<Profile>('profile');
const name: string | undefined = (await profiles.get({ market: 'denver' }))?.name;
// @ts-expect-error a profile has no such member
const wrong = (await profiles.get({ market: 'denver' }))?.nothing;
const client: ApiClient = createClient({ url: 'http://127.0.0.1:7077' });
const runs: readonly Run[] = (await client.listRuns()).runs;
export { name, runs, wrong };
`;

/** A folder with the package in its node_modules, and beside it whatever the package depends on. */
let app = '';
const folders: string[] = [];

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-package-'));
  folders.push(folder);
  const out = join(folder, 'package');
  await run(process.execPath, ['scripts/build.ts', out]);
  const { stdout } = await run('npm', ['pack', out, '--pack-destination', folder, '--json', '--offline'], {
    cwd: folder,
  });
  const tarball = /"filename":\s*"([^"]+)"/.exec(stdout)?.[1] ?? '';
  app = join(folder, 'app');
  const installed = join(app, 'node_modules', 'forewarm');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', join(folder, tarball), '-C', installed, '--strip-components', '1']);
  for (const name of await readdir(MODULES)) {
    if (!name.startsWith('.') && name !== 'forewarm')
      await symlink(join(MODULES, name), join(app, 'node_modules', name));
  }
  await writeFile(join(app, 'package.json'), '{ "type": "module" }');
});

test('reads and writes', async () => {
  const prefix = uniquePrefix();
  const config = {
    data: app,
    redis: { jobs: inject('redisUrl'), prefix },
    tiers: { redis: { prefix: `${prefix}values:` }, disk: { path: join(app, 'cache.db') } },
    origins: { markets: { kind: 'http', url: 'http://127.0.0.1:1' } },
    sources: { profile: { origin: 'markets', key: 'profile:{market}', request: { path: '/{market}' } } },
  };
  await writeFile(join(app, 'consumer.js'), CONSUMER);
  const env = { PATH: process.env.PATH, CONFIG: JSON.stringify(config) };
  const { stdout } = await run(process.execPath, ['consumer.js'], { cwd: app, env });
  expect(JSON.parse(stdout)).toEqual({
    found: [{ name: 'Denver' }, null, { name: 'Boulder' }],
    peeked: { name: 'Denver' },
    error: 'E_KEY_INVALID',
  });
});

test('brings the client of the control API, which loads nothing but itself', async () => {
  const text = `const { createClient, ApiError } = await import('forewarm/api');
    const failed = await createClient({ url: 'http://127.0.0.1:1' }).listRuns().catch((error) => error);
    console.log(failed instanceof ApiError, failed.code);`;
  const alone = await mkdtemp(join(tmpdir(), 'forewarm-client-'));
  folders.push(alone);
  await cp(join(app, 'node_modules', 'forewarm'), join(alone, 'node_modules', 'forewarm'), {
    recursive: true,
  });
  await writeFile(join(alone, 'client.mjs'), text);
  const { stdout } = await run(process.execPath, ['client.mjs'], { cwd: alone });
  expect(stdout).toBe('true E_API_UNANSWERED\n');
});

test('brings its types', async () => {
  await writeFile(join(app, 'typed.ts'), TYPED_CONSUMER);
  const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
  const lib = ['--lib', 'es2024,esnext.disposable', '--skipLibCheck', '--ignoreConfig'];
  const tsc = join(MODULES, 'typescript', 'bin', 'tsc');
  await run(process.execPath, [tsc, ...options, ...lib, 'typed.ts'], { cwd: app });
});

test('brings the command', async () => {
  const bin = join(app, 'node_modules', 'forewarm', 'bin', 'forewarm.mjs');
  const { stdout } = await run(process.execPath, [bin, '--version'], { cwd: app });
  expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+/);
});

test('brings the console', async () => {
  const folder = join(app, 'node_modules', 'forewarm', 'console', 'dist');
  expect(await readdir(folder)).toEqual(expect.arrayContaining(['index.html', 'assets']));
  const text = `const { CONSOLE_FOLDER } = await import('./node_modules/forewarm/src/api/console-pages.js');
    console.log(CONSOLE_FOLDER.href.endsWith('/forewarm/console/dist/'));`;
  await writeFile(join(app, 'console.mjs'), text);
  const { stdout } = await run(process.execPath, ['console.mjs'], { cwd: app });
  expect(stdout).toBe('true\n');
});
