/**
 * Which verbs change something, what is recorded of a call of each, and what came of it. A call that only looks (a dry run, a validation
 * without repair) is none. Lists of keys and rows are counted, not kept. The note of a call is no matter of its row (`note.ts`).
 */
import { counted } from '../../core/counted.ts';
import type { Verbs } from '../verbs.ts';
import type { ActionVerb } from './action-verbs.ts';

/** What a call is about: names and values. */
export type About = Readonly<Record<string, unknown>>;

interface ActionRow<V extends keyof Verbs> {
  /** Undefined for a call that changes nothing. The arguments are as they were given, and may be anything. */
  readonly about: (...args: Parameters<Verbs[V]>) => About | undefined;
  /** For people; '' where there is nothing to say. */
  readonly result: (answer: Awaited<ReturnType<Verbs[V]>>) => string;
}

/** Names that are kept of a list. */
const NAMED = 5;

export const ACTIONS = {
  warm: {
    about: ({ rows, keys, plan: _, ...rest }) => ({
      ...rest,
      ...(rows && { rows: rows.length }),
      ...(keys && { keys: few(keys) }),
    }),
    result: ({ run, created }) => (created ? `run ${run.id}` : `run ${run.id}, which was there already`),
  },
  stopRun: {
    about: (run) => ({ run }),
    result: ({ counts }) => `${counted(counts.cancelled, 'key')} cancelled`,
  },
  invalidate: {
    about: ({ dryRun, ...rest }) => (dryRun ? undefined : rest),
    result: ({ keys }) => (keys === null ? '' : counted(keys, 'key')),
  },
  clear: { about: (request) => ({ ...request }), result: () => '' },
  pauseSchedules: {
    about: (which, request) => ({ ...which, ...request }),
    result: (paused) => few(paused.map(({ name }) => name)),
  },
  resumeSchedules: {
    about: (which) => ({ ...which }),
    result: (resumed) => few(resumed.map(({ name }) => name)),
  },
  skipTick: { about: (schedule, request) => ({ schedule, ...request }), result: () => '' },
  backfill: {
    about: (schedule, { dryRun, ...rest }) => (dryRun ? undefined : { schedule, ...rest }),
    result: ({ times }) => counted(times.length, 'time'),
  },
  trigger: {
    about: (schedule) => ({ schedule }),
    result: ({ run }) => (run === null ? '' : `run ${run}`),
  },
  release: {
    about: (keys, of = {}) => {
      const isPart = of.source !== undefined || of.origin !== undefined;
      return isPart && keys.length === 0 ? { ...of } : { keys: all(keys), ...of };
    },
    result: (count) => counted(count, 'key'),
  },
  redrive: {
    about: ({ ids = [], dryRun, until: _, ...filter }) => {
      const isAll = ids.length === 0 && Object.values(filter).every((value) => value === undefined);
      return dryRun ? undefined : { ids: isAll ? 'all' : few(ids), ...filter };
    },
    result: ({ redriven, left, run }) =>
      [
        counted(redriven, 'dead letter'),
        ...(run === null ? [] : [`run ${run}`]),
        ...(left === 0 ? [] : [`${left} left`]),
      ].join(', '),
  },
  setLogLevel: { about: (request) => ({ ...request }), result: () => '' },
  gc: {
    about: () => ({}),
    result: ({ removed }) => `${counted(removed, 'entry', 'entries')} removed`,
  },
  import: {
    about: (_, request) => (request.dryRun ? undefined : {}),
    result: ({ lines }) => counted(lines, 'line'),
  },
  purge: {
    about: ({ dryRun, ...rest }) => (dryRun ? undefined : rest),
    result: ({ keys }) => counted(keys, 'key'),
  },
  validate: {
    about: ({ repair, selector }) => (repair ? { selector } : undefined),
    result: ({ entries }) => counted(entries, 'entry', 'entries'),
  },
} as const satisfies { readonly [V in ActionVerb]: ActionRow<V> };

function few(names: readonly string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function all(names: readonly string[]): string {
  return names.length === 0 ? 'all' : few(names);
}
