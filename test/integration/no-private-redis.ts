/** The private Redis cannot be started, or hangs: commands give what they can without it, in time, and say why. */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { type Installation, install } from '../support/build-installation.ts';
import { lateness } from '../support/lateness.ts';
import { startCommand } from '../support/real-cli.ts';
import { json } from '../support/scripted-server.ts';

/** Five seconds, and what a busy machine takes on top. */
const BOUND_MS = 6_000;

export interface Trouble {
  readonly name: string;
  readonly says: RegExp;
  readonly env: NodeJS.ProcessEnv;
  readonly begin: (data: string) => Promise<void>;
}

async function silentServer(data: string): Promise<void> {
  await mkdir(join(data, 'redis'), { recursive: true });
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket)).listen(join(data, 'redis', 'redis.sock'));
  onTestFinished(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
}

export const TROUBLES: readonly Trouble[] = [
  {
    name: 'has no program',
    says: /"\/nowhere\/redis-server", which is not a program; three ways out/,
    env: { FOREWARM_REDIS_SERVER: '/nowhere/redis-server' },
    begin: async () => {},
  },
  {
    name: 'ends while it starts, as with damaged data',
    says: /the private Redis ended while it started; .*redis\.log ends with/,
    env: { FOREWARM_REDIS_SERVER: '/bin/ls' },
    begin: async () => {},
  },
  {
    name: 'has no folder',
    says: /cannot start the private Redis in ".*data": ENOTDIR.* make that a folder that this user can write to/,
    env: {},
    begin: (data) => writeFile(data, 'no folder'),
  },
  {
    name: 'hangs',
    says: /the private Redis at .* accepts connections but does not answer|another process is still starting/,
    env: {},
    begin: silentServer,
  },
];

/** What each command gives of one stored value. */
const GIVES: readonly (readonly [argv: readonly string[], code: number, says: RegExp])[] = [
  [['get', 'profile:1', '--offline'], EXIT.ok, /"ok":1/],
  [['inspect', 'profile:1'], EXIT.ok, /disk +fresh/],
  [['list'], EXIT.ok, /profile:1/],
  [['check'], EXIT.unavailable, /disk +100 %/],
  [['doctor', '--all'], EXIT.partial, /ok +tier +tiers\.disk/],
  [['config', 'check'], EXIT.ok, /is fine/],
];

async function configure({ origin, folder, csv, server }: Installation, private_: boolean): Promise<string> {
  const config = join(folder, private_ ? 'private.yaml' : 'forewarm.yaml');
  const settings = {
    data: join(folder, 'data'),
    redis: { jobs: private_ ? 'embedded' : server.url },
    tiers: { disk: { path: join(folder, 'cache.db') } },
    origins: { markets: { kind: 'http', url: origin.url } },
    sources: { profile: { origin: 'markets', key: 'profile:{market}', request: { path: '/{market}' } } },
    entities: { markets: { csv, id: 'market' } },
  };
  await writeFile(config, JSON.stringify(settings));
  return config;
}

export async function givesWhatItCan({ says, env, begin }: Trouble): Promise<void> {
  const installation = await install({ aof: false });
  installation.origin.answer(json({ ok: 1 }));
  const warmed = await startCommand(await configure(installation, false), ['warm']).ended;
  expect(warmed.code, warmed.err).toBe(EXIT.ok);
  const config = await configure(installation, true);
  await begin(join(installation.folder, 'data'));
  const late = lateness();
  const ends = await Promise.all(
    [...GIVES.map(([argv]) => argv), ['stats'], ['warm']].map(
      (argv) => startCommand(config, argv, env).ended,
    ),
  );
  const bound = BOUND_MS + late();
  for (const [i, [argv, code, gives]] of GIVES.entries()) {
    const { ms, ...end } = ends[i] ?? { ms: Number.NaN };
    expect(end, argv.join(' ')).toMatchObject({ code, out: expect.stringMatching(gives) });
    expect(ms, argv.join(' ')).toBeLessThan(bound);
  }
  const [statistics, warm] = ends.slice(GIVES.length);
  for (const end of [statistics, warm]) {
    expect(end?.code).toBe(EXIT.unavailable);
    expect(end?.err).toMatch(says);
  }
}
