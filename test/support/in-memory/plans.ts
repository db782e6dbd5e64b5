/** Plans in memory: each key is a call of its own, and no call was ever seen. */
import type { KeyPage } from '../../../src/catalog/runs/key-lists.ts';
import { withChecks } from '../../../src/core/arguments.ts';
import type { Head } from '../../../src/core/entry.ts';
import { decide, reasonOfRun } from '../../../src/policy/decision.ts';
import { exactly } from '../../../src/policy/estimate.ts';
import { nominalTimes } from '../../../src/policy/nominal-times.ts';
import { type CheckedPlan, planRequest } from '../../../src/verbs/plans/plan-request.ts';
import type { PlanReport } from '../../../src/verbs/plans/plan-shapes.ts';
import { planSubject } from '../../../src/verbs/plans/plan-subject.ts';
import { keysNamed, keysOfRows } from '../../../src/verbs/runs/named-keys.ts';
import { describeNamed } from '../../../src/verbs/runs/named-pages.ts';
import { PLAIN_RULES } from '../schedules.ts';
import { bytesOf, type KnownValues, SOURCE, SOURCES } from './known-values.ts';

/** The one that makes a run. */
const NIGHTLY = { cron: '0 2 * * *', timezone: 'UTC' };
const OPTIONS = { force: false, missing: false, limit: 0 };
const SCHEDULE = {
  ...{ name: 'nightly', rule: NIGHTLY, rules: PLAIN_RULES },
  action: { kind: 'run', selector: '', options: OPTIONS },
} as const;
const CALL_MS = 1_000;

export function plansInMemory(known: KnownValues) {
  return withChecks({ plan: [['request', planRequest]] }, { plan: async (request) => plan(known, request) });
}

async function plan(known: KnownValues, request: CheckedPlan): Promise<PlanReport> {
  const now = known.clock.now();
  const { next } = nominalTimes(NIGHTLY);
  const coming = { schedule: { ...SCHEDULE, windows: [] }, firing: { next, beginsAt: (at: number) => at } };
  const subject = planSubject({ schedules: [SCHEDULE], clock: known.clock }, request, () => ({
    ...{ ...coming, after: now, isOther: false },
  }));
  const { startsAt, by = null, options } = subject;
  const pages = await pagesNamed(request);
  const named = pages?.flatMap((page) => page.keys);
  const selected = named ?? known.select(subject.selector);
  const keys = options.limit > 0 ? selected.slice(0, options.limit) : selected;
  for (const key of keys) known.sourceOf(key);
  const values = keys.map((key) => known.stored(key));
  // Only times and the kind are looked at.
  const heads = values.map((value) => value?.head as Head | undefined);
  const choice = { reason: reasonOfRun(options), since: 0 };
  const decisions = heads.map((head) => decide(head, startsAt, choice));
  const counted = (of: string) => decisions.filter((decision) => decision === of).length;
  const [fetch, excluded] = [counted('fetch'), counted('excluded')];
  const counts = { total: keys.length, fetch, alreadyWarm: keys.length - fetch - excluded, excluded };
  const shortest = by !== null && by <= startsAt && fetch > 0 ? CALL_MS : 0;
  const calls = exactly(fetch);
  return {
    ...{ selector: pages === undefined ? subject.selector : describeNamed(request, pages) },
    ...{ schedule: subject.schedule ?? null, startsAt, by, keys: counts },
    verdict: by === null ? null : startsAt + shortest > by ? 'impossible' : 'unknown',
    ...{ failing: 0, looked: keys.length },
    sources: keys.length === 0 ? [] : [sourceOf(counts)],
    tiers: [tierOf(known, keys, counted('fetch'))],
    rooms: [
      {
        tier: 'memory',
        holds: bytesOf(values.flatMap((value) => value ?? [])),
        limit: null,
        adds: null,
        evicts: null,
      },
    ],
    origins: [],
    ...{ calls, bytes: null, own: exactly(0), shortest, shortestNow: shortest, likely: null, endsAt: null },
    ...{ held: null, notes: [], reasons: [], alongside: [], unread: [], unknown: [] },
  };
}

async function pagesNamed({ source = '', rows, keys }: CheckedPlan): Promise<KeyPage[] | undefined> {
  if (rows !== undefined) return keysOfRows(SOURCES, source, rows);
  return keys === undefined ? undefined : keysNamed(SOURCES, undefined, keys);
}

function sourceOf(counts: PlanReport['keys']): PlanReport['sources'][number] {
  const { name: source, origin } = SOURCE;
  return { source, origin, ...counts, calls: exactly(counts.fetch), bytes: null, seen: null };
}

function tierOf(known: KnownValues, keys: readonly string[], fetch: number): PlanReport['tiers'][number] {
  const found = { fresh: 0, due: 0, stale: 0, missing: 0 };
  for (const key of keys) {
    const freshness = known.servable(key)?.head.freshness ?? 'gone';
    found[freshness === 'gone' ? 'missing' : freshness] += 1;
  }
  const adds = Math.min(found.missing, fetch);
  return { tier: 'memory', total: keys.length, ...found, unavailable: 0, adds, error: null };
}
