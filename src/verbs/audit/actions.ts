/**
 * Which verbs change something, what is recorded of a call of each, and what came of it. A call that only looks (a dry run, a validation
 * without repair) is none. Lists of keys and rows are counted, not kept.
 */
import { counted } from '../../core/counted.ts';
import type { Verbs } from '../verbs.ts';
import type { ActionVerb } from './action-verbs.ts';

/** What a call is about, and what was said of it. */
export interface Told {
  readonly about: Readonly<Record<string, unknown>>;
  readonly note?: string | undefined;
}

interface ActionRow<V extends keyof Verbs> {
  /** Undefined for a call that changes nothing. The arguments are as they were given, and may be anything. */
  readonly told: (...args: Parameters<Verbs[V]>) => Told | undefined;
  /** For people; '' where there is nothing to say. */
  readonly result: (answer: Awaited<ReturnType<Verbs[V]>>) => string;
}

/** Names that are kept of a list. */
const NAMED = 5;

export const ACTIONS = {
  warm: {
    told: ({ rows, keys, plan: _, ...rest }) => ({
      about: { ...rest, ...(rows && { rows: rows.length }), ...(keys && { keys: few(keys) }) },
    }),
    result: ({ run, created }) => (created ? `run ${run.id}` : `run ${run.id}, which was there already`),
  },
  stopRun: {
    told: (run) => ({ about: { run } }),
    result: ({ counts }) => `${counted(counts.cancelled, 'key')} cancelled`,
  },
  invalidate: {
    told: ({ dryRun, ...about }) => (dryRun ? undefined : { about }),
    result: ({ keys }) => (keys === null ? '' : counted(keys, 'key')),
  },
  clear: { told: (request) => ({ about: request }), result: () => '' },
  pauseSchedules: {
    told: (which, { why, ...rest } = {}) => ({ about: { ...which, ...rest }, note: why }),
    result: (paused) => few(paused.map(({ name }) => name)),
  },
  resumeSchedules: {
    told: (which, { why } = {}) => ({ about: which, note: why }),
    result: (resumed) => few(resumed.map(({ name }) => name)),
  },
  skipTick: {
    told: (schedule, { why, ...rest } = {}) => ({ about: { schedule, ...rest }, note: why }),
    result: () => '',
  },
  backfill: {
    told: (schedule, { why, dryRun, ...rest }) =>
      dryRun ? undefined : { about: { schedule, ...rest }, note: why },
    result: ({ times }) => counted(times.length, 'time'),
  },
  trigger: {
    told: (schedule, { why } = {}) => ({ about: { schedule }, note: why }),
    result: ({ run }) => (run === null ? '' : `run ${run}`),
  },
  release: { told: (keys) => ({ about: { keys: all(keys) } }), result: (count) => counted(count, 'key') },
  redrive: {
    told: ({ ids = [], dryRun, why, ...filter }) => {
      const isAll = ids.length === 0 && Object.values(filter).every((value) => value === undefined);
      return dryRun ? undefined : { about: { ids: isAll ? 'all' : few(ids), ...filter }, note: why };
    },
    result: ({ redriven, left, run }) =>
      [
        counted(redriven, 'dead letter'),
        ...(run === null ? [] : [`run ${run}`]),
        ...(left === 0 ? [] : [`${left} left`]),
      ].join(', '),
  },
  setLogLevel: { told: (request) => ({ about: request }), result: () => '' },
  gc: {
    told: () => ({ about: {} }),
    result: ({ removed }) => `${counted(removed, 'entry', 'entries')} removed`,
  },
  import: {
    told: (_, request) => (request.dryRun ? undefined : { about: {} }),
    result: ({ lines }) => counted(lines, 'line'),
  },
  purge: {
    told: ({ dryRun, ...about }) => (dryRun ? undefined : { about }),
    result: ({ keys }) => counted(keys, 'key'),
  },
  validate: {
    told: ({ repair, selector }) => (repair ? { about: { selector } } : undefined),
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
