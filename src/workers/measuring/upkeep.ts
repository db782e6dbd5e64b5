/** What is to be refreshed, and what origins allow. */
import type { Ledger, LedgerState } from '../../budget/ledger.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Outlook } from '../../catalog/outlook.ts';
import { type Budget, configuredPerSecond, perSecondOf } from '../../core/budget.ts';
import { leadOf } from '../../core/freshness.ts';
import type { StatisticsRow } from '../../core/metrics/statistics.ts';
import type { Source } from '../../core/source.ts';
import type { Sources } from '../../core/sources.ts';
import { AHEADS, affordableCalls, REFRESHERS } from '../../policy/runway.ts';
import { presentBudget } from '../../warming/planning/present-budget.ts';
import type { Section, ServiceRows } from './measurer.ts';
import type { Measuring } from './measuring.ts';
import { RecentCalls } from './recent-calls.ts';
import type { Sampling } from './samples.ts';

export interface UpkeepDeps {
  readonly catalog: Pick<Catalog, 'scan'>;
  readonly outlook: Pick<Outlook, 'of'>;
  readonly ledger: Pick<Ledger, 'state'>;
  readonly sources: Sources;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly unlisted: Sampling['unlisted'];
}

/** Failures that are looked at on a page, and pages: of more, quarantined keys are estimated. */
const PAGE = 1_000;
const PAGES = 5;

interface Worklist {
  readonly source: Source;
  readonly row: StatisticsRow<'worklist'>;
  /** In the order of `AHEADS`. */
  readonly expiring: readonly number[];
}

export function upkeep(deps: UpkeepDeps): readonly Section[] {
  const recent = new RecentCalls();
  return [(measuring) => worklistRows(deps, measuring), (measuring) => budgetRows(deps, recent, measuring)];
}

async function worklistRows(deps: UpkeepDeps, measuring: Measuring): Promise<ServiceRows> {
  const sources = [...deps.sources.values()];
  const found = await measuring.parts('what is to be refreshed', sources, (source) =>
    worklistOf(deps, source, measuring.now),
  );
  const worklists = found.filter((worklist) => worklist !== undefined);
  const quarantined = await measuring.parts('keys in quarantine', worklists, ({ row }) =>
    quarantinedOf(deps.catalog, row),
  );
  return {
    worklist: worklists.map(({ row }) => row),
    quarantined: quarantined.filter((row) => row !== undefined),
    expiring: worklists.flatMap(({ source, expiring }) =>
      AHEADS.map(([within], i) => ({ source: source.name, within, keys: expiring[i] ?? 0 })),
    ),
    runway: runwayOf(deps, worklists),
  };
}

/** A value is past its ttl some time after its key is due. What jobs have, or have put off, is told by a sample. */
async function worklistOf({ outlook, unlisted }: UpkeepDeps, source: Source, now: number): Promise<Worklist> {
  const { name } = source;
  const times = [now, ...AHEADS.map(([, ms]) => now + ms - leadOf(source.lifetime))];
  const { keys, failing, earliest = now, dueBy } = await outlook.of(name, times);
  const [due = 0, ...listed] = dueBy;
  const beside = unlisted(name, now);
  const lag = Math.max(0, now - earliest, beside?.lag ?? 0);
  const expiring = listed.map((count, i) =>
    Math.min(keys, count + Math.round((beside?.expiring[i] ?? 0) * keys)),
  );
  return { source, row: { source: name, keys, due, failing, lag }, expiring };
}

async function quarantinedOf(
  catalog: UpkeepDeps['catalog'],
  { source, failing }: StatisticsRow<'worklist'>,
): Promise<StatisticsRow<'quarantined'>> {
  let found = 0;
  let cursor: string | undefined;
  for (let page = 0; page < (failing === 0 ? 0 : PAGES); page += 1) {
    const { records, cursor: next } = await catalog.scan(source, cursor, PAGE, 'quarantined');
    found += records.length;
    if (next === undefined) return { source, keys: found };
    cursor = next;
  }
  return { source, keys: Math.min(failing, Math.round((found / (PAGES * PAGE)) * failing)) };
}

/** Of origins all of whose sources are known: the sum of some would seem to be all that is needed. */
function runwayOf(
  { budgets, sources }: UpkeepDeps,
  worklists: readonly Worklist[],
): StatisticsRow<'runway'>[] {
  const known = new Set(worklists.map(({ source }) => source.name));
  const unknown = [...sources.values()].filter(({ name }) => !known.has(name)).map(({ origin }) => origin);
  return [...budgets.keys()].flatMap((origin) => {
    if (unknown.includes(origin)) return [];
    const own = worklists.filter(({ source }) => source.origin === origin);
    return AHEADS.map(([within], i) => ({
      ...{ origin, within },
      needed: own.reduce(
        (sum, { source, expiring }) => sum + Math.ceil((expiring[i] ?? 0) / source.keysPerCall),
        0,
      ),
    }));
  });
}

async function budgetRows(
  { budgets, ledger }: UpkeepDeps,
  recent: RecentCalls,
  measuring: Measuring,
): Promise<ServiceRows> {
  const { now } = measuring;
  const found = await measuring.parts('the budget of an origin', budgets, async ([origin, budget]) => ({
    ...{ budget, state: await ledger.state(origin) },
  }));
  const states = found.filter((state) => state !== undefined);
  return {
    limits: states.map(({ state, budget }) => limitsRow(state, budget, now)),
    rates: states.flatMap(({ state, budget }) => rateRows(state, budget)),
    quotas: states.flatMap(({ state: { origin, quota } }) =>
      quota === undefined ? [] : [{ origin, left: quota.left }],
    ),
    affordable: states.flatMap(({ state, budget }) =>
      affordableRows(state, budget, recent.meanMs(state, now), now),
    ),
  };
}

function limitsRow(state: LedgerState, { concurrency }: Budget, now: number): StatisticsRow<'limits'> {
  const { origin, limits, inFlight, pausedUntil, lowered } = state;
  return {
    ...{ origin, permits: concurrency, presentPermits: limits.concurrency, inUse: inFlight },
    paused: Math.max(0, pausedUntil - now),
    reduced: lowered === undefined ? 0 : Math.max(0, now - lowered.since),
  };
}

function rateRows({ origin, limits }: LedgerState, budget: Budget): StatisticsRow<'rates'>[] {
  const presentRate = perSecondOf(budget, limits.intervalMs);
  if (presentRate === null) return [];
  // Where this process has none, the rate is what another one has configured.
  return [{ origin, rate: configuredPerSecond(budget) ?? presentRate, presentRate }];
}

function affordableRows(
  state: LedgerState,
  budget: Budget,
  callMs: number | undefined,
  now: number,
): StatisticsRow<'affordable'>[] {
  const { origin, freely, inFlight } = state;
  const calls = affordableCalls({
    ...{ budget, freely, inFlight, callMs },
    present: { ...presentBudget(budget, state, now, now, REFRESHERS), othersMs: callMs ?? 0 },
    counted: state.counted.map(({ until, ...of }) => ({ ...of, leavesIn: until - now })),
  });
  return AHEADS.flatMap(([within], i) => {
    const own = calls[i];
    return own === undefined ? [] : [{ origin, within, calls: own }];
  });
}
