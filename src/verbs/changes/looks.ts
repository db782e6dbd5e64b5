/** What is looked at for changes: each kind of thing in small, at a cost that is bounded whatever is configured and stored. */
import type { Ledger, LedgerState } from '../../budget/ledger.ts';
import type { AuditLog } from '../../catalog/audit-log.ts';
import type { DeadLetters } from '../../catalog/dead-letters.ts';
import type { MeasuredMark } from '../../catalog/measured-mark.ts';
import type { ProcessBeat, Registry } from '../../catalog/registry.ts';
import type { Run, Runs } from '../../catalog/runs/runs.ts';
import { type Budget, perSecondOf } from '../../core/budget.ts';
import type { Clock } from '../../core/clock.ts';
import { slices } from '../../redis/slices.ts';
import type { Schedule } from '../../schedules/fire.ts';
import type { ScheduleAccount, SkipRecord } from '../../schedules/schedule-account.ts';
import type { TickStore } from '../../schedules/tick-store.ts';
import { breakerOf } from '../breaker.ts';
import type { Change } from './change-shapes.ts';

export interface Look {
  /** For people, where it fails. */
  readonly name: string;
  /** It is done at each so manieth look: beats of processes come every few seconds, for instance. */
  readonly every: number;
  /** Whether `read` sees all of its kind, or some of them in turn. */
  readonly sees: 'all' | 'some';
  /** Whether it is news that something is not seen any more. */
  readonly tellsOfLeaving: boolean;
  /** `isFirst`: all of them, although only some are seen at a time later. */
  read(isFirst: boolean): Promise<readonly Change[]>;
}

export interface LooksDeps {
  readonly runs: Pick<Runs, 'active' | 'get' | 'list'>;
  readonly registry: Pick<Registry, 'ticks' | 'processes'>;
  readonly measuredMark: Pick<MeasuredMark, 'read'>;
  readonly ticks: Pick<TickStore, 'states'>;
  readonly schedules: readonly Schedule[];
  readonly ledger: Pick<Ledger, 'state'>;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly deadLetters: Pick<DeadLetters, 'list' | 'total'>;
  readonly auditLog: Pick<AuditLog, 'list'>;
  readonly clock: Clock;
}

/** The newest runs: one that begins and ends between two looks is among them. */
const NEWEST_RUNS = 20;
const NEWEST_ACTIONS = 20;
const ASKS_OF_SCHEDULES: ReadonlySet<string> = new Set(['pauseSchedules', 'resumeSchedules', 'skipTick']);
/** Schedules, and origins, that are looked at in one go. */
const SCHEDULES_AT_A_TIME = 100;
const ORIGINS_AT_A_TIME = 10;
/** Of so many looks one is at processes, too, which report every four seconds. */
const EVERY_FIFTH = 5;

const SEES_ALL = { every: 1, sees: 'all', tellsOfLeaving: false } as const;
const IN_TURN = { every: 1, sees: 'some', tellsOfLeaving: false } as const;

export function looksAt(deps: LooksDeps): readonly Look[] {
  return [
    runsLook(deps),
    { ...SEES_ALL, name: 'ticks', read: () => ticksOf(deps) },
    schedulesLook(deps),
    originsLook(deps),
    { ...SEES_ALL, name: 'dead letters', read: () => deadLettersOf(deps) },
    { ...SEES_ALL, name: 'the audit log', read: () => actionsOf(deps) },
    { ...SEES_ALL, name: 'measurements', tellsOfLeaving: true, read: () => measuredOf(deps) },
    {
      ...SEES_ALL,
      name: 'processes',
      every: EVERY_FIFTH,
      tellsOfLeaving: true,
      read: () => processesOf(deps),
    },
  ];
}

/** Runs that went on at the last look are looked at once more when they have ended. */
function runsLook({ runs }: LooksDeps): Look {
  let goingOn: readonly string[] = [];
  return {
    ...SEES_ALL,
    name: 'runs',
    async read() {
      const [active, newest] = await Promise.all([runs.active(), runs.list(NEWEST_RUNS, undefined)]);
      const found = new Map([...newest.runs, ...active].map((run) => [run.id, run]));
      const ended = await Promise.all(goingOn.filter((id) => !found.has(id)).map((id) => runs.get(id)));
      goingOn = active.map(({ id }) => id);
      return [...found.values(), ...ended.filter((run) => run !== undefined)].map(runChange);
    },
  };
}

function runChange(run: Run): Change {
  const { id, state, cause, total, pending, counts, revision, createdAt } = run;
  return {
    ...{ kind: 'run', name: id, gone: false, state, endedReason: run.endedReason ?? null, cause },
    ...{ schedule: run.schedule ?? null, total, pending, counts: { ...counts }, revision, createdAt },
  };
}

async function ticksOf({ registry }: LooksDeps): Promise<Change[]> {
  const ticks = await registry.ticks();
  return ticks.map(({ schedule, nominal, run = null }) => ({
    ...{ kind: 'tick', name: schedule, gone: false, nominal, run, skipped: null },
  }));
}

/** The names that are looked at next, of all of them in turn; all at once where it is the first look. */
function turnsOf(
  names: readonly string[],
  most: number,
): (isFirst: boolean) => readonly (readonly string[])[] {
  let at = 0;
  return (isFirst) => {
    if (isFirst) return slices(names, most);
    const turn = names.slice(at, at + most);
    at = at + most >= names.length ? 0 : at + most;
    return [turn];
  };
}

/** In turn; and all of them at once when somebody has just wanted something of schedules. */
function schedulesLook({ ticks, schedules, auditLog }: LooksDeps): Look {
  const turns = turnsOf(
    schedules.map(({ name }) => name),
    SCHEDULES_AT_A_TIME,
  );
  let latest: string | undefined;
  const isAsked = async () => {
    if (schedules.length <= SCHEDULES_AT_A_TIME) return false;
    const { actions } = await auditLog.list({}, NEWEST_ACTIONS, undefined);
    const before = latest;
    latest = actions.find(({ verb }) => ASKS_OF_SCHEDULES.has(verb))?.id;
    return latest !== before;
  };
  return {
    ...IN_TURN,
    name: 'schedules',
    async read(isFirst) {
      const changes: Change[] = [];
      const all = (await isAsked()) || isFirst;
      for (const names of turns(all)) {
        if (names.length === 0) continue;
        const { states } = await ticks.states(names);
        changes.push(...names.map((name, i) => scheduleChange(name, states[i])));
        changes.push(...names.flatMap((name, i) => skipChange(name, states[i]?.skipped)));
      }
      return changes;
    },
  };
}

function scheduleChange(name: string, account: ScheduleAccount | undefined): Change {
  const { paused, asked = [] } = account ?? {};
  return {
    ...{ kind: 'schedule', name, gone: false },
    paused: paused === undefined ? null : { ...paused, until: paused.until ?? null },
    leftOut: asked.map(({ nominal }) => nominal),
  };
}

/** A schedule that skipped several times since the last look tells of the last one. */
function skipChange(name: string, skipped: SkipRecord | undefined): Change[] {
  if (skipped === undefined) return [];
  const { nominal, count = null, ...how } = skipped;
  return [{ kind: 'tick', name, gone: false, nominal, run: null, skipped: { ...how, count } }];
}

function originsLook({ ledger, budgets }: LooksDeps): Look {
  const turns = turnsOf([...budgets.keys()], ORIGINS_AT_A_TIME);
  return {
    ...IN_TURN,
    name: 'origins',
    async read(isFirst) {
      const changes: Change[] = [];
      for (const names of turns(isFirst)) {
        const states = await Promise.all(names.map((name) => ledger.state(name)));
        changes.push(...states.flatMap((state) => originChange(state, budgets.get(state.origin))));
      }
      return changes;
    },
  };
}

function originChange(state: LedgerState, budget: Budget | undefined): Change[] {
  if (budget === undefined) return [];
  const { origin, pausedUntil, pauseReason, lowered, limits } = state;
  return [
    {
      ...{ kind: 'origin', name: origin, gone: false },
      paused: pausedUntil === 0 ? null : { until: pausedUntil, reason: pauseReason },
      lowered: lowered === undefined ? null : { since: lowered.since, reason: lowered.reason },
      breaker: breakerOf(state).state,
      concurrency: limits.concurrency,
      perSecond: perSecondOf(budget, limits.intervalMs),
    },
  ];
}

async function deadLettersOf({ deadLetters }: LooksDeps): Promise<Change[]> {
  const [keys, [latest]] = await Promise.all([deadLetters.total(), deadLetters.list(1)]);
  return [{ kind: 'dead-letters', name: '', gone: false, keys, latest: latest?.at ?? null }];
}

/** Of more actions than so many in a second, the newest are told. */
async function actionsOf({ auditLog }: LooksDeps): Promise<Change[]> {
  const { actions } = await auditLog.list({}, NEWEST_ACTIONS, undefined);
  return actions.map(({ id, who, verb, outcome, at }) => ({
    ...{ kind: 'audit', name: id, gone: false, who, verb, outcome, endedAt: at },
  }));
}

async function measuredOf({ measuredMark }: LooksDeps): Promise<Change[]> {
  const measured = await measuredMark.read();
  if (measured === undefined) return [];
  const aside = Object.entries(measured.quarantined);
  return [
    { kind: 'measured', name: '', gone: false, measuredAt: measured.at },
    ...aside.map(([name, keys]): Change => ({ kind: 'quarantine', name, gone: false, keys })),
  ];
}

async function processesOf({ registry, clock }: LooksDeps): Promise<Change[]> {
  return (await registry.processes(clock.now())).map(processChange);
}

function processChange({ id, roles, host, pid, startedAt, knows }: ProcessBeat): Change {
  const version = knows?.version ?? null;
  return { kind: 'process', name: id, gone: false, roles: [...roles], host, pid, version, startedAt };
}
