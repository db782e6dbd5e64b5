/** The views of the console, each with what it shows first of what it is about. */
import type { Installation } from './installation.ts';
import type { ViewToVisit } from './visits.ts';

const ROW = 'main .table tbody tr:not(.spacer)';

export function viewsOf({ runs, schedule, key, origin }: Installation): readonly ViewToVisit[] {
  const of = (name: string, query: Readonly<Record<string, string>>) =>
    `/${name}?${new URLSearchParams(query)}`;
  return [
    { name: 'now', path: '/', first: 'main .verdict' },
    { name: 'runs', path: '/runs', first: ROW },
    { name: 'run', path: of('run', { id: runs.usual }), first: 'main .bar' },
    { name: 'failed run', path: of('run', { id: runs.failed }), first: 'main .bar' },
    { name: 'schedules', path: '/schedules', first: ROW },
    { name: 'schedule', path: of('schedule', { name: schedule }), first: 'main .figures' },
    { name: 'origins', path: '/origins', first: ROW },
    { name: 'origin', path: of('origin', { name: origin }), first: 'main .card' },
    { name: 'work', path: '/work', first: ROW },
    { name: 'keys', path: '/keys', first: ROW },
    { name: 'key', path: of('key', { key }), first: 'main .card' },
    { name: 'audit', path: '/audit', first: `${ROW}, main .empty` },
  ];
}
