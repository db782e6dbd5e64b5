/** A Redis and a folder of one's own, for a while. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedisServer } from '../test/support/redis-server.ts';

export interface Sandbox {
  readonly redisUrl: string;
  readonly folder: string;
}

export async function inSandbox<T>(act: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-bench-'));
  const server = await startRedisServer();
  try {
    return await act({ redisUrl: server.url, folder });
  } finally {
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  }
}
