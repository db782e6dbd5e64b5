import { counted } from '../../core/counted.ts';
import { scheduleColumns } from '../commands/schedules.ts';
import { invocation } from '../context.ts';
import type { Serving } from '../serve.ts';
import { shownPath } from '../terminal/shown-path.ts';
import { keepWords, redisWords, tierWords } from './role-facts.ts';

/** All that is said must be seen at once on a terminal of 24 lines. */
const MOST_SCHEDULES = 5;

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
    ['console', consoleUrl(app) ?? null],
    ['API', app.apiUrl ?? null],
    ['Redis', redisWords(settings)],
    ['tiers', tierWords(settings, app.apiUrl !== undefined).join(', ')],
    ['keeps', keepWords(settings)],
    ['config', shownPath(settings.file)],
  ]);
  if (schedules) {
    const rows = await app.verbs.schedules();
    if (rows.length > 0) {
      out.line();
      out.table(scheduleColumns(context.time.now()), rows.slice(0, MOST_SCHEDULES));
      const more = rows.length - MOST_SCHEDULES;
      if (more > 0) out.line(`and ${counted(more, 'other')}: ${invocation(context)} schedules`);
    }
  }
}

/** For a browser, where this process serves it. */
function consoleUrl({ apiUrl, settings }: Serving['app']): string | undefined {
  return apiUrl !== undefined && settings.console.enabled ? `${apiUrl}/` : undefined;
}
