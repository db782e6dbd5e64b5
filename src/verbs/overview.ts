/**
 * The service in small: what each source keeps warm, and what was measured of it. It asks neither tiers nor lanes nor origins, so that
 * pages that many people have open may ask for it every few seconds. `stats` has the rest.
 */
import type { Catalog } from '../catalog/catalog.ts';
import type { Registry } from '../catalog/registry.ts';
import type { Clock } from '../core/clock.ts';
import type { Statistics } from '../core/metrics/statistics.ts';
import type { Sources } from '../core/sources.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import { groupsOf } from './metrics-view.ts';
import { OVERVIEW_GROUPS, type Overview } from './statistics-view.ts';

export interface OverviewDeps {
  readonly stack: Pick<Stack, 'tiers'>;
  readonly catalog: Pick<Catalog, 'size'>;
  readonly registry: Pick<Registry, 'processes'>;
  readonly sources: Sources;
  readonly clock: Clock;
  /** This process, which knows more about itself than it last published. */
  readonly self: { readonly id: string; readonly statistics: () => Statistics };
}

export async function overviewOf(deps: OverviewDeps): Promise<Overview> {
  const { stack, catalog, registry, sources, clock, self } = deps;
  const at = clock.now();
  const all = [...sources.values()];
  const [beats, sizes] = await Promise.all([
    registry.processes(at),
    Promise.all(all.map(({ name }) => catalog.size(name, at))),
  ]);
  const done = beats.flatMap((beat) => (beat.id === self.id ? self.statistics() : (beat.statistics ?? [])));
  return {
    at,
    tiers: stack.tiers.map(({ name }) => name),
    sources: all.map(({ name, temperature }, i) => {
      const { keys = 0, due = 0, failing = 0 } = sizes[i] ?? {};
      return { source: name, temperature, keys, due, failing };
    }),
    statistics: groupsOf(done, OVERVIEW_GROUPS),
  };
}
