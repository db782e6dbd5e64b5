/**
 * `explain KEY`: why a key is warm or cold, what holds it back now, and what would make it warm.
 *
 *     gathered                                     judged by tables, a sentence for each cause
 *     inspection.ts      tiers, catalog, params     why-rules.ts    what became of its value
 *     key-sets.ts        entity sets                kept-rules.ts   what keeps it warm
 *     source-facts.ts    budget, processes,         delays.ts      what holds it back, by delay-rules.ts
 *                        schedules, runs, jobs      next-rules.ts   when it is due, and why then
 *     key-runs.ts   manifests
 *
 * What must stay true:
 * - Who does not answer leaves out what it knows: the rest is told, and that it is left out.
 * - Every cold key has a cause that holds it back; `check` names its cold keys by the same tables.
 * - It reads, and changes nothing; what it reads has a bound.
 */
import { z } from 'zod';
import type { Attempts } from '../../catalog/attempts.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { type Popularity, reportedOver } from '../../catalog/popularity.ts';
import type { ProcessBeat } from '../../catalog/registry.ts';
import type { Runs } from '../../catalog/runs/runs.ts';
import { type Methods, withChecks } from '../../core/arguments.ts';
import { newestOf } from '../../core/entry.ts';
import { isWarm, servableAt, timeOf } from '../../core/freshness.ts';
import { shellWord } from '../../core/shell-word.ts';
import { inspectionOf, type LookedUp, type LookUpDeps, lookUp } from '../inspection.ts';
import { reportedBy } from '../reported-reads.ts';
import type { DelayCause } from './causes.ts';
import { runMakersOf, warmOf } from './delay-rules.ts';
import { DELAY_RULES } from './delays.ts';
import type { Explanation, VERDICTS } from './explanation-shapes.ts';
import { KEPT_RULES } from './kept-rules.ts';
import type { KeyFacts } from './key-facts.ts';
import { type KeyRuns, keyRuns } from './key-runs.ts';
import { type KeySetsDeps, keySets } from './key-sets.ts';
import { type KeyReads, keyWorth } from './key-worth.ts';
import { NEXT_RULES } from './next-rules.ts';
import { silentTiersOf } from './silent-tiers.ts';
import { factsOfSources, type SourceFactsDeps } from './source-facts.ts';
import { type Told, tell } from './told.ts';
import { targetWords, WHY_RULES } from './why-rules.ts';

export interface ExplanationVerbs {
  /** Rejects with `E_SELECTOR_INVALID` for a key of no source, with the key that was likely meant. */
  explain(key: string): Promise<Explanation>;
}

export interface ExplanationVerbsDeps extends LookUpDeps, KeySetsDeps, Omit<SourceFactsDeps, 'runs'> {
  readonly runs: Pick<Runs, 'active' | 'list' | 'chunk'>;
  readonly failedAttempts: Pick<Attempts, 'of'>;
  readonly popularity: Pick<Popularity, 'of' | 'top' | 'reports'>;
  readonly catalog: LookUpDeps['catalog'] & Pick<Catalog, 'size'>;
}

const methods = { explain: [['key', z.string()]] } as const satisfies Methods;

export function explanationVerbs(deps: ExplanationVerbsDeps): ExplanationVerbs {
  return withChecks(methods, { explain: (key) => explain(deps, key) });
}

async function explain(deps: ExplanationVerbsDeps, key: string): Promise<Explanation> {
  const looked = await lookUp(deps, key);
  const { source } = looked;
  const [around, sets, attempts, touching, reads] = await Promise.all([
    factsOfSources(deps)(source),
    keySets(deps, source, key),
    deps.failedAttempts.of(source.name, key).catch(() => []),
    keyRuns(deps, source, key).catch(() => undefined),
    readsOf(deps, source.name, key).catch(() => undefined),
  ]);
  const facts = { ...factsOf(deps, looked), sets, around, runs: touching };
  return {
    ...inspectionOf(looked, facts.now),
    ...judged(facts),
    fences: facts.fences.map(({ target, mode, stamp }) => ({
      ...{ target: targetWords(target), mode, at: timeOf(stamp) },
    })),
    attempts: attempts.map(({ at, outcome, reason, run = null }) => ({ at, outcome, reason, run })),
    ...runsView(touching),
    schedules: [...around.refreshes, ...runMakersOf(facts)].map(({ name, kind, nextAt, paused }) => ({
      ...{ name, kind, nextAt, paused: paused !== null },
    })),
    reads: reads?.own ?? null,
    reported: reads === undefined ? null : reportedView(reads, around.processes ?? []),
    worth: keyWorth(source, reads),
  };
}

function factsOf(
  { clock, stack }: ExplanationVerbsDeps,
  { key, source, record, silence, readFailure, tiers }: LookedUp,
): Omit<KeyFacts, 'sets' | 'around' | 'runs'> {
  const head = newestOf(tiers.map((tier) => tier.head));
  const fences = head === undefined ? [] : stack.fences.over(head);
  const silent = silentTiersOf(
    stack,
    key,
    (tier) => tiers.find((each) => each.tier === tier)?.error ?? undefined,
  );
  return { ...{ key, source, now: clock.now(), head, fences, silent }, record, silence, readFailure };
}

type Judged = Pick<Explanation, 'verdict' | 'why' | 'delays' | 'kept' | 'next' | 'command'>;

function judged(facts: KeyFacts): Judged {
  const verdict = verdictOn(facts);
  const isCold = verdict !== 'warm';
  const delays = tell(DELAY_RULES, facts);
  return {
    verdict,
    why: isCold ? tell(WHY_RULES, facts) : [],
    delays,
    kept: only(tell(KEPT_RULES, facts)),
    next: only(tell(NEXT_RULES, facts)),
    command: isCold ? commandFor(facts, delays) : (firstOf(delays) ?? null),
  };
}

function verdictOn({ head, silent, now }: KeyFacts): (typeof VERDICTS)[number] {
  if (isWarm(servableAt(head, now))) return 'warm';
  return silent.length > 0 ? 'unknown' : 'cold';
}

/** Of a table of which exactly one applies. */
function only<C extends string>(told: readonly Told<C>[]): Told<C> {
  const [first] = told;
  if (first === undefined) throw new Error('a table of causes has no last resort');
  return first;
}

/** What the start of a process would end: it warms a key once it is due, and `warm` does so at once, by itself if need be. */
const ROLES: ReadonlySet<string> = new Set<DelayCause>(['no-worker', 'no-scheduler']);

type Delays = readonly Told<DelayCause>[];

function firstOf(delays: Delays): string | undefined {
  const first = delays.find(({ command }) => command !== null)?.command;
  return first == null ? undefined : `forewarm ${first}`;
}

/** What ends the first delay that a command ends; else a run of this key alone. */
function commandFor({ key }: KeyFacts, delays: Delays): string {
  return (
    firstOf(delays.filter(({ cause }) => !ROLES.has(cause))) ??
    `forewarm ${warmOf(key).map(shellWord).join(' ')}`
  );
}

function runsView(touching: KeyRuns | undefined): Pick<Explanation, 'runs' | 'runsAreAll'> {
  const runs = (touching?.found ?? []).map(({ run: { id, schedule, endedAt }, outcome }) => ({
    ...{ run: id, schedule: schedule ?? null, outcome: outcome ?? null, endedAt: endedAt ?? null },
  }));
  return { runs, runsAreAll: touching?.isAll ?? null };
}

async function readsOf(
  { popularity, catalog, clock }: ExplanationVerbsDeps,
  source: string,
  key: string,
): Promise<KeyReads> {
  const now = clock.now();
  const [reports, [own = 0], most, { keys: size }] = await Promise.all([
    popularity.reports(source, now),
    popularity.of(source, [key], now),
    popularity.top(source, 1, now),
    catalog.size(source, now),
  ]);
  return { own, isReported: (most[0]?.reads ?? 0) > 0, size, reports, now };
}

function reportedView(
  { reports, now }: KeyReads,
  processes: readonly ProcessBeat[],
): Explanation['reported'] {
  return { ...reportedBy(reports, processes), overMs: reportedOver(reports, now) };
}
