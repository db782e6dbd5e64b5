/** The views. To add one: a folder in `views`, and a row here. */
import type { ComponentType } from 'preact';
import type { IconName } from './parts/icon.tsx';

export interface View {
  /** Its name in the address; what it shows stands in the query. */
  readonly page: string;
  readonly title: string;
  /** Of those that the navigation lists. */
  readonly nav?: { readonly icon: IconName; readonly key: string };
  /** The view of the navigation that this one belongs to. */
  readonly under?: string;
  /** Loaded when it is first opened. */
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}

export const VIEWS: readonly View[] = [
  { page: '', title: 'Now', nav: { icon: 'now', key: 'n' }, load: () => import('./views/now/now.tsx') },
  {
    page: 'runs',
    title: 'Runs',
    nav: { icon: 'runs', key: 'r' },
    load: () => import('./views/runs/runs.tsx'),
  },
  { page: 'run', title: 'Run', under: 'runs', load: () => import('./views/runs/run.tsx') },
  {
    page: 'schedules',
    title: 'Schedules',
    nav: { icon: 'schedules', key: 's' },
    load: () => import('./views/schedules/schedules.tsx'),
  },
  {
    page: 'schedule',
    title: 'Schedule',
    under: 'schedules',
    load: () => import('./views/schedules/schedule.tsx'),
  },
  {
    page: 'origins',
    title: 'Origins',
    nav: { icon: 'origins', key: 'o' },
    load: () => import('./views/origins/origins.tsx'),
  },
  { page: 'origin', title: 'Origin', under: 'origins', load: () => import('./views/origins/origin.tsx') },
  {
    page: 'keys',
    title: 'Keys',
    nav: { icon: 'keys', key: 'k' },
    load: () => import('./views/keys/keys.tsx'),
  },
  { page: 'key', title: 'Key', under: 'keys', load: () => import('./views/keys/key.tsx') },
  {
    page: 'work',
    title: 'Work',
    nav: { icon: 'work', key: 'w' },
    load: () => import('./views/work/work.tsx'),
  },
  {
    page: 'audit',
    title: 'Audit',
    nav: { icon: 'audit', key: 'a' },
    load: () => import('./views/audit/audit.tsx'),
  },
];

export function findView(page: string): View | undefined {
  return VIEWS.find((view) => view.page === page);
}
