import { counted } from '../../core/counted.ts';
import { formatSize } from '../../core/units.ts';
import type { Settings } from '../../settings/settings.ts';
import { scheduleColumns } from '../commands/schedules.ts';
import type { Serving } from '../serve.ts';
import { shownPath } from '../terminal/shown-path.ts';

/** What runs, where, and what happens next by itself. */
export async function showBanner(
  { context, app }: Serving,
  { title, schedules }: { readonly title: string; readonly schedules: boolean },
): Promise<void> {
  const { out } = context;
  const { settings } = app;
  out.line(out.paint('bold', title));
  out.line();
  out.facts([
    ['API', app.apiUrl ?? null],
    ['Redis', redisWords(settings)],
    ['tiers', tierWords(settings, app.apiUrl !== undefined)],
    ['keeps', keepWords(settings)],
    ['config', shownPath(settings.file)],
  ]);
  if (schedules) {
    const rows = await app.verbs.schedules();
    if (rows.length > 0) {
      out.line();
      out.table(scheduleColumns(context.time.now()), rows);
    }
  }
}

/** As `config print` shows it: without credentials. */
function redisWords({ leaves, redis }: Settings): string {
  const shown = (path: string) => String(leaves.find((leaf) => leaf.path === path)?.value ?? '');
  const jobs = shown('redis.jobs');
  const words = jobs === 'embedded' ? 'embedded (a private redis-server)' : jobs;
  return redis.cache === '' ? words : `${words}, cache ${shown('redis.cache')}`;
}

/** Memory is kept only where reads are answered. */
function tierWords({ tiers }: Settings, answersReads: boolean): string {
  const { memory, redis, disk } = tiers;
  return [
    memory.enabled && answersReads ? `memory up to ${formatSize(memory.maxSize)}` : '',
    redis.enabled ? `redis "${redis.prefix}"` : '',
    disk.enabled ? `disk up to ${formatSize(disk.maxSize)} in ${shownPath(disk.path)}` : '',
  ]
    .filter((words) => words !== '')
    .join(', ');
}

function keepWords({ sources, origins }: Settings): string {
  return `${counted(sources.size, 'source')} from ${counted(origins.size, 'origin')}: ${[...sources.keys()].join(', ')}`;
}
