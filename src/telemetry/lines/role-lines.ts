/** Lines about a role as a whole: that it runs, what it does, that it stops. Its caller writes them. */
import { count, counted } from '../../core/counted.ts';
import { type Counts, OUTCOMES } from '../../core/outcome.ts';
import { formatDuration } from '../../core/units.ts';
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

export const STOPPING = lineOf<{ readonly signal: string }>('stopping', {
  level: 'info',
  when: 'A role stops, after this signal or a `failure`: what is in hand is finished, or goes back to the queue. Always written, where the log is JSON.',
  fields: ['signal'],
  isAlwaysTold: true,
  text: ({ signal }) => `${signal}: stopping; what is in hand is finished or goes back to the queue`,
});

export interface EndedRole {
  readonly exitCode: number;
  readonly signal: string;
  readonly outcomes: Counts;
}

export const SUMMARY = lineOf<EndedRole>('summary', {
  level: 'info',
  when: 'A role has stopped: the last line. Always written, where the log is JSON.',
  fields: ['exitCode', 'signal', 'outcomes'],
  isAlwaysTold: true,
  text: ({ exitCode, outcomes }) =>
    `stopped with exit code ${exitCode}: ${wordsOf(outcomes) || 'no key ended here'}`,
});

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
    return `in the last ${formatDuration(ms)}: ${parts.filter((part) => part !== '').join('; ')}`;
  },
});

function wordsOf(outcomes: Counts): string {
  const ended = OUTCOMES.filter((outcome) => outcomes[outcome] > 0);
  return ended.map((outcome) => `${count(outcomes[outcome])} ${outcome}`).join(', ');
}

export const roleLines = [STARTED, STOPPING, SUMMARY, ACTIVITY] as const;
