/** A process of its own tells which packages it loads. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, onTestFinished, test } from 'vitest';
import { childEnvironment } from '../../support/child-environment.ts';
import { uniquePrefix } from '../../support/redis.ts';

const PROGRAM = `
import { registerHooks } from 'node:module';
const loaded = new Set();
registerHooks({
  load(url, context, next) {
    const [, name] = /node_modules\\/(@opentelemetry\\/[^/]+)/.exec(url) ?? [];
    if (name !== undefined) loaded.add(name);
    return next(url, context);
  },
});
const src = ${JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../../src/')).href)};
const { loadSettings } = await import(src + 'settings/load.ts');
const { compose } = await import(src + 'app/compose.ts');
const settings = await loadSettings({ config: JSON.parse(process.argv[2]), env: {} });
const app = await compose({ settings, roles: ['worker', 'scheduler', 'api'], env: process.env });
console.log(JSON.stringify([...loaded].sort()));
await app.stop(Date.now() + 1_000);
process.exit(0);
`;

async function loadedWith(telemetry: object, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-loading-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'program.mjs');
  await writeFile(file, PROGRAM);
  const redis = { jobs: inject('redisUrl'), prefix: uniquePrefix() };
  const config = JSON.stringify({ telemetry, redis, data: folder, api: { port: 0 } });
  const { stdout } = await promisify(execFile)(process.execPath, [file, config], {
    env: { ...childEnvironment(), ...env },
  });
  return JSON.parse(stdout);
}

test('a role loads nothing of OpenTelemetry until something is to be sent', async () => {
  expect(await loadedWith({})).toEqual([]);
  expect(
    await loadedWith({ otlp: { endpoint: 'http://127.0.0.1:9' } }, { OTEL_SDK_DISABLED: 'true' }),
  ).toEqual([]);
});

test('a role that has a receiver loads the API and the SDK', async () => {
  const loaded = await loadedWith({}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  expect(loaded).toEqual(expect.arrayContaining(['@opentelemetry/api', '@opentelemetry/sdk-node']));
});
