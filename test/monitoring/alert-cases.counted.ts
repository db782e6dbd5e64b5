/** The cases of what is counted seldom, of which once is enough: what counts as new, and what is old, though Prometheus sees it first. */
import type { AlertCase, FiredAlert } from '../support/alert-cases.ts';

const OLD = '-100000x500';
/** After the 109th, when what is given below is seen again. */
const MINUTES_AFTER = [1, 7, 12, 31, 36, 45, 61];

function at(minutes: number): string {
  return `${minutes}m`;
}

function series(name: string, instance: string): string {
  return name.replace('{', `{job="forewarm",instance="${instance}",`);
}

function startOf(instance: string): string {
  return series('forewarm_process_start_timestamp_seconds{role="worker"}', instance);
}

/** By a series with labels: twice for the first time, `minutesAfter` after which it fires. */
export function counted(
  name: string,
  fires: (count: number) => FiredAlert,
  minutesAfter = 1,
): readonly AlertCase[] {
  const one = series(name, 'a');
  const fired = { at: at(201 + minutesAfter), fires: fires(2) };
  return [
    { given: { [startOf('a')]: OLD, [one]: '_x200 2x200' }, ...fired },
    // Another process counted long ago, and is as it was.
    {
      given: {
        ...{ [startOf('a')]: OLD, [one]: '_x200 2x200' },
        ...{ [startOf('b')]: OLD, [series(name, 'b')]: '5x500' },
      },
      ...fired,
    },
    // Of a process that counted before its first scrape.
    { given: { [startOf('a')]: '_x200 12000x200', [one]: '_x200 2x200' }, ...fired },
    // Of one that was started again and counted in its life before, too.
    { given: { [startOf('a')]: '-100000x100 6060x300', [one]: '5x100 _x100 2x200' }, ...fired },
    ...longAgo(name),
  ];
}

/** What was counted long ago is not counted now, whatever Prometheus did not see. */
export function longAgo(name: string): readonly AlertCase[] {
  const one = series(name, 'a');
  const begun = startOf('a');
  const given = [
    // Not scraped for ten minutes, and for longer than any window.
    { [begun]: '-100000x98 _x10 -100000x300', [one]: '5x98 _x10 5x300' },
    { [begun]: '-100000x18 _x90 -100000x300', [one]: '5x18 _x90 5x300' },
    // Seen now and then only.
    { [begun]: '-100000x60 _x12 -100000x12 _x12 -100000x11 -100000x300', [one]: '5x60 _x12 5x12 _x12 5x311' },
    // A new Prometheus, or one that lost what it had.
    { [begun]: '_x108 -100000x300', [one]: '_x108 5x300' },
    // The process was started again, and has counted nothing since.
    { [begun]: '-100000x108 6540x300', [one]: '5x108 0x300' },
    { [begun]: '-100000x98 _x10 6540x300', [one]: '5x98 _x10 0x300' },
    { [begun]: '-100000x108 6540x300', [one]: '5x108 stale' },
  ];
  return given.map((each) => ({ given: each, at: MINUTES_AFTER.map((minutes) => at(109 + minutes)) }));
}
