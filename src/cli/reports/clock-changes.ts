import type { ClockChangeView } from '../../verbs/schedules/schedule-shapes.ts';
import type { Output } from '../terminal/output.ts';
import { printable } from '../terminal/paint.ts';

/** For each change: when, and what it does to which times; `schedule`: the one that was asked about, null: all. */
export function showClockChanges(
  out: Output,
  changes: readonly ClockChangeView[],
  schedule: string | null,
): void {
  if (changes.length === 0)
    out.line(
      schedule === null
        ? 'no zone of a schedule changes its clocks within a year'
        : `no change of the clocks within a year does anything to schedule ${printable(schedule)}`,
    );
  for (const { timezone, local, minutes, schedules } of changes) {
    const way = minutes > 0 ? `forward by ${minutes} min` : `back by ${-minutes} min`;
    out.line(out.paint('bold', `${timezone}: clocks go ${way}, to ${local}`));
    const rows = schedules.flatMap(({ schedule, times, affected }) =>
      affected.length === 0
        ? [{ schedule, local: '', note: `"${times}" goes on as ever` }]
        : affected.map((time) => ({ schedule, local: time.local, note: time.note ?? '' })),
    );
    out.table(
      [
        { head: 'schedule', cell: (row) => row.schedule },
        { head: 'local', cell: (row) => row.local },
        { head: 'what happens', cell: (row) => row.note, flexible: true },
      ],
      rows,
    );
  }
}
