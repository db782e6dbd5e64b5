/** Making up for times that have passed, by hand. */
import { ForewarmError } from '../../core/errors.ts';
import { nominalTimes } from '../../policy/nominal-times.ts';
import { timingOf } from '../../policy/tick-rules.ts';
import type { Calendars } from '../../schedules/calendars.ts';
import { type FiringDeps, fire, type Schedule } from '../../schedules/fire.ts';
import { tickId } from '../../schedules/tick.ts';
import type { TickStore } from '../../schedules/tick-store.ts';
import { type BackfillRequest, type BackfillView, MOST_BACKFILLED } from './schedule-shapes.ts';

export interface BackfillDeps extends FiringDeps {
  readonly ticks: TickStore;
  readonly calendars: Calendars;
}

/** More records than any account keeps. */
const ALL_RECORDS = 100_000;

export async function backfill(
  deps: BackfillDeps,
  schedule: Schedule,
  request: BackfillRequest,
): Promise<BackfillView> {
  const { name } = schedule;
  const nominals = timesOf(schedule, request, deps.clock.now());
  const ran = await runsOf(deps, name, nominals);
  const windows = await deps.calendars.windows(schedule.rules.calendar);
  const { leftOut } = timingOf({ ...schedule, windows }, nominalTimes(schedule.rule), new Set());
  const times: BackfillView['times'] = [];
  for (const nominal of nominals) {
    const run = ran.get(nominal);
    if (leftOut(nominal, nominal) !== undefined) times.push({ nominal, run: null, state: 'excepted' });
    else if (run !== undefined && !request.again) times.push({ nominal, run, state: 'ran' });
    else if (request.dryRun) times.push({ nominal, run: null, state: 'would-make' });
    else times.push({ nominal, run: await made(deps, schedule, nominal, run), state: 'made' });
  }
  return { schedule: name, dryRun: request.dryRun, times };
}

/** A run of a time that has run before has another id: the one of that time says how it ended. */
async function made(
  deps: BackfillDeps,
  { name }: Schedule,
  nominal: number,
  before: string | undefined,
): Promise<string | null> {
  const now = deps.clock.now();
  const tick = { schedule: name, nominal };
  const again = before === undefined ? {} : { id: `${tickId(tick)}-again-${now}` };
  return (await fire(deps, tick, { since: now, ...again })) ?? null;
}

function timesOf({ name, rule, action }: Schedule, { from, to }: BackfillRequest, now: number): number[] {
  const refuse = (message: string) =>
    new ForewarmError('E_REQUEST_INVALID', message, { details: { schedule: name } });
  if (action.kind !== 'run')
    throw refuse(`schedule "${name}" makes no runs: its next tick does what earlier ones would have done`);
  if (to > now)
    throw refuse(
      `${new Date(to).toISOString()} is in the future; a back-fill makes up for times that have passed`,
    );
  if (from > to) throw refuse('a back-fill begins before it ends: `from` is after `to`');
  const { next } = nominalTimes(rule);
  const nominals: number[] = [];
  for (let at = next(from - 1); at !== undefined && at <= to; at = next(at)) {
    nominals.push(at);
    if (nominals.length > MOST_BACKFILLED)
      throw refuse(
        `schedule "${name}" names more than ${MOST_BACKFILLED} times in that range; take a shorter one`,
      );
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
