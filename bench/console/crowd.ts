/** Many pages at once: clients that follow changes and ask as a page does, by its own pacing. */
import { signal } from '@preact/signals';
import { Loader, type LoadState } from '../../console/src/loader.ts';
import { type ApiClient, createClient, type Schedule } from '../../src/api-client/client.ts';
import { until } from '../../test/support/waiting.ts';
import { countingCommands, type Watched } from './visits.ts';

export interface Crowd {
  readonly pages: number;
  readonly changes: number;
  /** Commands of the API to Redis while something changed so often: with one page, and with all of them. */
  readonly one: number;
  readonly many: number;
}

export interface CrowdOptions {
  readonly pages: number;
  readonly changes: number;
}

export async function crowd(
  watched: Watched & { readonly schedule: string },
  { pages, changes }: CrowdOptions,
): Promise<Crowd> {
  const one = await costOf(watched, 1, changes);
  return { pages, changes, one, many: await costOf(watched, pages, changes) };
}

async function costOf(watched: Watched & { readonly schedule: string }, pages: number, changes: number) {
  const { url, schedule: name } = watched;
  const leaving = new AbortController();
  const shown = Array.from({ length: pages }, () => openPage(url, name, leaving.signal));
  const api = createClient({ url });
  const change = async (why: string) => {
    await api.pauseSchedule({ name, body: { why } });
    await until('all pages show it', async () => shown.every((page) => page() === why), Boolean, 60_000);
  };
  await change(`${pages} pages are open`);
  const { commands } = await countingCommands(watched, async () => {
    for (let i = 0; i < changes; i += 1) await change(`change ${i} for ${pages}`);
  });
  leaving.abort();
  await api.resumeSchedule({ name });
  return commands;
}

/** Shows Now and the schedules; returns why the schedule is paused, as the page has it. */
function openPage(url: string, name: string, leaving: AbortSignal): () => string | undefined {
  const api = createClient({ url, signal: leaving });
  const schedules = signal<LoadState<readonly Schedule[]>>({ key: 'schedules' });
  let seen = '';
  const ask = <T>(load: (api: ApiClient, options: Options) => Promise<T>) => {
    return (own: AbortSignal, isBecauseOfChange: boolean) =>
      load(api, { signal: own, ...(isBecauseOfChange && { headers: { 'last-event-id': seen } }) });
  };
  const loaders = [
    new Loader(
      'overview',
      signal({ key: 'overview' }),
      ask((to, how) => to.readOverview({}, how)),
    ),
    new Loader(
      'runs',
      signal({ key: 'runs' }),
      ask((to, how) => to.listRuns({ limit: 50 }, how)),
    ),
    new Loader(
      'budget',
      signal({ key: 'budget' }),
      ask((to, how) => to.readBudget({ hours: 24 }, how)),
    ),
    new Loader(
      'schedules',
      schedules,
      ask(async (to, how) => (await to.listSchedules({}, how)).schedules),
    ),
  ];
  const follow = async () => {
    for await (const { id = '' } of api.watchChanges({}, { signal: leaving })) {
      seen = id;
      for (const loader of loaders) loader.poke(true);
    }
  };
  follow().catch(() => undefined);
  leaving.addEventListener('abort', () => loaders.map((loader) => loader.stop()));
  return () => schedules.value.data?.find((each) => each.name === name)?.paused?.why;
}

type Options = Parameters<ApiClient['readOverview']>[1];
