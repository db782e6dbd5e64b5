/** Lines about jobs and runs. */
import { count } from '../../core/counted.ts';
import { OUTCOMES } from '../../core/outcome.ts';
import type { EndedKeys } from '../outcome-summary.ts';
import { because, type LogLine, line, lineOf } from './line.ts';

/** Endings of a job that need attention. */
const BAD_ENDINGS: ReadonlyMap<string, string> = new Map([
  ['retry', 'failed and will be retried'],
  ['failed', 'failed for good'],
  ['abandoned', 'was abandoned'],
  ['lost', 'was lost to another worker'],
]);

export const KEYS_ENDED = lineOf<EndedKeys>('keys.ended', {
  level: 'info',
  when: 'Keys ended within five seconds: a line for each source and run, the largest 20, and one for the others together.',
  fields: ['source', 'run', 'outcomes', 'others'],
  text: ({ source, run, outcomes, others }) => {
    const words = OUTCOMES.filter((outcome) => outcomes[outcome] > 0).map(
      (outcome) => `${outcomes[outcome]} ${outcome}`,
    );
    const of = source ?? `${count(others ?? 0)} other sources and runs`;
    return `${of}: ${words.join(', ')}${run === undefined ? '' : ` (run ${run})`}`;
  },
});

export const workLines: readonly LogLine[] = [
  KEYS_ENDED,
  line('job.started', 'job:started', {
    level: 'debug',
    when: 'A worker took a job.',
    fields: ['kind', 'id', 'lane', 'attempt'],
    text: ({ kind }) => `a ${kind} job started`,
  }),
  line('job.failed', 'job:ended', {
    level: 'warn',
    when: 'A job did not end well: it is tried again, failed for good, was abandoned, or another worker has it.',
    fields: ['kind', 'id', 'lane', 'ms', 'ending', 'reason'],
    if: ({ ending }) => BAD_ENDINGS.has(ending),
    text: ({ kind, ending, reason }) => `a ${kind} job ${BAD_ENDINGS.get(ending)}${because(reason)}`,
  }),
  line('job.ended', 'job:ended', {
    level: 'debug',
    when: 'A job ended, or is put off.',
    fields: ['kind', 'id', 'lane', 'ms', 'ending', 'reason'],
    text: ({ kind, ending }) => `a ${kind} job ended: ${ending}`,
  }),
  line('job.handed-back', 'job:handed-back', {
    level: 'warn',
    when: 'This process lacks something for a job that another worker has.',
    fields: ['reason'],
    text: ({ reason }) => `jobs are left to other workers: ${reason}`,
  }),
  line('run.created', 'run:created', {
    level: 'info',
    when: 'A run was created.',
    fields: ['run', 'selector', 'schedule'],
    same: ({ run }) => run,
    text: ({ run, selector, schedule }) =>
      `run ${run} created${schedule === undefined ? '' : ` by schedule ${schedule}`}: ${selector || 'everything'}`,
  }),
  line('run.ended', 'run:ended', {
    level: 'info',
    when: 'A run ended; `reason` is why.',
    fields: ['run', 'reason'],
    same: ({ run }) => run,
    text: ({ run, reason }) => `run ${run} ended: ${reason}`,
  }),
  line('state.lost', 'state:lost', {
    level: 'warn',
    when: 'The jobs Redis lost what was kept there; `run` warms it again.',
    fields: ['run'],
    text: ({ run }) =>
      `the jobs Redis lost what was kept there: it was emptied, or restarted without its data; ${run === '' ? 'run `forewarm warm` for what is to be kept warm' : `run ${run} warms again what is configured`}; pauses of schedules, and times that were to be left out, are lost unless a scheduler still knows them: see \`forewarm schedules\``,
  }),
];
