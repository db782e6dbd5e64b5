/** The entity sets, and what reads the lists that some of them are. */
import { EntitySets } from '../catalog/entities/entities.ts';
import { EntityLists } from '../catalog/entities/entity-lists.ts';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { mayVanish } from '../policy/absence.ts';
import type { Settings } from '../settings/settings.ts';
import { OriginLists, type OriginListsDeps } from '../warming/calls/origin-lists.ts';

export interface EntitiesDeps extends Omit<OriginListsDeps, 'lists'> {
  readonly settings: {
    readonly entities: Settings['entities'];
    readonly lists: Settings['lists'];
    readonly origins: ReadonlyMap<string, { readonly absence: number }>;
  };
  readonly clock: Clock;
  readonly events: Events;
}

export function assembleEntities({ settings, ...deps }: EntitiesDeps): EntitySets {
  const { entities: sets, lists, origins } = settings;
  const reader = new OriginLists({ ...deps, lists });
  const shareOf = (set: string) => origins.get(lists.get(set)?.origin ?? '')?.absence ?? 0;
  const mayLose = (set: string, rows: number) => mayVanish(shareOf(set), rows);
  return new EntitySets({ ...deps, sets, lists: new EntityLists({ ...deps, reader, mayLose }) });
}
