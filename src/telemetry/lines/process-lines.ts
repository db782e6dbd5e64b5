/** Lines about the process itself. */
import { count, counted } from '../../core/counted.ts';
import { ERRORS, ForewarmError, messageOf } from '../../core/errors.ts';
import { MINUTE_MS, roundDuration } from '../../core/units.ts';
import { type LogLine, line } from './line.ts';

/** A clock that is off by no more, in ms, agrees. */
const AGREES_MS = 1_000;

const LEVEL_CHANGED = line('log-level.changed', 'log-level:changed', {
  level: 'info',
  when: 'The level of the log was changed while the process runs, or is as it is configured again. Written at any level but `silent`.',
  fields: ['to', 'by', 'until'],
  isAlwaysTold: true,
  text: ({ to, by, until }) =>
    until === undefined
      ? `the log is at level ${to} again, as configured: ${by}`
      : `the log is at level ${to} until ${new Date(until).toISOString()}: ${by} asked for it`,
});

export const processLines: readonly LogLine[] = [
  line('problem', 'problem', {
    level: 'error',
    when: 'Something went wrong that no caller waits for; `where` and `err` say what.',
    fields: ['where', 'err'],
    text: ({ where, error }) => `${where}: ${messageOf(error)}${remedyOf(error)}`,
  }),
  line('redis.recovered', 'redis:recovered', {
    level: 'info',
    when: 'A Redis that failed answers on every connection again; `where` is that of its `problem`.',
    fields: ['where'],
    text: ({ where }) => `${where}: it answers again`,
  }),
  line('telemetry.lost', 'telemetry:lost', {
    level: 'warn',
    when: 'A receiver of OTLP did not take what was sent. Told once a minute of each.',
    fields: ['telemetry', 'items', 'total', 'address', 'status', 'err'],
    same: ({ telemetry }) => telemetry,
    window: MINUTE_MS,
    text: ({ telemetry, items, total, address, error }) => {
      const what = counted(items, telemetry === 'traces' ? 'span' : 'number');
      const all = total === items ? '' : `; ${count(total)} since the process began`;
      return `sending ${telemetry} by OTLP to ${address}: ${what} lost${all}: ${messageOf(error)}`;
    },
  }),
  line('clock.agrees', 'clock:off', {
    level: 'info',
    when: 'The clock of the host is within a second of that of the jobs Redis again.',
    fields: ['behind'],
    if: ({ behind }) => Math.abs(behind) <= AGREES_MS,
    text: () => "this host's clock agrees with the jobs Redis again",
  }),
  line('clock.off', 'clock:off', {
    level: 'warn',
    when: 'The clock of the host is off by more than a second.',
    fields: ['behind'],
    text: ({ behind }) =>
      `this host's clock is ${roundDuration(Math.abs(behind))} ${behind > 0 ? 'behind' : 'ahead of'} that of the jobs Redis, by which times are judged`,
  }),
  LEVEL_CHANGED,
  line('service.started', 'service:started', {
    level: 'debug',
    when: 'A part of the process has started.',
    fields: ['service'],
    text: ({ service }) => `${service} started`,
  }),
  line('service.stopped', 'service:stopped', {
    level: 'debug',
    when: 'A part of the process has stopped.',
    fields: ['service', 'ms'],
    text: ({ service }) => `${service} stopped`,
  }),
];

function remedyOf(error: unknown): string {
  return error instanceof ForewarmError ? ` (${error.code}: ${ERRORS[error.code].remedy})` : '';
}
