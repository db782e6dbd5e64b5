/** Making up for times that have passed, by hand. */
import { type Asker, noteOf } from '../../core/asker.ts';
import { ForewarmError } from '../../core/errors.ts';
import { nominalTimes, type TimeRule } from '../../policy/nominal-times.ts';
import { NO_WISHES, timingOf } from '../../policy/tick-rules.ts';
import type { Calendars } from '../../schedules/calendars.ts';
import { type FiringDeps, fire, type Schedule } from '../../schedules/fire.ts';
import { ruleOf } from '../../schedules/rule.ts';
import type { LeadingRule } from '../../schedules/schedule-account.ts';
import { type Tick, tickId } from '../../schedules/tick.ts';
import type { TickStore } from '../../schedules/tick-store.ts';
import { endOfRange, timeFor } from './local-times.ts';
import { ruleView } from './rule-view.ts';
import { type BackfillView, type CheckedBackfill, MOST_BACKFILLED } from './schedule-shapes.ts';

export interface BackfillDeps extends FiringDeps {
  readonly ticks: TickStore;
  readonly calendars: Calendars;
}

/** More records than any account keeps. */
export const ALL_RECORDS = 100_000;

export async function backfill(
  deps: BackfillDeps,
  schedule: Schedule,
  request: CheckedBackfill,
  by: string,
): Promise<BackfillView> {
  const { name } = schedule;
  const { now } = await deps.ticks.states([]);
  const range = { from: timeFor(request.from, [schedule]), to: endOfRange(request.to, schedule, now) };
  const rules = rulesWithin(await deps.ticks.rules(name), schedule.rule, range);
  const nominals = timesOf(schedule, rules, range, now);
  const ran = await runsOf(deps, name, nominals);
  const windows = await deps.calendars.windows(schedule.rules.calendar);
  const { leftOut } = timingOf({ ...schedule, windows }, nominalTimes(schedule.rule), NO_WISHES);
  const asker = { by, why: request.why ?? '' };
  const times: BackfillView['times'] = [];
  for (const nominal of nominals) {
    const run = ran.get(nominal);
    if (leftOut(nominal, nominal) !== undefined) times.push({ nominal, run: null, state: 'excepted' });
    else if (run !== undefined && !request.again) times.push({ nominal, run, state: 'ran' });
    else if (request.dryRun) times.push({ nominal, run: null, state: 'would-make' });
    else
      times.push({ nominal, run: await made(deps, { schedule: name, nominal }, run, asker), state: 'made' });
  }
  const went = rules.map(({ rule, until }) => ({ ...ruleView(rule), until: until ?? null }));
  return { schedule: name, dryRun: request.dryRun, rules: went, times };
}

/** The first and the last instant that is looked at, in ms since the epoch. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** A rule, and the last instant at which it held; undefined for the one that holds. */
interface RuleUntil {
  readonly rule: TimeRule;
  readonly until: number | undefined;
}

/** The rules that named the times of a range. Nobody knows what held before the first of them, so that one counts for it, too. */
function rulesWithin(
  past: readonly LeadingRule[],
  configured: TimeRule,
  { from, to }: Range,
): readonly RuleUntil[] {
  if (past.length === 0) return [{ rule: configured, until: undefined }];
  return past
    .map(({ rule, since }, i) => ({ rule: ruleOf(rule), until: past[i + 1]?.since, since, isFirst: i === 0 }))
    .filter(({ until, since, isFirst }) => (isFirst || since < to) && (until === undefined || until >= from))
    .map(({ rule, until }) => ({ rule, until }));
}

/**
 * A run of a time that has run before has another id: the one of that time says how it ended. Noted first: of a process that
 * dies in between, the run is made by the next back-fill, while what has run and is on no record would never be noted.
 */
async function made(
  deps: BackfillDeps,
  tick: Tick,
  before: string | undefined,
  asker: Asker,
): Promise<string | null> {
  const now = deps.clock.now();
  const id = before === undefined ? tickId(tick) : `${tickId(tick)}-again-${now}`;
  const { schedule, nominal } = tick;
  await deps.ticks.note(schedule, [{ ...asker, kind: 'back-filled', id, nominal, run: id }]);
  return (await fire(deps, tick, { since: now, id, note: noteOf(asker) })) ?? null;
}

function timesOf(
  { name, action }: Schedule,
  rules: readonly RuleUntil[],
  { from, to }: Range,
  now: number,
): number[] {
  const refuse = (message: string) =>
    new ForewarmError('E_REQUEST_INVALID', message, { details: { schedule: name } });
  if (action.kind !== 'run')
    throw refuse(`schedule "${name}" makes no runs: its next tick does what earlier ones would have done`);
  if (to > now)
    throw refuse(
      `${new Date(to).toISOString()} is in the future; a back-fill makes up for times that have passed`,
    );
  if (from > to) throw refuse('a back-fill begins before it ends: `from` is after `to`');
  const nominals: number[] = [];
  let after = from - 1;
  for (const { rule, until = to } of rules) {
    const { next } = nominalTimes(rule);
    for (let at = next(after); at !== undefined && at <= Math.min(until, to); at = next(at)) {
      nominals.push(at);
      if (nominals.length > MOST_BACKFILLED)
        throw refuse(
          `schedule "${name}" names more than ${MOST_BACKFILLED} times in that range; take a shorter one`,
        );
    }
    after = Math.max(after, until);
  }
  return nominals;
}

/** The runs of these times, as far back as they are remembered: of ticks that ran, and of those that were made up for by hand. */
async function runsOf(
  { ticks, runs }: BackfillDeps,
  schedule: string,
  nominals: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const records = await ticks.history(schedule, ALL_RECORDS);
  const ran = records.flatMap(({ end, nominal, run }) =>
    end === 'ran' && run !== undefined ? [[nominal, run] as const] : [],
  );
  const made = await Promise.all(
    nominals.map(async (nominal) => [nominal, await runs.get(tickId({ schedule, nominal }))] as const),
  );
  return new Map([
    ...ran,
    ...made.flatMap(([nominal, run]) => (run === undefined ? [] : [[nominal, run.id] as const])),
  ]);
}
