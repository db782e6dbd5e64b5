/** Coded tiers that keep their clauses, and such that lie. */
import { Events } from '../../src/core/events.ts';
import type { Codec } from '../../src/tiers/codec/codec.ts';
import { CodedTier } from '../../src/tiers/wrappers/coded-tier.ts';
import type { Coded, MakeCoded } from './coded.ts';
import { liar } from './liar.ts';

export const honest: MakeCoded = (tier, codec) => new CodedTier({ tier, codec, events: new Events() });

/** A tier over a codec that lies. */
export const codecThat =
  (lies: (codec: Codec) => Partial<Codec>): MakeCoded =>
  (store, codec) =>
    honest(store, liar(codec, lies(codec)));

/** A tier that lies over a codec that does not. */
export const tierThat =
  (lies: (tier: Coded) => Partial<Coded>): MakeCoded =>
  (store, codec) => {
    const tier = honest(store, codec);
    return liar(tier, lies(tier));
  };
