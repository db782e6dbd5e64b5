/**
 * Records each call of a verb that changes something, whichever way it came: by the API, a command, the library, the inbox. What it says
 * of it (`note.ts`) stands on record, too. It is recorded when it has ended. Nobody waits for that, and nothing fails by it: what cannot be recorded is a problem, and counted as one. What was
 * refused as a request changed nothing, and is not recorded.
 */
import type { Action, AuditLog } from '../../catalog/audit-log.ts';
import type { Clock } from '../../core/clock.ts';
import { ERRORS, ForewarmError, messageOf } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { isRedisAway } from '../../core/redis-away.ts';
import { type Actor, actAs, currentActor } from '../../flow/actor.ts';
import { settleBy } from '../../flow/deadline.ts';
import { offErrand, onErrand } from '../../flow/errand.ts';
import type { Verbs } from '../verbs.ts';
import { type ActionVerb, BULL_BOARD, type Deed } from './action-verbs.ts';
import { type About, ACTIONS } from './actions.ts';
import { notedCall } from './note.ts';

export interface AuditedDeps {
  readonly auditLog: Pick<AuditLog, 'add'>;
  /** For whom this process acts where nobody else asks. */
  readonly self: Actor;
  /** Takes secrets out of a text. */
  readonly hide: (text: string) => string;
  readonly clock: Clock;
  readonly events: Events;
  readonly newId: () => string;
}

/** What is kept of each text, in characters. */
const LONGEST = 500;

/** Says how something ended. */
export type AuditedEnd = (outcome: Action['outcome'], result: string) => void;

/** The verbs, and a wait for what is not recorded yet. */
export interface Audited<V> {
  readonly verbs: V;
  /** Records what is done by bull-board, which is no verb. */
  begin(about: About): AuditedEnd;
  /** Until a time, in ms on the clock. */
  settled(deadline: number): Promise<void>;
}

type Call = (...args: readonly unknown[]) => Promise<unknown>;
/** A row, whatever its verb. */
interface AnyRow {
  readonly about: (...args: readonly unknown[]) => About | undefined;
  readonly result: (answer: unknown) => string;
}

export function audited<V extends Pick<Verbs, ActionVerb>>(verbs: V, deps: AuditedDeps): Audited<V> {
  const open = new Set<Promise<void>>();
  const record = (action: Action) => {
    const work = add(deps, action).finally(() => open.delete(work));
    open.add(work);
  };
  const rows = Object.entries(ACTIONS) as [ActionVerb, AnyRow][];
  // Each row is that of its verb, whose arguments it gets as they come.
  const own = rows.map(([verb, row]) => [verb, recorded(deps, verb, row, verbs[verb] as Call, record)]);
  return {
    verbs: { ...verbs, ...Object.fromEntries(own) },
    begin: (about) =>
      begun({ ...deps, verb: BULL_BOARD, actor: currentActor() ?? deps.self, about, note: '' }, record),
    settled: (deadline) => settleBy(deps.clock, deadline, Promise.all(open)),
  };
}

function recorded(
  deps: AuditedDeps,
  verb: ActionVerb,
  row: AnyRow,
  call: Call,
  record: (action: Action) => void,
): Call {
  const { hide, self } = deps;
  return async (...given) => {
    const { note, args, about: said } = notedCall(given, hide);
    const about = orUndefined(() => row.about(...said));
    const actor = currentActor() ?? self;
    const end = begun({ ...deps, verb, actor, about, note }, record);
    try {
      const answer = await actAs(actor, () => call(...args));
      end('done', orUndefined(() => row.result(answer)) ?? '');
      return answer;
    } catch (error) {
      if (!isRefused(error)) end('failed', messageOf(error));
      throw error;
    }
  };
}

interface Begun extends Pick<AuditedDeps, 'clock' | 'hide'> {
  readonly verb: Deed;
  readonly actor: Actor;
  /** Undefined of what is not put on record. */
  readonly about: About | undefined;
  readonly note: string;
}

/** From now on; what it returns records how it ended. */
function begun(
  { clock, hide, verb, actor, about, note }: Begun,
  record: (action: Action) => void,
): AuditedEnd {
  const began = clock.elapsed();
  return (outcome, result) => {
    if (about === undefined) return;
    const shown = (text: string) => cut(hide(text));
    record({
      ...{ who: cut(actor.who), way: actor.way, verb, about: shown(textOf(about)), note: cut(note) },
      ...{ outcome, result: shown(result), ms: Math.round(clock.elapsed() - began) },
    });
  };
}

/** The request was not understood, or not possible: nothing was done. Without the jobs Redis, nothing can be recorded either. */
function isRefused(error: unknown): boolean {
  return error instanceof ForewarmError && (ERRORS[error.code].status < 500 || isRedisAway(error));
}

async function add({ auditLog, events, newId }: AuditedDeps, action: Action): Promise<void> {
  try {
    // Whoever asked may have left: it is recorded all the same, within seconds or not at all.
    await offErrand(() => onErrand(() => auditLog.add(newId(), action)));
  } catch (error) {
    events.emit('problem', { where: `recording who asked for ${action.verb}`, error });
  }
}

/** What is given by programs may be anything; the verb itself says what is wrong with it. */
function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Members that say nothing are left out. */
function textOf(about: About): string {
  return Object.entries(about)
    .filter(([, value]) => !isNothing(value))
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ');
}

function isNothing(value: unknown): boolean {
  return (
    [undefined, null, false, ''].some((nothing) => nothing === value) ||
    (Array.isArray(value) && value.length === 0)
  );
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
