/** Calls to origins: inside the budget, retried where that helps. What comes back counts for or against the origin's health. */
import { apartOf, CALL_OUTCOMES, type CallReport, type Ledger } from '../../budget/ledger.ts';
import type { BudgetUser } from '../../core/budget.ts';
import type { Clock, Random } from '../../core/clock.ts';
import { sleep } from '../../core/clock.ts';
import type { Stamp } from '../../core/entry.ts';
import { BudgetDeferredError, messageOf, OriginError } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import type { Source } from '../../core/source.ts';
import type { Span } from '../../core/tracing.ts';
import { backoffMs } from '../../flow/backoff.ts';
import type { Fetched, ListAnswer, ListPages, Origin, OriginRequest } from '../../origins/origin.ts';
import { kindOfCall } from '../../policy/call-kind.ts';
import { type CallOptions, type CallResult, type CallTask, isAll, WHOLE } from './call-result.ts';
import { Canaries } from './canary.ts';
import { OriginHealth, type Pause, type Turn } from './origin-health.ts';
import { callStep, permitStep } from './steps.ts';
import { ThrottleBackoff } from './throttle-backoff.ts';
import { isUnreached } from './unreached.ts';

const BACKOFF = { base: 200, max: 2_000 };
/** A value that is not ready is waited for so long at most before its key is put off, since a place among the calls waits with it. */
const LONGEST_READY_MS = 15_000;

/** What is asked of an origin, of how many keys. */
interface Question<T> {
  readonly origin: string;
  /** What it is for, in logs and counters: a source, or an entity set. */
  readonly subject: string;
  /** Who uses the budget for it. */
  readonly user: BudgetUser;
  readonly keys: number;
  /** What it is about: the keys, or what stands in for them. */
  readonly about: readonly string[];
  readonly ask: (origin: Origin) => Promise<T>;
  readonly options: CallOptions;
  /** Calls that are alike take about as long as each other. */
  readonly kind: (answer: T) => string;
  /** Whether the origin has nothing of what was asked for. */
  readonly isAbsent: (answer: T) => boolean;
  readonly onCall?: CallTask['onCall'];
}

/** Of a call that is for no keys. */
const OTHER = { user: 'run', keys: 0, options: WHOLE, isAbsent: () => false } as const;

/** What this process remembers of an origin. */
interface OriginRecord {
  readonly health: OriginHealth;
  readonly throttle: ThrottleBackoff;
  readonly canaries: Canaries;
}

/** A call that has its permit and its turn. */
interface OpenCall {
  readonly stamp: Stamp;
  readonly turn: Turn;
  /** For the permit, in ms. */
  readonly waited: number;
  /** On the monotonic clock. */
  readonly began: number;
  readonly onEnd: (report: CallReport) => void;
}

export interface OriginCallerDeps {
  readonly origins: ReadonlyMap<string, Origin>;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** Ms without an answer after which an origin is given up on. */
  readonly outage: number;
}

export class OriginCaller {
  readonly #deps: OriginCallerDeps;
  readonly #records = new Map<string, OriginRecord>();

  constructor(deps: OriginCallerDeps) {
    this.#deps = deps;
  }

  /** One call for these requests, of one source. Rejects only with the signal's reason. */
  call(
    { source, user, signal, onCall }: CallTask,
    requests: readonly OriginRequest[],
    options: CallOptions = WHOLE,
  ): Promise<CallResult> {
    const ask = (origin: Origin) => origin.fetchMany(source, requests, signal);
    const about = requests.map(({ key }) => key);
    const { origin, name: subject } = source;
    const keys = requests.length;
    const kind = (answers: readonly Fetched[]) => kindOfCall(subject, keys, isAll('unchanged', answers));
    const isAbsent = (answers: readonly Fetched[]) => isAll('absent', answers);
    return this.#put(
      { origin, subject, user, keys, about, ask, options, kind, isAbsent, ...(onCall && { onCall }) },
      signal,
    );
  }

  /** One call for the version that all values of a source share. Rejects only with the signal's reason. */
  versionOf(source: Source, signal: AbortSignal): Promise<CallResult<string>> {
    const ask = (origin: Origin) => origin.versionOf(source, signal);
    const { origin, name: subject } = source;
    const about = [`version of ${subject}`];
    return this.#put({ ...OTHER, origin, subject, about, ask, kind: () => `version ${subject}` }, signal);
  }

  /** One call for the next page of an entity set's list. Rejects as `versionOf` does. */
  page(origin: string, set: string, pages: ListPages, signal: AbortSignal): Promise<CallResult<ListAnswer>> {
    const subject = `entities.${set}`;
    const ask = () => pages.next(signal);
    return this.#put({ ...OTHER, origin, subject, about: [subject], ask, kind: () => subject }, signal);
  }

  async #put<T>(question: Question<T>, signal: AbortSignal): Promise<CallResult<T>> {
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#inTurn(question, signal);
      if (result.kind !== 'failed' || result.permanent || attempt >= question.options.tries) return result;
      const { clock, random } = this.#deps;
      const notBefore = (result.readyAt ?? 0) - clock.now();
      if (notBefore > LONGEST_READY_MS) return result;
      await sleep(clock, Math.max(backoffMs(attempt, BACKOFF, random), notBefore), signal);
    }
  }

  /** Before the permit: what a pause sends away, holds none. */
  async #inTurn<T>(question: Question<T>, signal: AbortSignal): Promise<CallResult<T>> {
    const { origin, subject } = question;
    const { canaries } = this.#recordOf(origin);
    await canaries.enter(subject, signal);
    try {
      return await this.#try(question, signal);
    } finally {
      canaries.over(subject);
    }
  }

  async #try<T>(question: Question<T>, signal: AbortSignal): Promise<CallResult<T>> {
    const { origin: name, subject } = question;
    const { ledger, origins, events } = this.#deps;
    const origin = origins.get(name);
    if (origin === undefined) throw new Error(`"${subject}" has no origin "${name}"`);
    let permit: Awaited<ReturnType<Ledger['permit']>>;
    const asked = this.#deps.clock.elapsed();
    try {
      permit = await events.tracer.step(permitStep(name), () => ledger.permit(name, signal, question.user));
    } catch (error) {
      if (error instanceof BudgetDeferredError) return this.#deferred(name, error.retryAt, error.message);
      throw error;
    }
    const waited = this.#deps.clock.elapsed() - asked;
    let report: CallReport | undefined;
    const onEnd = (ended: CallReport) => {
      report = ended;
    };
    const turn = await this.#recordOf(name).health.enter(question.about);
    try {
      signal.throwIfAborted();
      if (turn.kind === 'pause') return this.#deferred(name, turn.until, turn.reason, turn.onlyThese);
      const began = this.#deps.clock.elapsed();
      return await this.#ask(question, origin, { stamp: permit.stamp, turn, waited, began, onEnd }, signal);
    } finally {
      if (turn.kind === 'turn') turn.over();
      // Not before a pause is set: what is released serves the next caller.
      permit.release(report);
    }
  }

  #ask<T>(
    question: Question<T>,
    origin: Origin,
    call: OpenCall,
    signal: AbortSignal,
  ): Promise<CallResult<T>> {
    const { origin: name, user } = question;
    const { events } = this.#deps;
    return events.tracer.step(callStep(question), (span) => {
      events.emit('budget:call', { origin: name, user, waited: call.waited });
      return this.#answer(question, origin, { ...call, span }, signal);
    });
  }

  async #answer<T>(
    question: Question<T>,
    origin: Origin,
    call: OpenCall & { readonly span: Span },
    signal: AbortSignal,
  ): Promise<CallResult<T>> {
    const { clock } = this.#deps;
    const { stamp, began, onEnd } = call;
    const { ask } = question;
    try {
      const answers = await ask(origin);
      this.#answered(question, call);
      const apart = question.isAbsent(answers) ? 'absent' : undefined;
      onEnd({ outcome: 'ok', apart, ms: clock.elapsed() - began, kind: question.kind(answers) });
      this.#report(question, began, 'ok');
      return { kind: 'answered', answers, stamp };
    } catch (error) {
      signal.throwIfAborted();
      const failure =
        error instanceof OriginError
          ? error
          : new OriginError('permanent', messageOf(error), { cause: error });
      onEnd({ outcome: CALL_OUTCOMES[failure.class], apart: apartOf(failure), ms: clock.elapsed() - began });
      call.span.fail(failure.message);
      this.#report(question, began, failure.class, failure.message);
      return await this.#failed(question, failure, call);
    }
  }

  /** Many of the origin's keys were asked for, and none was answered: it is left alone for a while, by everybody. */
  async down(origin: string, reason: string): Promise<Pause> {
    const pause = this.#recordOf(origin).health.down(reason);
    await this.#deps.ledger.pause(origin, pause.until, reason, 'outage');
    return pause;
  }

  async #failed(
    of: Pick<Question<never>, 'origin' | 'subject' | 'options'>,
    failure: OriginError,
    call: OpenCall,
  ): Promise<CallResult<never>> {
    const { ledger, clock } = this.#deps;
    const { origin, options } = of;
    const { turn, began } = call;
    const { message, quotaSpent, retryAt } = failure;
    if (failure.class === 'throttled' || quotaSpent) {
      // It answers, and is not down.
      turn.succeeded();
      const { throttle, canaries } = this.#recordOf(origin);
      canaries.throttled(began, clock.elapsed());
      const until = quotaSpent ? throttle.spent() : throttle.throttled(began, retryAt);
      await ledger.pause(origin, until, message);
      return this.#deferred(origin, until, message);
    }
    if (failure.class === 'permanent') {
      this.#answered(of, call);
      return { kind: 'failed', permanent: true, reason: message, divisible: failure.refusesBatch };
    }
    if (retryAt !== undefined) {
      this.#answered(of, call);
      return { kind: 'failed', permanent: false, reason: message, divisible: false, readyAt: retryAt };
    }
    const reached = !isUnreached(failure);
    const pause = turn.failed({ reason: message, reached, isPart: options.isPart });
    const blameless = reached ? undefined : true;
    if (pause === undefined)
      return { kind: 'failed', permanent: false, reason: message, divisible: reached, blameless };
    await ledger.pause(origin, pause.until, message, 'outage');
    return this.#deferred(origin, pause.until, message);
  }

  #deferred(origin: string, until: number, reason: string, onlyThese = false): CallResult<never> {
    const { health, throttle } = this.#recordOf(origin);
    return health.isGivenUp || throttle.isGivenUp
      ? { kind: 'failed', permanent: true, reason, divisible: false, blameless: true }
      : { kind: 'deferred', until: throttle.waitUntil(until), reason, onlyThese };
  }

  #answered({ origin, subject }: Pick<Question<never>, 'origin' | 'subject'>, call: OpenCall): void {
    const { throttle, canaries } = this.#recordOf(origin);
    const { turn, began } = call;
    turn.succeeded();
    throttle.answered(began);
    canaries.answered(subject, began);
  }

  #recordOf(origin: string): OriginRecord {
    const known = this.#records.get(origin);
    if (known !== undefined) return known;
    const { clock, random, outage } = this.#deps;
    const record = {
      health: new OriginHealth({ clock, givenUpAfter: outage }),
      throttle: new ThrottleBackoff({ clock, random, givenUpAfter: outage }),
      canaries: new Canaries(),
    };
    this.#records.set(origin, record);
    return record;
  }

  #report(
    {
      origin,
      subject: source,
      keys,
      onCall,
    }: Pick<Question<never>, 'origin' | 'subject' | 'keys' | 'onCall'>,
    began: number,
    result: 'ok' | 'retryable' | 'throttled' | 'permanent',
    reason?: string,
  ): void {
    const { events, clock } = this.#deps;
    const ms = clock.elapsed() - began;
    onCall?.(ms, result === 'ok');
    const known = { origin, source, keys, ms, result };
    events.emit('origin:call', reason === undefined ? known : { ...known, reason });
  }
}
