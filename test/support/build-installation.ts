/** An installation on servers of its own: a Redis, an origin, a configuration, and apps that are really composed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { App, Role } from '../../src/app/app.ts';
import { compose } from '../../src/app/compose.ts';
import { type RedisServer, startRedisServer } from './redis-server.ts';
import { type ScriptedServer, startScriptedServer, status } from './scripted-server.ts';
import { loadText, temporaryFolder } from './settings.ts';

export interface Installation {
  readonly server: RedisServer;
  readonly origin: ScriptedServer;
  readonly folder: string;
  readonly csv: string;
}

export async function install(options: { readonly aof: boolean }): Promise<Installation> {
  const server = await startRedisServer(options);
  onTestFinished(() => server.remove());
  const origin = await startScriptedServer();
  origin.answer(status(200));
  const folder = await temporaryFolder();
  const csv = join(folder, 'markets.csv');
  await writeFile(csv, 'market,name\n1,One\n2,Two\n');
  return { server, origin, folder, csv };
}

/** Its configuration: one origin, one source, one entity set. */
export function configOf({ server, origin, folder, csv }: Installation, timeout = '1s') {
  return {
    redis: { jobs: server.url },
    tiers: { disk: { path: join(folder, 'cache.db') } },
    origins: { markets: { kind: 'http', url: origin.url, timeout } },
    sources: { profile: { origin: 'markets', key: 'profile:{market}', request: { path: '/{market}' } } },
    entities: { markets: { csv, id: 'market' } },
    api: { port: 0 },
  };
}

/** Writes a configuration into its folder. Returns the file. */
export async function writeConfig({ folder }: Installation, config: object): Promise<string> {
  const file = join(folder, 'forewarm.yaml');
  await writeFile(file, JSON.stringify(config));
  return file;
}

/** An app of this installation, stopped when the test ends. */
export async function start(
  installation: Installation,
  roles: readonly Role[] = [],
  change: Readonly<Record<string, unknown>> = {},
  lanes: readonly string[] = [],
): Promise<App> {
  const config = { ...configOf(installation), ...change };
  const settings = await loadText(JSON.stringify(config));
  const app = await compose({ settings, roles, lanes, env: {}, listens: true });
  onTestFinished(() => app.stop(Date.now() + 3_000).catch(() => undefined));
  await app.start();
  return app;
}
