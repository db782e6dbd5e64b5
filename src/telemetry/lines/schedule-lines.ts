/** Lines about schedules. */
import type { EventMap } from '../../core/events.ts';
import { HOUR_MS } from '../../core/units.ts';
import { type LogLine, line } from './line.ts';

/** Reasons for which somebody wanted a time to be skipped. */
const WANTED: ReadonlySet<string> = new Set(['paused', 'excepted', 'asked']);

export const scheduleLines: readonly LogLine[] = [
  line('schedule.late', 'schedule:tick', {
    level: 'warn',
    when: 'A schedule fired later than its time, in this process.',
    fields: ['schedule', 'nominal', 'late'],
    if: ({ late }) => late,
    same: ({ nominal }) => String(nominal),
    text: ({ schedule }) => `schedule ${schedule} fired late`,
  }),
  line('schedule.fired', 'schedule:tick', {
    level: 'debug',
    when: 'A schedule fired, in this process.',
    fields: ['schedule', 'nominal', 'late'],
    text: ({ schedule }) => `schedule ${schedule} fired`,
  }),
  line('schedule.left-out', 'schedule:skipped', {
    level: 'info',
    when: 'A time was skipped that somebody wanted to be skipped: `paused`, `excepted` or `asked`. Told once an hour of each schedule and reason.',
    fields: ['schedule', 'nominal', 'from', 'count', 'reason'],
    if: ({ reason }) => WANTED.has(reason),
    same: ({ reason }) => reason,
    window: HOUR_MS,
    text: skippedText,
  }),
  line('schedule.skipped', 'schedule:skipped', {
    level: 'warn',
    when: 'A time was skipped that nobody wanted to be skipped, or several together.',
    fields: ['schedule', 'nominal', 'from', 'count', 'reason'],
    same: ({ nominal, reason }) => `${nominal} ${reason}`,
    text: skippedText,
  }),
  line('schedule.superseded', 'schedule:aside', {
    level: 'warn',
    when: 'Schedulers that started later go by another rule, so this process leaves the schedule to them.',
    fields: ['schedule'],
    text: ({ schedule }) =>
      `schedule ${schedule} is left to schedulers that started later and have another rule; restart this process with their configuration, or restart it as it is to bring its rule back`,
  }),
  line('schedule.restored', 'schedule:restored', {
    level: 'warn',
    when: 'The jobs Redis had lost what was asked of a schedule, and this process gave it back.',
    fields: ['schedule', 'paused', 'leftOut'],
    text: ({ schedule, paused, leftOut }) =>
      `the jobs Redis had lost what was asked of schedule ${schedule}, and has it back: ${paused ? 'it is paused' : 'it is not paused'}, ${leftOut} of its times left out; see \`forewarm schedules show ${schedule}\``,
  }),
];

function skippedText({ schedule, nominal, from, count, reason }: EventMap['schedule:skipped']): string {
  const [at, since] = [nominal, from].map((time) => new Date(time).toISOString());
  const what =
    from === nominal ? `its tick of ${at}` : `${count ?? 'very many'} ticks from ${since} to ${at}`;
  return `schedule ${schedule} skipped ${what}: ${reason}`;
}
