/** What is to be refreshed, and what origins allow. */
import type { Ledger, LedgerState } from '../../budget/ledger.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Outlook } from '../../catalog/outlook.ts';
import type { Budget } from '../../core/budget.ts';
import { intervalOf } from '../../core/budget.ts';
import type { StatisticsRow } from '../../core/metrics/statistics.ts';
import type { Source } from '../../core/source.ts';
import type { Sources } from '../../core/sources.ts';
import type { Section } from './measurer.ts';
import { AHEADS, affordableCalls } from './runway.ts';

export interface UpkeepDeps {
  readonly catalog: Pick<Catalog, 'scan'>;
  readonly outlook: Pick<Outlook, 'of'>;
  readonly ledger: Pick<Ledger, 'state'>;
  readonly sources: Sources;
  readonly budgets: ReadonlyMap<string, Budget>;
}

/** Sources that are asked about at the same time. */
const TOGETHER = 50;
/** Failures that are looked at on a page, and pages: of more, quarantined keys are estimated. */
const PAGE = 1_000;
const PAGES = 5;

interface Worklist {
  readonly source: Source;
  readonly row: StatisticsRow<'worklist'>;
  /** In the order of `AHEADS`. */
  readonly expiring: readonly number[];
}

export function upkeep(deps: UpkeepDeps): Section {
  return async (now) => {
    const [worklists, states] = await Promise.all([worklistsOf(deps, now), statesOf(deps)]);
    return {
      worklist: worklists.map(({ row }) => row),
      expiring: worklists.flatMap(({ source, expiring }) =>
        AHEADS.map(([within], i) => ({ source: source.name, within, keys: expiring[i] ?? 0 })),
      ),
      runway: runwayOf(deps, worklists),
      ...budgetRows(states, now),
    };
  };
}

async function worklistsOf(deps: UpkeepDeps, now: number): Promise<Worklist[]> {
  const all = [...deps.sources.values()];
  const worklists: Worklist[] = [];
  for (let from = 0; from < all.length; from += TOGETHER) {
    const slice = all.slice(from, from + TOGETHER);
    worklists.push(...(await Promise.all(slice.map((source) => worklistOf(deps, source, now)))));
  }
  return worklists;
}

/** A value is past its ttl some time after its key is due: as long as the ttl goes on then. */
async function worklistOf({ catalog, outlook }: UpkeepDeps, source: Source, now: number): Promise<Worklist> {
  const { name, lifetime } = source;
  const left = Math.round(lifetime.ttl * (1 - lifetime.refreshAhead));
  const times = [now, ...AHEADS.map(([, ms]) => now + ms - left)];
  const { keys, failing, earliest = now, dueBy } = await outlook.of(name, times);
  const [due = 0, ...expiring] = dueBy;
  const quarantined = failing === 0 ? 0 : await quarantinedOf(catalog, name, failing);
  const lag = Math.max(0, now - earliest);
  return { source, row: { source: name, keys, due, failing, quarantined, lag }, expiring };
}

async function quarantinedOf(
  catalog: UpkeepDeps['catalog'],
  source: string,
  failing: number,
): Promise<number> {
  let found = 0;
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const { records, cursor: next } = await catalog.scan(source, cursor, PAGE, 'quarantined');
    found += records.length;
    if (next === undefined) return found;
    cursor = next;
  }
  return Math.min(failing, Math.round((found / (PAGES * PAGE)) * failing));
}

function runwayOf({ budgets }: UpkeepDeps, worklists: readonly Worklist[]): StatisticsRow<'runway'>[] {
  return [...budgets.keys()].flatMap((origin) => {
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

interface OriginState {
  readonly state: LedgerState;
  readonly budget: Budget;
}

function statesOf({ budgets, ledger }: UpkeepDeps): Promise<OriginState[]> {
  return Promise.all(
    [...budgets].map(async ([origin, budget]) => ({ budget, state: await ledger.state(origin) })),
  );
}

function budgetRows(states: readonly OriginState[], now: number) {
  return {
    limits: states.map(({ state, budget }) => limitsRow(state, budget, now)),
    rates: states.flatMap(({ state: { origin, limits }, budget }) => {
      const configured = intervalOf(budget);
      if (limits.intervalMs === 0) return [];
      const presentRate = 1_000 / limits.intervalMs;
      return [{ origin, rate: configured === 0 ? presentRate : 1_000 / configured, presentRate }];
    }),
    quotas: states.flatMap(({ state: { origin, quota } }) =>
      quota === undefined ? [] : [{ origin, left: quota.left }],
    ),
    affordable: states.flatMap(({ state, budget }) =>
      AHEADS.flatMap(([within, ms]) => {
        const calls = affordableCalls(state, budget, ms, now);
        return calls === undefined ? [] : [{ origin: state.origin, within, calls }];
      }),
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
