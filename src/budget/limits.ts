/** Limits, as the ledger reckons and as the policy does. */
import type { Limit, LoweredLimit } from '../policy/limit.ts';
import type { Limits } from './ledger.ts';

/** In each respect by itself. */
export function strictest(all: readonly Limits[]): Limits {
  return {
    concurrency: Math.min(...all.map(({ concurrency }) => concurrency)),
    intervalMs: Math.max(...all.map(({ intervalMs }) => intervalMs)),
  };
}

/** What holds while limits are lowered. */
export function limitsHeld(configured: Limits, lowered: LoweredLimit | undefined): Limits {
  if (lowered === undefined) return configured;
  const { rate, permits } = lowered;
  return strictest([configured, { concurrency: Math.floor(permits), intervalMs: 1_000 / rate }]);
}

export function limitOf({ concurrency, intervalMs }: Limits): Limit {
  return { rate: intervalMs === 0 ? Number.POSITIVE_INFINITY : 1_000 / intervalMs, permits: concurrency };
}
