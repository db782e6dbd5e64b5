/** The account of one schedule: how far it has come, by which rule, and what people want of it now. */
import type { Asker } from '../core/asker.ts';
import type { SkipReason } from '../core/skip-reason.ts';

/** Somebody does not want a schedule to fire for a while. Times are in ms since the epoch. */
export interface SchedulePause extends Asker {
  readonly since: number;
  /** Undefined: until it is resumed. */
  readonly until: number | undefined;
}

/**
 * While a deploy is rolled out, schedulers of two configurations run at once, and may have two rules for one schedule. One rule
 * leads: that of the scheduler that started last. The others stand aside, until schedulers with that rule have been silent.
 */
export interface LeadingRule {
  readonly rule: string;
  /** It names the times after this one, in ms since the epoch by the server's clock. */
  readonly since: number;
}

export interface ScheduleState {
  /** Every nominal time up to this one has ended or is claimed, in ms since the epoch. */
  readonly cursor: number;
  /** The rule that names the times after it, as text. */
  readonly rule: string;
  /** A time up to the cursor that waits for the run of an earlier one, and is not claimed; undefined when none does. */
  readonly waiting: number | undefined;
}

/** Somebody does not want a schedule to fire at one of its times. */
export interface TickRequest extends Asker {
  /** In ms since the epoch. */
  readonly nominal: number;
}

/** The last time of a schedule that was skipped, or the last ones, where they were too many to list. */
export interface SkipRecord {
  /** In ms since the epoch; of several, the last one. */
  readonly nominal: number;
  /** The first one of several; the same as `nominal` else. */
  readonly from: number;
  /** How many; undefined where nobody counted them. */
  readonly count: number | undefined;
  readonly reason: SkipReason;
  /** Says more than the reason, for people; empty when there is no more to say. */
  readonly note: string;
  /** When it was skipped, by the server's clock, in ms since the epoch. */
  readonly at: number;
}

/** Where a schedule stands. */
export interface ScheduleAccount extends ScheduleState {
  /** Undefined where no scheduler has enlisted yet. */
  readonly leader: LeadingRule | undefined;
  /** When a scheduler that goes by the leading rule last said that it is there, in ms since the epoch; undefined: never. */
  readonly heardAt: number | undefined;
  /** A pause that goes on. */
  readonly paused: SchedulePause | undefined;
  /** The last pause, where it has ended by itself: what began in it is skipped, whenever a scheduler gets to it. */
  readonly lapsed: SchedulePause | undefined;
  /** The oldest first. */
  readonly asked: readonly TickRequest[];
  /** Undefined where none was. */
  readonly skipped: SkipRecord | undefined;
  /** How many times are claimed and not enqueued yet. */
  readonly claimed: number;
  /** When the account was opened, in ms since the epoch: another time after the server was emptied. */
  readonly opened: number;
  /** How often people have paused, resumed or left out: a server that knows of fewer has lost some. */
  readonly requests: number;
}
