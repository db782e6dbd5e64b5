/** What is put on record, in words. */
import type { ApiOperations } from '../../../../src/api-client/client.ts';

export type AuditFilter = NonNullable<Parameters<ApiOperations['listActions']>[0]>;
export type AuditVerb = NonNullable<AuditFilter['verb']>;

export const VERBS: Readonly<Record<AuditVerb, string>> = {
  warm: 'warmed',
  stopRun: 'stopped a run',
  invalidate: 'invalidated',
  clear: 'cleared everything',
  purge: 'purged',
  gc: 'collected garbage',
  import: 'imported',
  validate: 'repaired',
  pauseSchedules: 'paused schedules',
  resumeSchedules: 'resumed schedules',
  skipTick: 'skipped a time',
  backfill: 'made up for times',
  trigger: 'triggered a schedule',
  release: 'released from quarantine',
  redrive: 'redrove dead letters',
  setLogLevel: 'changed the log level',
  bullBoard: 'changed jobs by bull-board',
};

/** One that is newer than this page is shown by its name. */
export function wordsOf(verb: string): string {
  return (VERBS as Readonly<Record<string, string | undefined>>)[verb] ?? verb;
}

const HOUR_MS = 3_600_000;

/** Times of the filter. */
export const LAST: Readonly<Record<string, string>> = {
  '1h': 'the last hour',
  '24h': 'the last 24 hours',
  '7d': 'the last 7 days',
};
const LAST_MS: Readonly<Record<string, number>> = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 168 * HOUR_MS };

export interface Wanted {
  readonly who: string;
  readonly verb: string;
  readonly last: string;
}

/** What the server is asked for; the address may say anything, and the server judges it. */
export function filterOf({ who, verb, last }: Wanted, now: number): AuditFilter {
  const span = LAST_MS[last];
  return {
    ...(who !== '' && { who }),
    ...(verb !== '' && { verb: verb as AuditVerb }),
    ...(span !== undefined && { since: new Date(now - span).toISOString() }),
  };
}
