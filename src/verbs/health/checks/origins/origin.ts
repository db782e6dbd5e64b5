/** The doctor's look at an origin: inside its budget like every call, and once in ten seconds, however many look. */
import {
  apartOf,
  CALL_OUTCOMES,
  type CallApart,
  type CallReport,
  type Ledger,
  type LedgerState,
} from '../../../../budget/ledger.ts';
import { PROBE_COUNTS_MS, type ProbeRecord } from '../../../../catalog/probes.ts';
import { type Clock, sleep } from '../../../../core/clock.ts';
import { BudgetDeferredError, messageOf, OriginError } from '../../../../core/errors.ts';
import { isRedisAway } from '../../../../core/redis-away.ts';
import { roundDuration } from '../../../../core/units.ts';
import { within } from '../../../../flow/deadline.ts';
import { PATIENCE } from '../../../../flow/patience.ts';
import type { Origin } from '../../../../origins/origin.ts';
import { nameOf } from '../../../runs/run-waits.ts';
import { type DoctorCheck, type Found, inTime, ok, problem, warning } from '../../doctor-check.ts';
import type { OriginCheckDeps, ProbeLimits } from '../../examination.ts';

/** How often the finding of another process is looked for, in ms. */
const LOOK_EVERY_MS = 100;
/** How long an origin that asks for fewer calls without a time is left alone, and at most, in ms. */
const PAUSE_MS = { least: 1_000, most: 15 * 60_000 };

export const originsAnswer: DoctorCheck = {
  id: 'origin',
  whether: 'each origin answers, and is neither paused nor held back',
  worst: 'problem',
  why: 'An origin that does not answer keeps its values from being refreshed; one that is paused, or asked for fewer calls, slows that down. It is asked inside its budget, and once in ten seconds at most.',
  needsJobs: false,
  examine: (look) => Promise.all([...look.origins.values()].map((origin) => examineOrigin(look, origin))),
};

/** Bounded by itself, so that an origin that hangs says nothing of the others. */
function examineOrigin(deps: OriginCheckDeps, origin: Origin): Promise<Found> {
  const { name } = origin;
  return inTime(deps.clock, (signal) => ask(deps, origin, signal)).catch((failure: unknown) =>
    problem(`origins.${name}`, messageOf(failure), `check origins.${name}, and that it runs`),
  );
}

async function ask(deps: OriginCheckDeps, origin: Origin, signal: AbortSignal): Promise<Found> {
  const name = `origins.${origin.name}`;
  try {
    return await checkWithin(deps, deps, name, origin, signal);
  } catch (failure) {
    if (failure instanceof BudgetDeferredError) return notAsked(deps.clock, name, failure);
    if (!isRedisAway(failure)) throw failure;
    return checkWithin(deps, deps.alone, name, origin, signal);
  }
}

async function checkWithin(
  { clock, registry }: OriginCheckDeps,
  { ledger, probes }: ProbeLimits,
  name: string,
  origin: Origin,
  signal: AbortSignal,
): Promise<Found> {
  const { pausedUntil, pauseReason, pausedBy, ...state } = await ledger.state(origin.name);
  if (pausedUntil > clock.now()) {
    const by = nameOf(pausedBy, await registry.processes(clock.now()).catch(() => []));
    const who = by === null ? '' : `, by ${by}`;
    return warning(name, `paused for ${timeUntil(clock, pausedUntil)}${who}: ${pauseReason}`, PAUSED);
  }
  const found = (record: ProbeRecord) => withLimits(checkOf(origin, record, clock), state, clock);
  for (;;) {
    const claim = await probes.claim(origin.name);
    if (claim === 'claimed') break;
    if (claim !== 'asked') return found(claim);
    await sleep(clock, LOOK_EVERY_MS, signal);
  }
  let record: ProbeRecord | undefined;
  try {
    record = await probe({ clock, ledger }, origin, signal);
  } finally {
    await probes.note(origin.name, record).catch(() => undefined);
  }
  return found(record);
}

/** An origin that answers, and bears less than what is configured. */
function withLimits(
  check: Found,
  { lowered, limits }: Pick<LedgerState, 'lowered' | 'limits'>,
  clock: Clock,
): Found {
  if (lowered === undefined || check.level !== 'ok') return check;
  const rate =
    limits.intervalMs === 0 ? '' : ` and ${(1_000 / limits.intervalMs).toPrecision(3)} calls a second`;
  const since = roundDuration(clock.now() - lowered.since);
  const finding = `${check.finding}; its limits are lowered to ${limits.concurrency} at a time${rate} since ${since}: ${lowered.reason}`;
  return warning(
    check.where,
    finding,
    `lower its rate or its concurrency if it stays so; \`forewarm stats\` shows it`,
  );
}

/** Rejects with `BudgetDeferredError` when the budget allows no call. */
async function probe(
  { clock, ledger }: { readonly clock: Clock; readonly ledger: Ledger },
  origin: Origin,
  signal: AbortSignal,
): Promise<ProbeRecord> {
  const busy = () =>
    new BudgetDeferredError(origin.name, clock.now(), 'all the calls that it allows are under way');
  const take = (inner: AbortSignal) => ledger.permit(origin.name, inner);
  const permit = await within(clock, PATIENCE.permit, take, busy, signal);
  const began = clock.elapsed();
  const release = (outcome: CallReport['outcome'], apart?: CallApart) =>
    permit.release({ outcome, apart, ms: clock.elapsed() - began });
  try {
    await origin.probe(signal);
    release('ok');
    return { at: clock.now(), failure: undefined };
  } catch (failure) {
    const kind = failure instanceof OriginError ? failure.class : 'retryable';
    const message = messageOf(failure);
    if (kind === 'throttled') {
      const asked = failure instanceof OriginError ? failure.retryAt : undefined;
      const now = clock.now();
      const until = Math.min(Math.max(asked ?? 0, now + PAUSE_MS.least), now + PAUSE_MS.most);
      await ledger.pause(origin.name, until, message);
    }
    release(CALL_OUTCOMES[kind], failure instanceof OriginError ? apartOf(failure) : 'unanswered');
    return { at: clock.now(), failure: message };
  }
}

const PAUSED = 'nothing: it is asked again by itself; `forewarm stats` shows when';

function checkOf({ name: own }: Origin, { at, failure }: ProbeRecord, clock: Clock): Found {
  const name = `origins.${own}`;
  const past = clock.now() - at;
  const when = past < 1_000 ? '' : ` ${roundDuration(Math.min(past, PROBE_COUNTS_MS))} ago`;
  if (failure === undefined) return ok(name, when === '' ? 'answers' : `answered${when}`);
  return problem(
    name,
    when === '' ? failure : `${failure} (${when.trim()})`,
    `check origins.${own}, and that it runs`,
  );
}

function notAsked(clock: Clock, name: string, { retryAt, message }: BudgetDeferredError): Found {
  const wait = retryAt > clock.now() ? ` for ${timeUntil(clock, retryAt)}` : '';
  const remedy = 'nothing, unless calls are missing: then raise its rate or its concurrency';
  return warning(name, `not asked: its budget has no call to spare${wait} (${message})`, remedy);
}

function timeUntil(clock: Clock, until: number): string {
  return roundDuration(Math.max(0, until - clock.now()));
}
