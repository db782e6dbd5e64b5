/** Gathers what all keys of a source have in common. What cannot be looked up is undefined: whoever asks is told the rest. */
import type { Ledger } from '../../budget/ledger.ts';
import type { Registry } from '../../catalog/registry.ts';
import type { Runs } from '../../catalog/runs/runs.ts';
import type { Clock } from '../../core/clock.ts';
import { parseSelector } from '../../core/selector/selector-grammar.ts';
import type { Source } from '../../core/source.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Schedule } from '../../schedules/fire.ts';
import { reachesSource, reachOf } from '../runs/run-reach.ts';
import type { ScheduleView } from '../schedules/schedule-shapes.ts';
import { describeSchedules, type ScheduleViewsDeps } from '../schedules/schedule-views.ts';
import type { SourceFacts } from './key-facts.ts';

export interface SourceFactsDeps extends ScheduleViewsDeps {
  readonly registry: Pick<Registry, 'processes' | 'ticks'>;
  readonly ledger: Pick<Ledger, 'state'>;
  readonly queue: Pick<Queue, 'counts'>;
  readonly runs: Pick<Runs, 'active'>;
  readonly schedules: readonly Schedule[];
  readonly clock: Clock;
}

export type FactsOfSource = (source: Source) => Promise<SourceFacts>;

/** For one answer: what several sources share is asked once. */
export function factsOfSources(deps: SourceFactsDeps): FactsOfSource {
  const { registry, ledger, queue, runs, schedules, clock } = deps;
  const perSource = new Map<string, Promise<SourceFacts>>();
  const once = memoised();
  const gather = async (source: Source): Promise<SourceFacts> => {
    const { origin, temperature } = source;
    const [processes, running, { views, makers } = NO_SCHEDULES, budget, lane] = await Promise.all([
      once('processes', () => registry.processes(clock.now())),
      once('runs', async () => (await runs.active()).map((run) => ({ run, reach: reachOf(run) }))),
      once('schedules', async () => withMakers(await describeSchedules(deps, schedules))),
      once(`budget ${origin}`, () => ledger.state(origin)),
      once(`lane ${origin}`, () => queue.counts(origin)),
    ]);
    return {
      ...{ processes, budget, lane },
      refreshes: views.filter((view) => isRefreshOf(view, temperature)),
      runMakers: makers,
      running: (running ?? []).filter(({ reach }) => reachesSource(reach, source)),
    };
  };
  return (source) => {
    const known = perSource.get(source.name) ?? gather(source);
    perSource.set(source.name, known);
    return known;
  };
}

/** Asks once for each name; undefined where that fails. */
function memoised() {
  const asked = new Map<string, Promise<unknown>>();
  return <T>(name: string, ask: () => Promise<T>): Promise<T | undefined> => {
    const known = asked.get(name) ?? ask().catch(() => undefined);
    asked.set(name, known);
    // Each name has one question.
    return known as Promise<T | undefined>;
  };
}

function isRefreshOf({ kind, selector }: ScheduleView, temperature: Source['temperature']): boolean {
  return (kind === 'refresh' || kind === 'recover') && selector === `temperature=${temperature}`;
}

interface SeenSchedules {
  readonly views: readonly ScheduleView[];
  readonly makers: SourceFacts['runMakers'];
}

const NO_SCHEDULES: SeenSchedules = { views: [], makers: [] };

function withMakers(views: readonly ScheduleView[]): SeenSchedules {
  const makers = views.filter(({ kind }) => kind === 'run');
  // Selectors of schedules are checked with the configuration.
  return { views, makers: makers.map((view) => ({ view, selector: parseSelector(view.selector) })) };
}
