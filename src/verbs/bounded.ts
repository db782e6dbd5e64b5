/**
 * How long each verb may take. Somebody waits for every answer, so every verb is an errand (`flow/errand.ts`): the jobs Redis
 * answers it within seconds or fails it, and what is left of one that was given up is not done.
 *
 *     answer   ends within five seconds as a whole
 *     work     goes on while its steps succeed, however much there is to do; each step is bounded by what it asks
 *     stream   goes on while its reader wants more; each step of it is an errand
 *
 * What is read of entity sets on the way is bounded for all of an errand together (`catalog/entities/errand-reading.ts`). A verb that
 * writes by entity sets reads them first (`warming/read-known.ts`), and asks whether it is still wanted directly before it begins.
 */
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import { within } from '../flow/deadline.ts';
import { type Errand, onErrand } from '../flow/errand.ts';
import { PATIENCE } from '../flow/patience.ts';
import type { Verbs } from './verbs.ts';

export function bounded(verbs: Verbs, clock: Clock): Verbs {
  const each = manners(clock);
  const { answer, work, stream } = each;
  return {
    ...schedulesOf(verbs, each),
    ...careOf(verbs, each),
    ...figuresOf(verbs, each),
    warm: answer(verbs.warm),
    runs: answer(verbs.runs),
    run: answer(verbs.run),
    stopRun: answer(verbs.stopRun),
    runReport: work(verbs.runReport),
    runFailures: work(verbs.runFailures),
    diffRuns: work(verbs.diffRuns),
    watchRun: stream(verbs.watchRun),
    get: answer(verbs.get),
    getMany: answer(verbs.getMany),
    list: work(verbs.list),
    count: answer(verbs.count),
    inspect: answer(verbs.inspect),
    check: work(verbs.check),
    plan: work(verbs.plan),
    explain: work(verbs.explain),
    worth: work(verbs.worth),
    invalidate: work(verbs.invalidate),
    clear: answer(verbs.clear),
  };
}

function schedulesOf(verbs: Verbs, { answer, work }: ReturnType<typeof manners>) {
  return {
    schedules: answer(verbs.schedules),
    previewSchedule: answer(verbs.previewSchedule),
    clockChanges: answer(verbs.clockChanges),
    schedule: answer(verbs.schedule),
    ticks: answer(verbs.ticks),
    scheduleResults: answer(verbs.scheduleResults),
    pauseSchedules: work(verbs.pauseSchedules),
    resumeSchedules: work(verbs.resumeSchedules),
    skipTick: answer(verbs.skipTick),
    backfill: work(verbs.backfill),
    trigger: answer(verbs.trigger),
  };
}

/** What tells how the system fares. */
function figuresOf(verbs: Verbs, { answer }: ReturnType<typeof manners>) {
  return {
    stats: answer(verbs.stats),
    overview: answer(verbs.overview),
    budget: answer(verbs.budget),
    processes: answer(verbs.processes),
    lanes: answer(verbs.lanes),
    history: answer(verbs.history),
  };
}

/** What looks after the system. */
function careOf(verbs: Verbs, { answer, work, stream }: ReturnType<typeof manners>) {
  return {
    quarantine: answer(verbs.quarantine),
    release: work(verbs.release),
    deadLetters: answer(verbs.deadLetters),
    redrive: work(verbs.redrive),
    doctor: work(verbs.doctor),
    ready: answer(verbs.ready),
    logLevel: answer(verbs.logLevel),
    setLogLevel: answer(verbs.setLogLevel),
    changes: stream(verbs.changes),
    audit: work(verbs.audit),
    gc: work(verbs.gc),
    export: stream(verbs.export),
    import: work(verbs.import),
    purge: work(verbs.purge),
    validate: work(verbs.validate),
    bench: work(verbs.bench),
  };
}

type Verb<A extends unknown[], R> = (...args: A) => Promise<R>;

function manners(clock: Clock) {
  return {
    answer:
      <A extends unknown[], R>(verb: Verb<A, R>): Verb<A, R> =>
      (...args) =>
        onErrand((errand) =>
          within(
            clock,
            PATIENCE.server,
            () => verb(...args),
            () => late(errand),
          ),
        ),
    work:
      <A extends unknown[], R>(verb: Verb<A, R>): Verb<A, R> =>
      (...args) =>
        onErrand(() => verb(...args)),
    stream:
      <A extends unknown[], R>(verb: (...args: A) => AsyncIterable<R>) =>
      (...args: A): AsyncIterable<R> =>
        steps(verb(...args)),
  };
}

function late(errand: Errand): ForewarmError {
  const bound = `${PATIENCE.server / 1_000} s`;
  const reason = new ForewarmError('E_GIVEN_UP', `no answer within ${bound}: what is left of it is not done`);
  errand.giveUp(reason);
  return reason;
}

async function* steps<T>(all: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = all[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await onErrand(() => iterator.next());
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    await iterator.return?.();
  }
}
