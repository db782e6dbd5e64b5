/** Lines about a role as a whole: that it runs, what it does, that it stops. Its caller writes them. */
import { count, counted } from '../../core/counted.ts';
import { type Counts, OUTCOMES } from '../../core/outcome.ts';
import { roundDuration } from '../../core/units.ts';
import { lineOf } from './line.ts';

/** What a role is, for whoever reads nothing but its log. */
export interface StartedRole {
  readonly command: string;
  readonly roles: readonly string[];
  readonly apiUrl: string | null;
  readonly httpUrl: string | null;
  readonly redis: string;
  readonly tiers: readonly string[];
  readonly sources: number;
  readonly origins: readonly string[];
  readonly schedules: readonly string[];
  readonly config: string;
}

export const STARTED = lineOf<StartedRole>('started', {
  level: 'info',
  when: 'A role runs. Always written, where the log is JSON: it is the banner.',
  fields: [
    ...(['command', 'roles', 'apiUrl', 'httpUrl', 'redis', 'tiers', 'sources'] as const),
    ...(['origins', 'schedules', 'config'] as const),
  ],
  isAlwaysTold: true,
  text: ({ roles, apiUrl }) =>
    `Forewarm is up: ${roles.join(', ')}${apiUrl === null ? '' : `, at ${apiUrl}`}`,
});

export const STOPPING = lineOf<{ readonly signal: string | null }>('stopping', {
  level: 'info',
  when: 'A role stops, after this signal or a `failure`, or since its work is done: what is in hand is finished, or goes back to the queue. Always written, where the log is JSON.',
  fields: ['signal'],
  isAlwaysTold: true,
  text: ({ signal }) =>
    `${signal === null ? '' : `${signal}: `}stopping; what is in hand is finished or goes back to the queue`,
});

export interface EndedRole {
  readonly exitCode: number;
  readonly signal: string | null;
  /** Whether all work had ended, or was given back, when the process did. */
  readonly inTime: boolean;
  readonly outcomes: Counts;
}

export const SUMMARY = lineOf<EndedRole>('summary', {
  level: 'info',
  when: 'A role has stopped: the last line. Always written, where the log is JSON.',
  fields: ['exitCode', 'signal', 'inTime', 'outcomes'],
  isAlwaysTold: true,
  text: ({ exitCode, inTime, outcomes }) =>
    `stopped with exit code ${exitCode}${inTime ? '' : ', before all work had ended, which the queue hands to another worker'}: ${wordsOf(outcomes) || 'no key ended here'}`,
});

/** What is left in the lanes, for all processes: jobs, and runs. */
export interface BacklogLine {
  readonly waiting: number;
  readonly active: number;
  readonly soon: number;
  readonly later: number;
  readonly runs: number;
  readonly orphans: readonly { readonly lane: string; readonly jobs: number }[];
}

const LEFT_FIELDS = ['waiting', 'active', 'soon', 'later', 'runs', 'orphans'] as const;

export const BACKLOG = lineOf<BacklogLine>('backlog', {
  level: 'info',
  when: 'What is left for `forewarm drain`, each time that it changes.',
  fields: LEFT_FIELDS,
  text: (left) => leftText(left),
});

export const DRAINED = lineOf<BacklogLine & { readonly end: string }>('drained', {
  level: 'info',
  when: '`forewarm drain` has ended: how, and what is left. Always written, where the log is JSON.',
  fields: ['end', ...LEFT_FIELDS],
  isAlwaysTold: true,
  text: ({ end, ...left }) => `${end}: ${leftText(left)}`,
});

/** `3 jobs wait, 2 are in hand, 1 is due soon, 4 are due later; 1 run has not ended; 5 jobs are in lane old, whose origin is not configured here` */
export function leftText({ waiting, active, soon, later, runs, orphans }: BacklogLine): string {
  const be = (jobs: number) => `${count(jobs)} ${jobs === 1 ? 'is' : 'are'}`;
  const jobs = [
    `${counted(waiting, 'job')} ${waiting === 1 ? 'waits' : 'wait'}`,
    ...(active > 0 ? [`${be(active)} in hand`] : []),
    ...(soon > 0 ? [`${be(soon)} due soon`] : []),
    ...(later > 0 ? [`${be(later)} due later`] : []),
  ].join(', ');
  const open = runs === 0 ? [] : [`${counted(runs, 'run')} ${runs === 1 ? 'has' : 'have'} not ended`];
  const elsewhere = orphans.map((lane) => `${orphanText(lane)}, whose origin is not configured here`);
  return [jobs, ...open, ...elsewhere].join('; ');
}

function orphanText({ lane, jobs }: BacklogLine['orphans'][number]): string {
  return `${counted(jobs, 'job')} ${jobs === 1 ? 'is' : 'are'} in lane ${lane}`;
}

/** What a process did within a time, and what is left for all of them. */
export interface Activity {
  /** Within how long, in ms. */
  readonly ms: number;
  readonly outcomes: Counts;
  readonly reads: number;
  /** Of the reads; absent where there were none. */
  readonly hits?: number;
  readonly calls: number;
  readonly failed: number;
  /** Absent where the jobs Redis did not tell. */
  readonly due?: number;
  readonly waiting?: number;
}

export const ACTIVITY = lineOf<Activity>('activity', {
  level: 'info',
  when: 'What this process did lately (`log.summary`), and what is due and queued for all; not while it does nothing.',
  fields: ['ms', 'outcomes', 'reads', 'hits', 'calls', 'failed', 'due', 'waiting'],
  text: ({ ms, outcomes, reads, hits, calls, failed, due, waiting }) => {
    const parts = [
      wordsOf(outcomes),
      reads === 0 ? '' : `${counted(reads, 'read')}, ${((hits ?? 0) * 100).toFixed(1)} % hits`,
      calls === 0 ? '' : `${counted(calls, 'origin call')}${failed === 0 ? '' : `, ${count(failed)} failed`}`,
      due === undefined ? '' : `${counted(due, 'key')} due`,
      waiting === undefined ? '' : `${counted(waiting, 'job')} waiting`,
    ];
    return `in the last ${roundDuration(ms)}: ${parts.filter((part) => part !== '').join('; ')}`;
  },
});

function wordsOf(outcomes: Counts): string {
  const ended = OUTCOMES.filter((outcome) => outcomes[outcome] > 0);
  return ended.map((outcome) => `${count(outcomes[outcome])} ${outcome}`).join(', ');
}

export const roleLines = [STARTED, STOPPING, BACKLOG, DRAINED, SUMMARY, ACTIVITY] as const;
