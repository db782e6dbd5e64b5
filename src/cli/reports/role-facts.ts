/** What is told of a role as it starts: to people in the banner, to others as the first record of the log. */
import type { App, Role } from '../../app/app.ts';
import { counted } from '../../core/counted.ts';
import { formatSize } from '../../core/units.ts';
import type { Settings } from '../../settings/settings.ts';
import type { StartedRole } from '../../telemetry/lines/role-lines.ts';
import { shownPath } from '../terminal/shown-path.ts';

/** The banner for whoever reads the log alone. */
export function startedRole(app: App, command: string, roles: readonly Role[]): StartedRole {
  const { settings, apiUrl = null, httpUrl = null } = app;
  return {
    ...{ command, roles, apiUrl, httpUrl, redis: redisWords(settings) },
    tiers: tierWords(settings, apiUrl !== null),
    ...{ sources: settings.sources.size, origins: [...settings.origins.keys()] },
    schedules: roles.includes('scheduler') ? [...settings.schedules.keys()] : [],
    config: shownPath(settings.file),
  };
}

/** As `config print` shows it: without credentials. */
export function redisWords({ leaves, redis }: Settings): string {
  const shown = (path: string) => String(leaves.find((leaf) => leaf.path === path)?.value ?? '');
  const jobs = shown('redis.jobs');
  const words = jobs === 'embedded' ? 'embedded (a private redis-server)' : jobs;
  return redis.cache === '' ? words : `${words}, cache ${shown('redis.cache')}`;
}

/** Memory is kept only where reads are answered. */
export function tierWords({ tiers }: Settings, answersReads: boolean): string[] {
  const { memory, redis, disk } = tiers;
  return [
    memory.enabled && answersReads ? `memory up to ${formatSize(memory.maxSize)}` : '',
    redis.enabled ? `redis "${redis.prefix}"` : '',
    disk.enabled ? `disk up to ${formatSize(disk.maxSize)} in ${shownPath(disk.path)}` : '',
  ].filter((words) => words !== '');
}

export function keepWords({ sources, origins }: Settings): string {
  return `${counted(sources.size, 'source')} from ${counted(origins.size, 'origin')}: ${[...sources.keys()].join(', ')}`;
}
