/** Whether this machine has the places that are configured: folders to write to, certificates, ports to listen at. */
import { constants, type Stats } from 'node:fs';
import { access, open, stat, statfs } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { isLoopback } from '../../api/access.ts';
import { messageOf } from '../../core/errors.ts';
import { tlsProblems } from '../../redis/tls-files.ts';
import { EMBEDDED, parseRedisUrl } from '../../redis/url.ts';
import { FILE_MAGIC } from '../../tiers/disk/disk-files.ts';
import type { Settings } from '../settings.ts';
import type { SurveyNote } from './schedule-notes.ts';

export async function placeProblems(settings: Settings): Promise<SurveyNote[]> {
  const { redis, tiers, data } = settings;
  const tls = tlsProblems(redis.tls).map(([option, message]) => ({ path: `redis.tls.${option}`, message }));
  const inData = redis.jobs === EMBEDDED ? await folderProblem(data) : undefined;
  // The file lies in that folder, unless it is named.
  const onDisk = inData === undefined && tiers.disk.enabled ? await fileProblem(tiers.disk.path) : undefined;
  const found = [
    ['data', inData],
    ['tiers.disk.path', onDisk],
    ['api.host', hostProblem(settings.api.host)],
    ['api.port', portProblem(settings, settings.api.port)],
    ['http.host', hostProblem(settings.http.host)],
    ['http.port', healthPortProblem(settings)],
  ] as const;
  return [...found.flatMap(([path, message]) => (message === undefined ? [] : [{ path, message }])), ...tls];
}

/** Why a file cannot be written to; undefined when it can. It need not be there yet, nor its folder. */
async function fileProblem(path: string): Promise<string | undefined> {
  const about = await look(path);
  if (typeof about === 'string') return about;
  if (about === undefined) return folderProblem(dirname(path));
  if (about.isDirectory())
    return `"${path}" is a folder; name a file in it, such as ${join(path, 'cache.db')}`;
  if (!about.isFile()) return `"${path}" is a device, a pipe or a socket, and no file; name another`;
  return (
    (await unwritable(path, constants.R_OK | constants.W_OK)) ??
    (await databaseProblem(path, about)) ??
    folderProblem(dirname(path))
  );
}

/** A file that is there is one of SQLite, or empty; that it is ours is seen when it is opened. */
async function databaseProblem(path: string, { size }: Stats): Promise<string | undefined> {
  if (size === 0) return undefined;
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(FILE_MAGIC.length), 0, FILE_MAGIC.length, 0);
    if (buffer.toString('latin1') === FILE_MAGIC) return undefined;
  } finally {
    await file.close();
  }
  return `"${path}" is no SQLite file, and would be left alone; name another, which need not be there yet`;
}

/** Why nothing can be written below a folder; undefined when it can. What is not there yet is made, if the one above allows it. */
async function folderProblem(folder: string): Promise<string | undefined> {
  for (let here = folder; ; here = dirname(here)) {
    const about = await look(here);
    if (typeof about === 'string') return about;
    if (about === undefined && dirname(here) !== here) continue;
    if (about?.isDirectory() === true)
      return (await unreal(here)) ?? unwritable(here, constants.W_OK | constants.X_OK);
    const what = here === folder ? 'is' : `lies below "${here}", which is`;
    return `"${folder}" ${what} no folder; choose another place, or remove that file`;
  }
}

/** Undefined: nothing is there. Text: why nobody can tell. */
async function look(path: string): Promise<Stats | string | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const shown = path.length <= 200 ? path : `${path.slice(0, 200)}…`;
    return `"${shown}" cannot be used: ${code === 'ENAMETOOLONG' ? 'its name is too long' : messageOf(error)}; choose another place`;
  }
}

/**
 * What the Linux kernel shows as files, by `f_type` of statfs(2): whatever their rights say, nobody makes one there. `proc`, `sysfs`,
 * `cgroup`, `cgroup2`, `debugfs`, `tracefs`, `securityfs`, `devpts`, `bpf`, `efivarfs` and `selinuxfs`, of linux/magic.h.
 */
const UNREAL = new Set([
  ...[0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0x1cd1],
  ...[0xcafe4a11, 0xde5e81e4, 0xf97cff8c],
]);

async function unreal(folder: string): Promise<string | undefined> {
  const type = process.platform === 'linux' ? (await statfs(folder)).type : 0;
  if (!UNREAL.has(type)) return undefined;
  return `"${folder}" shows the state of the system, and takes no files; choose another place`;
}

async function unwritable(path: string, mode: number): Promise<string | undefined> {
  try {
    await access(path, mode);
    return undefined;
  } catch {
    return `"${path}" cannot be written by this user; change its rights, or choose another place`;
  }
}

/** A name is looked up when a server starts there. */
function hostProblem(host: string): string | undefined {
  const isAddress = /^[\d.]+$/.test(host) || host.includes(':');
  const every = ['0.0.0.0', '::'].includes(host);
  if (!isAddress || every || isLoopback(host)) return undefined;
  const own = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map(({ address }) => address),
  );
  if (own.includes(host.split('%')[0] ?? '')) return undefined;
  return `"${host}" is no address of this machine, so nothing can listen at it; there are ${own.join(', ')}, and 0.0.0.0 for all of them`;
}

function healthPortProblem(settings: Settings): string | undefined {
  const { http, api } = settings;
  if (http.port === undefined) return undefined;
  if (http.port === api.port && http.port !== 0) {
    return `${http.port} is also api.port, and a process with both could not start; choose another, such as ${api.port + 1}`;
  }
  return portProblem(settings, http.port);
}

/** A port that something else on this machine is configured to have: one of the two could not start. */
function portProblem({ redis, origins, tiers }: Settings, own: number): string | undefined {
  const urls = [
    ...[...origins].map(
      ([name, options]) => [`origins.${name}.url`, 'url' in options ? options.url : ''] as const,
    ),
    ['tiers.s3.endpoint', tiers.s3.enabled ? tiers.s3.endpoint : ''] as const,
  ].flatMap(([path, text]) => {
    const url = URL.parse(text);
    return url === null
      ? []
      : [{ path, host: url.hostname, port: Number(url.port || DEFAULT_PORTS[url.protocol]) }];
  });
  const servers = (['jobs', 'cache'] as const).flatMap((name) => {
    const address = parseRedisUrl(redis[name]);
    return address?.kind === 'server' ? [{ path: `redis.${name}`, ...address }] : [];
  });
  const other = [...servers, ...urls].find(
    ({ host, port }) => port === own && own !== 0 && isLoopback(host.replace(/^\[|\]$/g, '')),
  );
  if (other === undefined) return undefined;
  return `${own} is also the port of ${other.path} on this machine; choose another, or 0 for any free one`;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  'http:': '80',
  'https:': '443',
  'postgres:': '5432',
  'postgresql:': '5432',
};
