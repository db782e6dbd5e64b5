/** Lines about origins and their budgets. */
import { counted } from '../../core/counted.ts';
import { roundDuration } from '../../core/units.ts';
import { because, type LogLine, line } from './line.ts';

const FAILED = {
  ok: 'was answered',
  retryable: 'failed',
  throttled: 'was throttled',
  permanent: 'was rejected',
} as const;

export const originLines: readonly LogLine[] = [
  line('origin.called', 'origin:call', {
    level: 'debug',
    when: 'A call of an origin succeeded.',
    fields: ['origin', 'source', 'keys', 'ms', 'result'],
    if: ({ result }) => result === 'ok',
    text: ({ origin }) => `origin ${origin} responded`,
  }),
  line('origin.failed', 'origin:call', {
    level: 'warn',
    when: 'A call of an origin failed: `result` says how.',
    fields: ['origin', 'source', 'keys', 'ms', 'result', 'reason'],
    text: ({ origin, source, result, reason }) =>
      `origin ${origin}: a call for ${source} ${FAILED[result]}${because(reason)}`,
  }),
  line('origin.paused', 'budget:pause', {
    level: 'warn',
    when: 'Calls of an origin pause: it asked for that, or keeps failing.',
    fields: ['origin', 'until', 'reason'],
    text: ({ origin, until, reason }, now) =>
      `origin ${origin} is paused for ${roundDuration(Math.max(0, until - now))}${because(reason)}`,
  }),
  line('origin.lowered', 'budget:lowered', {
    level: 'warn',
    when: 'The limits of an origin were lowered, for all processes: it cannot bear them.',
    fields: ['origin', 'rate', 'permits', 'reason'],
    text: ({ origin, rate, permits, reason }) =>
      `origin ${origin} is lowered to ${counted(permits, 'call')} at a time${paceOf(rate)}${because(reason)}`,
  }),
  line('origin.restored', 'budget:restored', {
    level: 'info',
    when: 'The configured limits of an origin hold again.',
    fields: ['origin', 'since'],
    text: ({ origin }) => `origin ${origin} bears its configured limits again`,
  }),
];

function paceOf(rate: number): string {
  return Number.isFinite(rate) ? ` and ${rate.toPrecision(3)} calls a second` : '';
}
