/** What each tier that is configured holds, and may hold. */
import { errandSignal } from '../flow/errand.ts';
import { memoryOf } from '../redis/info.ts';
import type { Settings } from '../settings/settings.ts';
import { TIER_NAMES, type TierName } from '../tiers/kinds.ts';
import type { Room } from '../verbs/plans/plan-rooms.ts';
import type { Parts } from './parts.ts';

export function roomsOf(
  { stack, clients }: Pick<Parts, 'stack' | 'clients'>,
  { tiers }: Settings,
): ReadonlyMap<string, () => Promise<Room>> {
  const used = async (name: string) => {
    const tier = stack.tiers.find((each) => each.name === name);
    return tier === undefined ? undefined : (await tier.usage(errandSignal())).bytes;
  };
  const { memory, disk } = tiers;
  const rooms: Readonly<Record<TierName, () => Promise<Room>>> = {
    memory: async () => ({ holds: (await used('memory')) ?? 0, limit: memory.maxSize }),
    redis: async () => {
      const { used: holds, bound: limit } = await memoryOf(clients.cache);
      return { holds, limit };
    },
    disk: async () => ({ holds: await used('disk'), limit: disk.maxSize }),
    s3: async () => ({ holds: undefined, limit: undefined }),
  };
  return new Map(TIER_NAMES.filter((name) => tiers[name].enabled).map((name) => [name, rooms[name]]));
}
