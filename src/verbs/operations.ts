/** The verbs that look at the whole, and look after it: coverage, statistics, housekeeping, dead letters. */
import type { DeadLetter, DeadLetters } from '../catalog/dead-letters.ts';
import { messageOf } from '../core/errors.ts';
import { isWarm, servableAt } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import { formatSelector, parseSelector } from '../core/selector-grammar.ts';
import { sourceOfKey } from '../core/sources.ts';
import type { Gc } from '../jobs/gc.ts';
import { CONTROL_LANE } from '../queue/queue.ts';
import type { Tier } from '../tiers/tier.ts';
import type { SelectedKeys, Selection } from '../warming/selection.ts';
import { type StatsDeps, stats } from './stats.ts';
import type { CoverageReport, DeadLetterView, Verbs } from './verbs.ts';

export interface OperationsDeps extends StatsDeps {
  readonly deadLetters: DeadLetters;
  readonly selection: Selection;
  readonly gc: Gc;
  readonly warm: Verbs['warm'];
}

/** Reasons shown by `check`. */
const REASONS = 5;
/** Keys per selector when dead letters are queued again. */
const REDRIVE_SLICE = 500;

type OperationVerbs = Pick<Verbs, 'check' | 'stats' | 'gc' | 'deadLetters' | 'redrive'>;

export function operationVerbs(deps: OperationsDeps): OperationVerbs {
  return {
    check: (selector, samples) => check(deps, selector, samples),
    stats: () => stats(deps),
    gc: () => deps.gc.collect(NEVER),
    deadLetters: (limit) => deadLetterPage(deps, limit),
    redrive: (ids) => redrive(deps, ids),
  };
}

type MutableCoverage = {
  -readonly [K in keyof CoverageReport['tiers'][number]]: CoverageReport['tiers'][number][K];
};

async function check(deps: OperationsDeps, text: string, samples: number): Promise<CoverageReport> {
  const { stack, selection } = deps;
  const selector = parseSelector(text);
  const tiers = stack.tiers.map(({ name }): MutableCoverage => {
    const none = { total: 0, fresh: 0, due: 0, stale: 0, missing: 0, bytes: 0 };
    return { tier: name, ...none, missingSamples: [], error: null };
  });
  const sources = new Map<string, { total: number; warm: number }>();
  const reasons = new Map<string, number>();
  for await (const page of selection.expected(selector, NEVER)) {
    const warm = new Set<string>();
    await stack.fences.sync();
    await Promise.all(stack.tiers.map((tier, t) => cover(deps, tier, page, tiers[t], warm, samples)));
    const sum = sources.get(page.source.name) ?? { total: 0, warm: 0 };
    sources.set(page.source.name, { total: sum.total + page.keys.length, warm: sum.warm + warm.size });
    await explain(deps, page, warm, reasons);
  }
  return {
    selector: text,
    total: [...sources.values()].reduce((all, { total }) => all + total, 0),
    tiers,
    sources: [...sources].map(([source, sum]) => ({ source, ...sum })),
    reasons: [...reasons]
      .sort(([, a], [, b]) => b - a)
      .slice(0, REASONS)
      .map(([reason, keys]) => ({ reason, keys })),
  };
}

async function cover(
  { clock, stack }: OperationsDeps,
  tier: Tier,
  page: SelectedKeys,
  sum: MutableCoverage | undefined,
  warm: Set<string>,
  samples: number,
): Promise<void> {
  if (sum === undefined) return;
  const keys = page.keys.filter((key) => tier.traits.keeps.uses(key));
  sum.total += keys.length;
  const entries = await stack.look(tier, keys, 'head', NEVER).catch((error: unknown) => {
    sum.error = messageOf(error);
    return [];
  });
  const now = clock.now();
  keys.forEach((key, i) => {
    const head = entries[i]?.head;
    const freshness = servableAt(head, now);
    if (freshness === 'gone') {
      sum.missing += 1;
      if (sum.missingSamples.length < samples) sum.missingSamples.push(key);
      return;
    }
    sum[freshness] += 1;
    sum.bytes += head?.bodyBytes ?? 0;
    if (isWarm(freshness)) warm.add(key);
  });
}

/** Why keys are not warm: what the catalog knows of their last attempt. */
async function explain(
  { catalog }: OperationsDeps,
  { source, keys }: SelectedKeys,
  warm: ReadonlySet<string>,
  reasons: Map<string, number>,
): Promise<void> {
  const cold = keys.filter((key) => !warm.has(key));
  if (cold.length === 0) return;
  for (const record of await catalog.get(source.name, cold)) {
    const reason =
      record === undefined
        ? 'never warmed'
        : record.failure === undefined
          ? 'waits to be fetched'
          : `${record.failure.outcome}: ${record.failure.reason}`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
}

/** Keys that failed for good, and jobs that did. A job's id carries its lane, so that it can be found again. */
async function deadLetterPage({ deadLetters, queue, budgets }: OperationsDeps, limit: number) {
  const [keys, total, ...failed] = await Promise.all([
    deadLetters.list(limit),
    deadLetters.total(),
    ...[CONTROL_LANE, ...budgets.keys()].map((lane) => queue.failed(lane, limit)),
  ]);
  const ofKeys = keys.map(({ id, key, source, run, reason, at, attempts }): DeadLetterView => {
    return { id, kind: 'key', subject: key, source, run: run ?? null, reason, at, attempts };
  });
  const ofJobs = failed.flat().map(({ id, lane, kind, reason, failedAt, attempts }): DeadLetterView => {
    return {
      id: `${lane}/${id}`,
      kind: 'job',
      subject: kind,
      source: null,
      run: null,
      reason,
      at: failedAt,
      attempts,
    };
  });
  const all = [...ofKeys, ...ofJobs].sort((a, b) => b.at - a.at);
  return { letters: all.slice(0, limit), total: total + ofJobs.length };
}

/** Keys become a new run; jobs go back to their lane. */
async function redrive(deps: OperationsDeps, ids: readonly string[]): Promise<number> {
  const { deadLetters, queue } = deps;
  const wanted = ids.length > 0 ? ids : (await deadLetterPage(deps, 10_000)).letters.map(({ id }) => id);
  let count = await redriveKeys(deps, await deadLetters.take(wanted.filter((id) => !id.includes('/'))));
  const byLane = Map.groupBy(
    wanted.filter((id) => id.includes('/')),
    (id) => id.slice(0, id.indexOf('/')),
  );
  for (const [lane, jobs] of byLane) {
    const redriven = jobs.map((id) => id.slice(lane.length + 1));
    count += await queue.redrive(lane, redriven);
  }
  return count;
}

/** Letters that cannot be queued are put back: those of keys that fit no source any more, and all when queueing fails. */
async function redriveKeys(deps: OperationsDeps, taken: readonly DeadLetter[]): Promise<number> {
  const { deadLetters, sources, warm } = deps;
  const fits = ({ key }: DeadLetter) => sourceOfKey(sources, key) !== undefined;
  const fitting = taken.filter(fits);
  await deadLetters.add(taken.filter((letter) => !fits(letter)));
  for (let i = 0; i < fitting.length; i += REDRIVE_SLICE) {
    const keys = fitting.slice(i, i + REDRIVE_SLICE).map(({ key }) => key);
    const selector = formatSelector({ ...parseSelector(''), keys });
    const request = { selector, force: false, missing: false, limit: 0, deadline: 0 };
    try {
      await warm(request, 'cli');
    } catch (error) {
      await deadLetters.add(fitting.slice(i));
      throw error;
    }
  }
  return fitting.length;
}
