import type { Entry } from '../../../../src/api-client/client.ts';
import { Badge } from '../../parts/layout.tsx';
import type { Tone } from '../../parts/tone.ts';

const TONES: Readonly<Record<string, Tone>> = {
  fresh: 'good',
  due: 'busy',
  stale: 'warn',
  missing: 'bad',
  gone: 'bad',
  dropped: 'bad',
};

/** How fresh something is, or why there is nothing. Due is fresh still: it is to be refreshed before it is not. */
export function StateBadge({ state, tone }: { readonly state: string; readonly tone?: Tone | undefined }) {
  return <Badge tone={tone ?? TONES[state] ?? 'calm'}>{state}</Badge>;
}

/** Of a key, in all tiers together. */
export function KeyState({
  entry: { state, freshness },
}: {
  readonly entry: Pick<Entry, 'state' | 'freshness'>;
}) {
  if (state === 'unavailable') return <StateBadge state="unknown" />;
  if (freshness === null) return <StateBadge state="missing" />;
  return (
    <>
      <StateBadge state={freshness} /> {state === 'absent' && <StateBadge state="absent" />}
    </>
  );
}
