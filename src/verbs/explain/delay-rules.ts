/**
 * What may hold a key back now, in the order in which one would look. `delays.ts` says which of it is told of a key.
 */

import type { Run } from '../../catalog/runs/runs.ts';
import { count, counted } from '../../core/counted.ts';
import { quoted } from '../../core/selector/selector-text.ts';
import { instantText } from '../../core/written-time.ts';
import type { RunWait } from '../runs/run-shapes.ts';
import { originWaits } from '../runs/run-waits.ts';
import type { ScheduleView } from '../schedules/schedule-shapes.ts';
import type { DelayCause } from './causes.ts';
import type { KeyFacts } from './key-facts.ts';
import { selectsFacts } from './key-reach.ts';
import { limitsText, namesOf, type Rules, type Said } from './told.ts';

/** The words of the command that makes a run of a key alone. */
export function warmOf(key: string): readonly string[] {
  return ['warm', `key=${quoted(key)}`];
}

const failed = (facts: KeyFacts, outcome: 'failed' | 'refused', begin: string): Said => {
  const failure = facts.record?.failure;
  if (failure === undefined || failure.quarantined || failure.outcome !== outcome) return undefined;
  const { reason, at, count: times } = failure;
  const row = times <= 1 ? '' : `, ${count(times)} times in a row`;
  const dueAt = facts.record?.dueAt;
  const again = dueAt === undefined ? '' : `; it is tried again at ${instantText(dueAt)}`;
  return { sentence: `${begin} at ${instantText(at)}${row}: ${reason}${again}.`, until: dueAt };
};

const FAILURES = {
  'redis-away': ({ silence }) =>
    silence === undefined
      ? undefined
      : { sentence: `The jobs Redis does not say what holds it back: ${silence}.`, command: ['doctor'] },
  quarantined: ({ record, key }) => {
    if (record?.failure?.quarantined !== true) return undefined;
    const { reason, at, count: times } = record.failure;
    return {
      sentence: `It is in quarantine, since ${counted(times, 'attempt')} in a row failed, the last at ${instantText(at)}: ${reason}; it is tried again at ${instantText(record.dueAt)}, and runs leave it out.`,
      until: record.dueAt,
      command: ['quarantine', 'release', ...(key.startsWith('-') ? ['--'] : []), key],
    };
  },
  refused: (facts) => failed(facts, 'refused', 'What the origin answered was refused'),
  failed: (facts) => {
    const isAttempt = facts.record?.failure?.count !== 0;
    return failed(facts, 'failed', isAttempt ? 'The last attempt failed' : 'It could not be fetched');
  },
  'read-failed': ({ readFailure, record, head }) => {
    if (readFailure === undefined || (head !== undefined && head.checkedAt > readFailure.at))
      return undefined;
    if (record?.failure !== undefined && record.failure.at >= readFailure.at) return undefined;
    return `A reader could not have it fetched at ${instantText(readFailure.at)}: ${readFailure.reason}.`;
  },
} satisfies Partial<Rules<DelayCause>>;

const waitsOf = ({ around, now }: KeyFacts): RunWait[] =>
  originWaits(around.budget, around.processes ?? [], now);

const waiting = (facts: KeyFacts, what: RunWait['for'], words: (wait: RunWait) => string): Said => {
  const wait = waitsOf(facts).find((each) => each.for === what);
  return wait && { sentence: words(wait), until: wait.until ?? undefined, by: wait.by ?? undefined };
};

const BUDGET = {
  'origin-paused': (facts) =>
    waiting(facts, 'origin', ({ origin, until, by, reason }) => {
      const who = by === null ? '' : ` by ${by}`;
      return `Calls to origin "${origin}" are paused${who} until ${instantText(until ?? 0)}: ${reason}.`;
    }),
  'quota-used-up': (facts) =>
    waiting(
      facts,
      'quota',
      ({ origin, until }) =>
        `Origin "${origin}" said that nothing is left of its quota until ${instantText(until ?? 0)}.`,
    ),
  'budget-used-up': (facts) =>
    waiting(facts, 'budget', ({ origin, reason }) => `Origin "${origin}" has no call to spare: ${reason}.`),
  'limits-lowered': ({ around: { budget } }) =>
    budget?.lowered &&
    `The limits of origin "${budget.origin}" are lowered to ${limitsText(budget.limits)} since ${instantText(budget.lowered.since)}: ${budget.lowered.reason}.`,
} satisfies Partial<Rules<DelayCause>>;

const workersOf = ({ around }: KeyFacts) => around.processes?.filter(({ roles }) => roles.includes('worker'));

const PROCESSES = {
  'no-worker': (facts) =>
    workersOf(facts)?.length === 0
      ? { sentence: 'No worker is running, and only workers fetch.', command: ['worker'] }
      : undefined,
  'no-worker-knows': (facts) => {
    const { name } = facts.source;
    const workers = workersOf(facts) ?? [];
    if (
      workers.length === 0 ||
      workers.some(({ knows }) => knows === undefined || Object.hasOwn(knows.sources, name))
    )
      return undefined;
    return `None of the ${counted(workers.length, 'worker')} that run is configured with source "${name}".`;
  },
  'no-scheduler': ({ around: { processes, refreshes } }) =>
    processes === undefined ||
    refreshes.length === 0 ||
    processes.some(({ roles }) => roles.includes('scheduler'))
      ? undefined
      : { sentence: 'No scheduler is running, so nothing refreshes it by itself.', command: ['scheduler'] },
} satisfies Partial<Rules<DelayCause>>;

/** Schedules whose runs may have it, as far as their selectors tell. */
export function runMakersOf(facts: KeyFacts): readonly ScheduleView[] {
  return facts.around.runMakers
    .filter(({ selector }) => selectsFacts(selector, facts))
    .map(({ view }) => view);
}

/** Of these schedules the one that fires next, and when; those that never do are left out. */
function soonestOf(
  schedules: readonly ScheduleView[],
): { readonly name: string; readonly at: number } | undefined {
  const coming = schedules.flatMap(({ name, nextAt: at }) => (at === null ? [] : [{ name, at }]));
  return coming.toSorted((a, b) => a.at - b.at)[0];
}

const WANTED = {
  'not-kept': (facts) => {
    const { record, sets, silence, source } = facts;
    const isUnwanted = sets !== undefined && !sets.isListed && source.key.names.length > 0;
    if (silence !== undefined || record !== undefined || !isUnwanted) return undefined;
    const add = sets.feeding.length === 0 ? '' : `; add its row to an entity set: ${namesOf(sets.feeding)}`;
    return {
      sentence: `Nothing keeps it warm, so nothing fetches it but a read or a run that names it${add}.`,
      command: warmOf(facts.key),
    };
  },
  'no-run-yet': (facts) => {
    const { record, sets, silence } = facts;
    if (record !== undefined || silence !== undefined || sets?.isListed === false) return undefined;
    const next = soonestOf(runMakersOf(facts));
    const begin = 'No run has taken it up yet, and refreshes take only what a run has';
    if (next === undefined) {
      const sentence = `${begin}; no schedule that fires makes a run of it.`;
      return { sentence, command: warmOf(facts.key) };
    }
    return {
      sentence: `${begin}; schedule "${next.name}" makes one at ${instantText(next.at)}.`,
      until: next.at,
    };
  },
  'refresh-paused': ({ around }) => {
    const paused = around.refreshes.find((schedule) => schedule.paused !== null);
    if (paused?.paused == null) return undefined;
    const { by, why, until } = paused.paused;
    const end = until === null ? 'until it is resumed' : `until ${instantText(until)}`;
    return {
      sentence: `Schedule "${paused.name}", which refreshes it, is paused ${end}, by ${by}${why === '' ? '' : `: ${why}`}.`,
      ...{ until: until ?? undefined, by, command: ['schedules', 'resume', paused.name] },
    };
  },
} satisfies Partial<Rules<DelayCause>>;

const dueAt = ({ record }: KeyFacts): number | undefined =>
  record === undefined || record.failure !== undefined ? undefined : record.dueAt;

/** Whether its manifest has it. */
function isFoundIn({ runs }: KeyFacts, id: string): boolean {
  return runs?.found.some(({ run }) => run.id === id) === true;
}

/** Whether a run that has not ended may still have something to do for it. */
function isOpenIn({ runs }: KeyFacts, id: string): boolean {
  const known = runs?.found.find(({ run }) => run.id === id);
  return known === undefined ? runs?.without.has(id) !== true : known.outcome === undefined;
}

function runsAtWork(facts: KeyFacts): readonly Run[] {
  return facts.around.running.flatMap(({ run, reach }) => {
    if (!isOpenIn(facts, run.id) || reach.kind === 'unread') return [];
    const isSelected =
      reach.kind === 'keys' || isFoundIn(facts, run.id) || selectsFacts(reach.selector, facts);
    return isSelected ? [run] : [];
  });
}

const WORK = {
  cancelled: (facts) => {
    const [last] = facts.runs?.found ?? [];
    if (last?.outcome !== 'cancelled') return undefined;
    const { id, endedReason, endedNote, endedAt = 0 } = last.run;
    if (facts.head !== undefined && facts.head.checkedAt > endedAt) return undefined;
    const end = endedReason === 'deadline' ? 'came to its deadline' : 'was stopped';
    const note = endedNote && `${endedReason === 'stopped' ? ', ' : ': '}${endedNote}`;
    return {
      sentence: `Run "${id}", the last that had it, ${end} before it came to it${note}.`,
      command: warmOf(facts.key),
    };
  },
  'run-unread': (facts) => {
    const [first] = facts.around.running.flatMap(({ run, reach }) =>
      reach.kind === 'unread' && isOpenIn(facts, run.id) ? [{ run, reason: reach.reason }] : [],
    );
    return (
      first &&
      `Run "${first.run.id}" is of another version and cannot be read here, so whether it has the key is not known: ${first.reason}.`
    );
  },
  'run-at-work': (facts) => {
    const runs = runsAtWork(facts);
    if (runs.length === 0) return undefined;
    const planning = runs.filter(({ state }) => state === 'planning');
    if (planning.length === runs.length) {
      const [are, have] = runs.length === 1 ? ['Run', 'is'] : ['Runs', 'are'];
      return `${are} ${namesOf(runs.map(({ id }) => id))} ${have} still planning, and may take it up.`;
    }
    const pending = runs.reduce((sum, run) => sum + run.pending, 0);
    const are = runs.length === 1 ? 'Run' : 'Runs';
    const has = runs.every(({ id }) => isFoundIn(facts, id))
      ? runs.length === 1
        ? 'has'
        : 'have'
      : 'may have';
    return `${are} ${namesOf(runs.map(({ id }) => id))} ${has} it, with ${counted(pending, 'key')} still to do.`;
  },
  'in-hand': (facts) => {
    const due = dueAt(facts);
    if (due === undefined || due <= facts.now) return undefined;
    const why =
      facts.fences.length === 0
        ? 'A job has it in hand, or put it off'
        : 'What was invalidated is not due at once';
    return { sentence: `${why}: it is due again at ${instantText(due)} at the latest.`, until: due };
  },
  'jobs-before': ({ around: { lane }, source }) => {
    const jobs = lane === undefined ? 0 : lane.waiting + lane.delayed;
    if (lane === undefined || jobs === 0) return undefined;
    return `${counted(jobs, 'job')} of origin "${source.origin}" ${jobs === 1 ? 'waits' : 'wait'}, and ${count(lane.active)} ${lane.active === 1 ? 'is' : 'are'} at work.`;
  },
  'tick-not-done': (facts) => {
    const due = dueAt(facts);
    const fired = Math.max(...facts.around.refreshes.map(({ lastAt }) => lastAt ?? 0));
    if (due === undefined || due > facts.now || fired <= due) return undefined;
    return `It was due at ${instantText(due)}, and the refresh that fired at ${instantText(fired)} has not taken it yet.`;
  },
  'next-tick': (facts) => {
    const [due, next] = [dueAt(facts), soonestOf(facts.around.refreshes)];
    if (due === undefined || due > facts.now || next === undefined) return undefined;
    return {
      sentence: `It is due since ${instantText(due)}, and schedule "${next.name}" looks at what is due at ${instantText(next.at)}.`,
      until: next.at,
    };
  },
} satisfies Partial<Rules<DelayCause>>;

/** All but the last resort. */
export const KNOWN: Omit<Rules<DelayCause>, 'unexplained'> = {
  ...FAILURES,
  ...BUDGET,
  ...PROCESSES,
  ...WANTED,
  ...WORK,
};
