/** How the times of a schedule ended, and what people did to it, as people see them. */
import type { NotedIntervention } from '../../schedules/schedule-requests.ts';
import type { TickRecord } from '../../schedules/tick-store.ts';
import type { InterventionView, TickView } from './schedule-shapes.ts';

/**
 * The last `limit` times, the newest first. A time that was skipped, and made up for since, ran: as late as that was. One of a
 * range of skipped times, or of before the records, has a line of its own.
 */
export function tickViews(
  records: readonly TickRecord[],
  interventions: readonly NotedIntervention[],
  limit: number,
): TickView[] {
  // The newest come first, and the last one counts: the back-fill that was made first.
  const filled = new Map(
    interventions.flatMap((each) => (each.kind === 'back-filled' ? [[each.nominal, each] as const] : [])),
  );
  const single = records.filter(({ from, nominal }) => from === nominal);
  const listed = new Set(single.map(({ nominal }) => nominal));
  const oldest = records.length < limit ? 0 : (records.at(-1)?.from ?? 0);
  const others = [...filled.values()].flatMap((each) =>
    each.nominal === undefined || listed.has(each.nominal) || each.nominal < oldest
      ? []
      : [ofBackfill(each, { nominal: each.nominal, reason: null, note: '' })],
  );
  const rows = records.map((record) => {
    const backfill = record.from === record.nominal ? filled.get(record.nominal) : undefined;
    if (backfill === undefined || record.end === 'ran') return viewOf(record);
    return ofBackfill(backfill, { ...record, reason: record.reason ?? null });
  });
  return [...rows, ...others].sort((a, b) => b.nominal - a.nominal).slice(0, limit);
}

function viewOf({ reason, run, count, begins, ...known }: TickRecord): TickView {
  const late = known.end === 'ran' ? Math.max(0, known.at - begins) : null;
  return { ...known, count: count ?? null, reason: reason ?? null, late, run: run ?? null, backfill: null };
}

function ofBackfill(
  { at, by, why, run }: NotedIntervention,
  { nominal, reason, note }: Pick<TickView, 'nominal' | 'reason' | 'note'>,
): TickView {
  const late = Math.max(0, at - nominal);
  return {
    nominal,
    from: nominal,
    count: 1,
    end: 'ran',
    reason,
    note,
    at,
    late,
    run: run ?? null,
    backfill: { by, why },
  };
}

export function interventionView(intervention: NotedIntervention): InterventionView {
  const { at, kind, by, why, nominal = null, length, run = null } = intervention;
  const until = intervention.until ?? (length === undefined ? null : at + length);
  return { at, kind, by, why, nominal, until, run };
}
