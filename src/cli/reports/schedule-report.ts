/** A schedule: what people want of it now, how its last times ended, what was done by hand, and what comes. */

import { askerText } from '../../core/asker.ts';
import { counted } from '../../core/counted.ts';
import { roundDuration } from '../../core/units.ts';
import type { InterventionView, ScheduleReport, TickView } from '../../verbs/schedules/schedule-shapes.ts';
import { clockTime, zonedHead, zonedTime } from '../terminal/figures.ts';
import type { Output } from '../terminal/output.ts';
import { printable } from '../terminal/paint.ts';
import type { Column } from '../terminal/table.ts';
import { lossText, pauseText, silenceText } from './pause-text.ts';

export function showSchedule(out: Output, report: ScheduleReport, now: number): void {
  const { name, ticks, byHand, next } = report;
  for (const line of standingLines(report, now)) out.line(printable(line));
  const loss = lossText(report, now);
  if (loss !== undefined) out.line(loss);
  if (ticks.length === 0) out.line(`no time of schedule ${name} has passed since a scheduler first ran`);
  else out.table(tickColumns(now), ticks);
  if (next.length === 0) out.line('next  never, as things stand');
  for (const { local, note } of next)
    out.line(printable(`next  ${local}${note === null ? '' : `  (${note})`}`));
  if (byHand.length === 0) return;
  out.line();
  out.line('by hand:');
  out.table(interventionColumns(now), byHand);
}

/** What its next times do not show by themselves. */
function standingLines(report: ScheduleReport, now: number): string[] {
  const { name, paused, asked, waitingAt, leading } = report;
  const silence = silenceText([report], now);
  const lines = silence === undefined ? [] : [silence];
  if (paused !== null) lines.push(`schedule ${name} is ${pauseText(paused, now)}`);
  for (const { nominal, ...asker } of asked)
    lines.push(`its time of ${zonedTime(nominal, now)} is left out, by ${askerText(asker)}`);
  if (waitingAt !== null)
    lines.push(`its time of ${zonedTime(waitingAt, now)} waits until the run of an earlier one has ended`);
  if (leading !== null) {
    const zone = leading.timezone === null ? '' : ` (${leading.timezone})`;
    lines.push(
      `schedulers go by another rule than is configured here, ${leading.times}${zone}, until one starts with this configuration`,
    );
  }
  return lines;
}

function tickColumns(now: number): Column<TickView>[] {
  return [
    { head: zonedHead('time'), cell: (tick) => timeText(tick, now) },
    { head: 'end', cell: endText },
    { head: 'late', cell: ({ late }) => (late === null ? '-' : roundDuration(late)), align: 'right' },
    { head: 'run, or why not', cell: whyText, flexible: true },
  ];
}

export function timeText({ nominal, from }: Pick<TickView, 'nominal' | 'from'>, now: number): string {
  return from === nominal ? clockTime(nominal, now) : `${clockTime(from, now)} to ${clockTime(nominal, now)}`;
}

export function endText({ end, reason, backfill }: TickView): string {
  if (backfill !== null) return 'back-filled';
  return reason === null ? end : `${end}: ${reason}`;
}

export function whyText({ run, note, reason, backfill, count: times }: TickView): string {
  if (backfill === null && times !== 1)
    return `${times === null ? 'very many' : counted(times, 'time')}: ${note}`;
  if (backfill === null) return run ?? (note === '' ? '-' : note);
  const before = reason === null ? '' : `; had been skipped: ${reason}${note === '' ? '' : ` (${note})`}`;
  return `${run ?? '-'}, by ${askerText(backfill)}${before}`;
}

function interventionColumns(now: number): Column<InterventionView>[] {
  return [
    { head: zonedHead('at'), cell: ({ at }) => clockTime(at, now) },
    { head: 'what', cell: (intervention) => whatText(intervention, now) },
    { head: 'by', cell: askerText, flexible: true },
  ];
}

/** The run of a back-fill or a trigger is named by the schedule and the time, which is the one that stands there. */
function whatText({ kind, nominal, until, run }: InterventionView, now: number): string {
  if (kind === 'paused') return until === null ? 'paused' : `paused until ${clockTime(until, now)}`;
  if (kind === 'triggered') return run === null ? 'triggered' : `triggered: ${run}`;
  return nominal === null ? kind : `${kind} ${clockTime(nominal, now)}`;
}
