/** What the doctor is told of the configuration, and how it asks the host. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { isLoopback } from '../api/access.ts';
import { REDACTED } from '../core/secrets.ts';
import type { SettingLeaf, Settings } from '../settings/settings.ts';
import type { ConfigurationFacts, FileSystemFacts, HostFacts } from '../verbs/health/examination.ts';

/** Where a value stands that no variable gave: `config/forewarm.yaml:12:7`. */
const IN_FILE = /:\d+:\d+$/;
/** Sections that processes must agree on; the rest is of a host, or of a role. */
const SHARED =
  /^(temperatures|origins|sources|entities|schedules|jobs|codec|tiers\.(redis|s3)|redis\.prefix)\b/;

export function configurationFacts(settings: Settings): ConfigurationFacts {
  const { file, data, api, leaves, tiers } = settings;
  const isWritten = ({ value, from }: SettingLeaf) =>
    typeof value === 'string' && value.includes(REDACTED) && IN_FILE.test(from);
  return {
    ...{ file, data, digest: digestOf(settings) },
    secretsInFile: leaves.filter(isWritten).map(({ path }) => path),
    api: { host: api.host, isOpen: !isLoopback(api.host), tokens: api.tokens },
    memoryTier: tiers.memory.enabled ? tiers.memory.maxSize : undefined,
    diskTier: tiers.disk.enabled ? tiers.disk.maxSize : undefined,
  };
}

/** 16 letters that are the same in all processes that agree; secrets do not count. */
export function digestOf({ leaves, file }: Settings): string {
  const folder = dirname(file);
  // A clone of the same configuration may lie elsewhere.
  const shared = leaves
    .filter(({ path }) => SHARED.test(path))
    .map(({ path, value }) => [path, typeof value === 'string' ? value.replaceAll(folder, '') : value]);
  return createHash('sha256').update(JSON.stringify(shared)).digest('base64url').slice(0, 16);
}

export function hostFacts(): HostFacts {
  return {
    node: process.version,
    zoneData: `IANA ${process.versions.tz ?? 'of unknown age'}`,
    openFiles,
    memoryLimit,
    fileSystem,
  };
}

/** Of the container, where there is one that bounds it. */
function memoryLimit(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Linux alone says so in a file. */
async function openFiles(): Promise<number | undefined> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const [, soft] = /^Max open files +(\d+)/m.exec(text) ?? [];
  return soft === undefined ? undefined : Number(soft);
}

/** The file, or the nearest folder above it that is there. */
async function fileSystem(path: string): Promise<FileSystemFacts> {
  let here = path;
  while (!existsSync(here) && dirname(here) !== here) here = dirname(here);
  const { type, bavail, blocks, bsize, ffree, files } = await statfs(here);
  return { type, free: bavail * bsize, all: blocks * bsize, freeFiles: ffree, files };
}
