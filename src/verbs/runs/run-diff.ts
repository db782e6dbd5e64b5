/** What is new in a run, against another one: which keys fail, recovered, came and left, and what has become slow. */
import type { ChunkCalls, RunCalls, SlowCall } from '../../catalog/runs/run-calls.ts';
import type { Run, Runs } from '../../catalog/runs/runs.ts';
import { sumOfCalls } from '../../core/call-record.ts';
import type { Clock } from '../../core/clock.ts';
import type { Estimate } from '../../core/estimate.ts';
import { fractionOf } from '../../core/fraction.ts';
import { type Outcome, outcomeOfCode, PENDING_CODE, WARM_OUTCOMES } from '../../core/outcome.ts';
import { Breath } from '../../flow/breath.ts';
import { spreadOf } from '../../policy/estimate.ts';
import { type FailureReasonsDeps, failureReasons } from './failure-reasons.ts';
import { chunksOf } from './manifest.ts';
import { isPlanned, progressOf } from './run-progress.ts';
import type { RunDiff } from './run-report-shapes.ts';

type ChangedKeys = RunDiff['came'];

export interface RunDiffDeps extends FailureReasonsDeps {
  readonly runs: Pick<Runs, 'chunk'>;
  readonly runCalls: Pick<RunCalls, 'of'>;
  readonly clock: Clock;
}

/** Keys that are held at a time; of more, both runs are read several times. */
const HELD = 200_000;
/** How much longer the median must be, and of how many calls, to be called slower. */
const SLOWER = 1.5;
const FEW_CALLS = 5;

const FAILING: ReadonlySet<Outcome> = new Set<Outcome>(['failed', 'refused']);

type Kind = 'newlyFailing' | 'stillFailing' | 'recovered' | 'unasked' | 'excluded' | 'came' | 'left';

/** What has become of a key that failed, or fails. `asked`: outcomes that only an answer of its origin can have. */
function kindOf(
  was: Outcome | undefined,
  is: Outcome | undefined,
  asked: ReadonlySet<Outcome>,
): Kind | undefined {
  if (is === 'excluded') return 'excluded';
  const failed = was !== undefined && FAILING.has(was);
  if (is !== undefined && FAILING.has(is)) return failed ? 'stillFailing' : 'newlyFailing';
  // One that was set aside had failed, too.
  if (is === undefined || !(failed || was === 'excluded')) return undefined;
  if (asked.has(is)) return 'recovered';
  return failed && WARM_OUTCOMES.has(is) ? 'unasked' : undefined;
}

/**
 * A run that is not forced asks for no key that was found absent lately. Where the other one was not forced either, a key that failed
 * was none of these.
 */
function askedOutcomes(before: Run, run: Run): ReadonlySet<Outcome> {
  const isKnown = run.options.force || !before.options.force;
  return new Set<Outcome>(isKnown ? ['warmed', 'unchanged', 'absent'] : ['warmed', 'unchanged']);
}

/** `before` and `run` are of the same keys, more or less. Names up to `samples` keys of each kind. */
export async function diffOf(deps: RunDiffDeps, before: Run, run: Run, samples: number): Promise<RunDiff> {
  const kinds = {
    ...{ newlyFailing: none(), stillFailing: none(), recovered: none(), unasked: none(), excluded: none() },
    ...{ came: none(), left: none() },
  };
  const note = (kind: Kind, key: string) => {
    const changed = kinds[kind];
    changed.count += 1;
    if (changed.keys.length < samples) changed.keys.push({ key, reason: '' });
  };
  const asked = askedOutcomes(before, run);
  const passes = Math.max(1, Math.ceil(before.total / HELD));
  for (let pass = 0; pass < passes; pass += 1) {
    const isMeant = (key: string) => passes === 1 || Math.floor(fractionOf(key) * passes) === pass;
    const known = new Map<string, Outcome | undefined>();
    await eachKey(deps, before, (key, outcome) => void (isMeant(key) && known.set(key, outcome)));
    await eachKey(deps, run, (key, outcome) => {
      if (!isMeant(key)) return;
      const was = known.get(key);
      if (!known.delete(key) && isPlanned(before)) note('came', key);
      const kind = kindOf(was, outcome, asked);
      if (kind !== undefined) note(kind, key);
    });
    if (isPlanned(run)) for (const key of known.keys()) note('left', key);
  }
  const { newlyFailing, stillFailing, excluded } = kinds;
  await Promise.all([
    ...[newlyFailing, stillFailing].map((failing) => explain(deps, run, failing, false)),
    explain(deps, run, excluded, true),
  ]);
  const [were, are] = await Promise.all([deps.runCalls.of(before.id), deps.runCalls.of(run.id)]);
  const ids = { run: run.id, progress: progressOf(run), to: before.id, toProgress: progressOf(before) };
  return { ...ids, ...kinds, coverage: coverageOf(before, run), ...latencies(were, are) };
}

function none(): ChangedKeys {
  return { count: 0, keys: [] };
}

async function eachKey(
  { runs, clock }: RunDiffDeps,
  run: Run,
  visit: (key: string, outcome: Outcome | undefined) => void,
): Promise<void> {
  const breath = new Breath({ clock });
  for await (const { chunk } of chunksOf(runs, run)) {
    chunk.keys.forEach((key, i) => void visit(key, outcomeOfCode(chunk.outcomes[i] ?? PENDING_CODE)));
    if (breath.isDue) await breath.take();
  }
}

async function explain(deps: RunDiffDeps, run: Run, { keys }: ChangedKeys, isAside: boolean): Promise<void> {
  const unwarmed = keys.map(({ key }) => ({ key, isAside }));
  const reasons = await failureReasons(deps, run, unwarmed);
  keys.forEach((changed, i) => {
    changed.reason = reasons[i] ?? '';
  });
}

function coverageOf(before: Run, run: Run): RunDiff['coverage'] {
  const tiers = [...new Set([...Object.keys(before.coverage), ...Object.keys(run.coverage)])];
  const share = ({ coverage }: Run, tier: string) => {
    const { warm = 0, total = 0 } = coverage[tier] ?? {};
    return total === 0 ? null : warm / total;
  };
  return tiers.map((tier) => ({ tier, before: share(before, tier), after: share(run, tier) }));
}

function latencies(
  were: readonly ChunkCalls[],
  are: readonly ChunkCalls[],
): Pick<RunDiff, 'sources' | 'slowKeys' | 'moreSlow'> {
  const [earlier, later] = [tookBySource(were), tookBySource(are)];
  const sources = [...new Set([...earlier.keys(), ...later.keys()])].map((source) => {
    const [before, after] = [earlier.get(source) ?? null, later.get(source) ?? null];
    const isKnown = before !== null && after !== null;
    return { source, before, after, slower: isKnown && after.likely >= before.likely * SLOWER };
  });
  const wereSlow = new Set(slowestOf(were).map(({ key }) => key));
  const slowKeys = are.flatMap(({ source, slow }) => {
    const usual = earlier.get(source)?.high;
    return usual === undefined ? [] : slow.filter(({ key, ms }) => ms > usual * 2 && !wereSlow.has(key));
  });
  const named = slowestFirst(slowKeys);
  const moreSlow = new Set(slowKeys.map(({ key }) => key)).size - named.length;
  return { sources, slowKeys: named, moreSlow };
}

function tookBySource(all: readonly ChunkCalls[]): ReadonlyMap<string, Estimate> {
  const bySource = Map.groupBy(all, ({ source }) => source);
  return new Map(
    [...bySource].flatMap(([source, own]) => {
      const sum = sumOfCalls(own);
      const took = sum.calls < FEW_CALLS ? undefined : spreadOf(sum.took);
      return took === undefined ? [] : [[source, took] as const];
    }),
  );
}

/** Slow keys that are named of a run. */
const MOST_SLOW = 10;

export function slowestOf(all: readonly ChunkCalls[]): SlowCall[] {
  return slowestFirst(all.flatMap(({ slow }) => slow));
}

function slowestFirst(all: readonly SlowCall[]): SlowCall[] {
  const slowest = new Map<string, SlowCall>();
  for (const each of all) if (each.ms > (slowest.get(each.key)?.ms ?? -1)) slowest.set(each.key, each);
  return [...slowest.values()].sort((a, b) => b.ms - a.ms).slice(0, MOST_SLOW);
}
