import type { TierName } from '../core/source.ts';
import type { Settings } from '../settings/settings.ts';
import type { Retention } from '../tiers/retention.ts';

/** What a tier keeps, by `tiers.NAME.ttl` and the `tiers` of sources. Undefined: everything, until it is gone. */
export function keepsOf(
  { sources, sourceTiers }: Pick<Settings, 'sources' | 'sourceTiers'>,
  tier: TierName,
  ttl = Number.POSITIVE_INFINITY,
): Retention | undefined {
  const others = [...sourceTiers].filter(([, tiers]) => !tiers.includes(tier));
  const templates = others.flatMap(([name]) => sources.get(name)?.key ?? []);
  if (templates.length === 0 && ttl === Number.POSITIVE_INFINITY) return undefined;
  return { ttl, uses: (key) => !templates.some((template) => template.fits(key)) };
}
