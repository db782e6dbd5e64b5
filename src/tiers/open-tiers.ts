/** Opens the tiers that a configuration turns on, and wraps each as its kind asks. */
import type { Codec } from './codec/codec.ts';
import type { CodecOverride } from './codec/options.ts';
import {
  isBacking,
  openStore,
  type StoreDeps,
  type StoreOf,
  TIER_NAMES,
  type TierName,
  type TiersOptions,
} from './kinds.ts';
import type { Retention } from './retention.ts';
import type { Tier } from './tier.ts';
import { CodedTier } from './wrappers/coded-tier.ts';
import { FilteredTier } from './wrappers/filtered-tier.ts';
import { GuardedTier } from './wrappers/guarded-tier.ts';
import type { Reencryptable } from './wrappers/reencryptable.ts';
import { TimedTier } from './wrappers/timed-tier.ts';

export interface OpenTiersDeps extends StoreDeps {
  readonly options: TiersOptions;
  /** Whether this process answers reads: only then an in-process tier is of use. */
  readonly answersReads: boolean;
  codecFor(override: CodecOverride): Codec;
  /** What a tier keeps; undefined: everything, until it is gone. */
  retentionOf(name: TierName, ttl: number | undefined): Retention | undefined;
}

export interface OpenedTiers {
  /** From the nearest to the farthest. */
  readonly tiers: readonly Tier[];
  readonly reencryptables: readonly Reencryptable[];
  /** What stands innermost, for the few callers that need more of a store than `Tier` has. */
  readonly stores: Partial<StoreOf>;
}

export function openTiers(deps: OpenTiersDeps): OpenedTiers {
  const tiers: Tier[] = [];
  const reencryptables: Reencryptable[] = [];
  const stores: { [K in TierName]?: StoreOf[K] } = {};
  const open = <K extends TierName>(name: K) => {
    const store = openStore(name, deps.options, deps);
    stores[name] = store;
    const { tier, coded } = wrapped(name, store, deps);
    tiers.push(tier);
    if (coded !== undefined) reencryptables.push(coded);
  };
  const isOn = (name: TierName) => deps.options[name].enabled && (isBacking(name) || deps.answersReads);
  for (const name of TIER_NAMES.filter(isOn)) open(name);
  return { tiers, reencryptables, stores };
}

/**
 * A guard is inside the filter, so that what a tier does not keep never counts as a call of it; the codec is inside the guard,
 * so that its time counts against the timeout.
 */
function wrapped(
  name: TierName,
  store: Tier,
  deps: OpenTiersDeps,
): { readonly tier: Tier; readonly coded: CodedTier | undefined } {
  const { clock, events, options } = deps;
  const keeps = deps.retentionOf(name, options[name].ttl);
  const filtered = (tier: Tier) => (keeps === undefined ? tier : new FilteredTier({ tier, keeps, clock }));
  if (!isBacking(name)) {
    return { tier: new TimedTier({ tier: filtered(store), clock, events }), coded: undefined };
  }
  const { codec, timeout } = options[name];
  const coded = new CodedTier({ tier: store, codec: deps.codecFor(codec), events });
  return { tier: filtered(new GuardedTier({ tier: coded, clock, events, timeout })), coded };
}
