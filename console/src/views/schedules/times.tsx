/** Times of schedules: in their own zone, and in that of whoever looks. */
import { now } from '../../clock.ts';
import { brief, explained, full, ZONE } from '../../format/times.ts';

/** In the zone of the schedule; without one, in that of whoever looks. */
export function Own({ at, zone }: { readonly at: number; readonly zone: string | null }) {
  const own = zone ?? ZONE;
  const title = own === ZONE || own === 'UTC' ? explained(at) : `${full(at, own)} (${own})\n${explained(at)}`;
  return (
    <time dateTime={new Date(at).toISOString()} title={title}>
      {brief(at, now.value, own)}
    </time>
  );
}

/** In the zone of whoever looks, where that is another one. */
export function Here({ at, zone }: { readonly at: number; readonly zone: string | null }) {
  if (zone === null || zone === ZONE) return <span class="muted">the same</span>;
  return <Own at={at} zone={ZONE} />;
}
