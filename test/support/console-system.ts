/** A browser, and for its pages an installation with a Redis, an origin and tokens of its own. */
import type { Scope } from '../../src/api/access.ts';
import { startBrowser } from './browser.ts';
import { startMarkets } from './markets.ts';
import { startRedisServer } from './redis-server.ts';
import { createSystem } from './system.ts';

/** Of an operator, and of somebody who may only look. */
export const OPS = 'token-of-the-operators';
export const VIEWER = 'token-of-the-viewers';

export interface ConsoleSystemOptions {
  readonly markets: number;
  /** Of the operator. */
  readonly scopes: readonly Scope[];
  /** Beside `markets`, given where that listens. */
  readonly origins?: (url: string) => Readonly<Record<string, unknown>>;
  /** What the configuration has besides servers and tokens. */
  readonly config: Readonly<Record<string, unknown>>;
}

export async function startConsoleSystem(options: ConsoleSystemOptions) {
  const { markets: count, scopes, origins, config } = options;
  const [browser, origin, redis] = await Promise.all([startBrowser(), startMarkets(), startRedisServer()]);
  const tokens = [
    { name: 'ops', token: OPS, scopes },
    { name: 'viewer', token: VIEWER, scopes: ['read'] },
  ];
  const servers = {
    redis: { jobs: redis.url },
    origins: { markets: { kind: 'http', url: origin.url }, ...origins?.(origin.url) },
    api: { port: 0, tokens },
  };
  const system = await createSystem({ markets: count, config: { ...config, ...servers } });
  return {
    ...{ browser, redis, system },
    async stop() {
      await Promise.all([browser.close(), system.close()]);
      await Promise.all([origin.stop(), redis.remove()]);
    },
  };
}

export type ConsoleSystem = Awaited<ReturnType<typeof startConsoleSystem>>;
