import type { Source } from '../core/source.ts';
import type { Retention } from './tier.ts';

export interface RetentionDeps {
  readonly sources: ReadonlyMap<string, Source>;
  /** The tiers of sources that do not use them all. */
  readonly sourceTiers: ReadonlyMap<string, readonly string[]>;
}

/** What a tier keeps, by `tiers.NAME.ttl` and the `tiers` of sources. Undefined: everything, until it is gone. */
export function retentionOf(
  { sources, sourceTiers }: RetentionDeps,
  tier: string,
  ttl = Number.POSITIVE_INFINITY,
): Retention | undefined {
  const others = [...sourceTiers].filter(([, tiers]) => !tiers.includes(tier));
  const templates = others.flatMap(([name]) => sources.get(name)?.key ?? []);
  if (templates.length === 0 && ttl === Number.POSITIVE_INFINITY) return undefined;
  return { ttl, uses: (key) => !templates.some((template) => template.match(key) !== undefined) };
}
