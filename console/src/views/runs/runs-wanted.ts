/** Which runs are wanted, as the address says it; '' for any. */
import type { ApiOperations } from '../../../../src/api-client/client.ts';
import { param } from '../../router.ts';

export type RunsQuery = NonNullable<Parameters<ApiOperations['listRuns']>[0]>;

export const NOTHING_WANTED = { search: '', state: '', cause: '', schedule: '', source: '', last: '' };
export type Wanted = Readonly<Record<keyof typeof NOTHING_WANTED, string>>;

export function wantedNow(): Wanted {
  const of = (name: keyof Wanted) => param(name) ?? '';
  return {
    ...{ search: of('search'), state: of('state'), cause: of('cause') },
    ...{ schedule: of('schedule'), source: of('source'), last: of('last') },
  };
}

interface Choice<T> {
  readonly words: string;
  readonly asks: T;
}

/** The states to choose from, and what the server is asked for. */
export const STATES = {
  active: { words: 'going on', asks: { state: 'active' } },
  trouble: { words: 'with failed keys', asks: { failures: true } },
  finished: { words: 'finished', asks: { reason: 'finished' } },
  stopped: { words: 'stopped', asks: { reason: 'stopped' } },
  deadline: { words: 'cut by their deadline', asks: { reason: 'deadline' } },
  failed: { words: 'failed as a whole', asks: { reason: 'failed' } },
} as const satisfies Readonly<Record<string, Choice<RunsQuery>>>;

export const CAUSES = {
  schedule: 'a schedule',
  api: 'the API',
  cli: 'a command',
  library: 'a program',
  start: 'a start',
} as const satisfies Readonly<Record<NonNullable<RunsQuery['cause']>, string>>;

const HOUR_MS = 3_600_000;
/** Spans to choose from. */
export const LAST = {
  '1h': { words: 'in the last hour', asks: HOUR_MS },
  '24h': { words: 'in the last 24 hours', asks: 24 * HOUR_MS },
  '7d': { words: 'in the last 7 days', asks: 168 * HOUR_MS },
} as const satisfies Readonly<Record<string, Choice<number>>>;

/** The address may say anything; what is none of the choices is left to the server to refuse. */
export function queryOf({ search, state, cause, schedule, source, last }: Wanted, now: number): RunsQuery {
  const text = search.trim();
  const span = at(LAST, last)?.asks;
  return {
    ...(text !== '' && { text }),
    ...(state !== '' && (at(STATES, state)?.asks ?? { state: state as RunsQuery['state'] & string })),
    ...(cause !== '' && { cause: cause as RunsQuery['cause'] & string }),
    ...(schedule !== '' && { schedule }),
    ...(source !== '' && { source }),
    ...(span !== undefined && { since: new Date(now - span).toISOString() }),
  };
}

function at<T>(choices: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(choices, name) ? choices[name] : undefined;
}
