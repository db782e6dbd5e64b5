/**
 * The contract of the account of ticks: how far each schedule has come, and how each of its nominal times ended. Every
 * scheduler works from it, so that a time is fired by one of them, and none is lost between them.
 *
 *     not yet passed ──advance──> claimed by a scheduler ──ran──> ran
 *           │  │                   ^   ^        │
 *           │  │                   │   └─takeOver─┘  the scheduler died, or could not enqueue it
 *           │  └──advance──> waiting, for the run of an earlier time
 *           │                      │ advance
 *           └──────────advance─────┴──> skipped, with a reason
 */

import type { SkipReason } from '../core/skip-reason.ts';
import type { SkippedRange } from '../policy/missed.ts';
import type { LeadingRule, ScheduleAccount, ScheduleState } from './schedule-account.ts';
import type { ScheduleRequests } from './schedule-requests.ts';
import type { Tick } from './tick.ts';

/** What a scheduler learns when it says that it is there. */
export interface RuleStanding {
  readonly state: ScheduleState;
  readonly leader: LeadingRule;
  /** Of the rule that it has: one that started later has a higher one. */
  readonly generation: number;
}

interface Skipped {
  readonly reason: SkipReason;
  /** Says more than the reason, for people; empty when there is no more to say. */
  readonly note: string;
}

export interface SkippedTick extends Skipped {
  readonly nominal: number;
}

/** Times that were too many to list. */
export interface SkippedTicks extends Skipped, SkippedRange {}

export interface CursorAdvance {
  /** Where the schedule must stand for the move to count. */
  readonly from: ScheduleState;
  readonly to: ScheduleState;
  /** Times that the caller fires now, until its lease ends. */
  readonly fire: readonly number[];
  readonly skipped: readonly SkippedTick[];
  readonly skippedRanges: readonly SkippedTicks[];
}

/** How a nominal time ended, as it is kept for people. */
export interface TickRecord {
  /** Of a range, the last one. */
  readonly nominal: number;
  /** The first time of a range; the same as `nominal` else. */
  readonly from: number;
  /** When it was to begin: at its time, or up to the jitter of then later, in ms since the epoch. */
  readonly begins: number;
  /** How many times it stands for; undefined where nobody counted them. */
  readonly count: number | undefined;
  readonly end: 'ran' | 'skipped';
  readonly reason: SkipReason | undefined;
  /** Says more than the reason, for people; empty when there is no more to say. */
  readonly note: string;
  /** When it ended, by the server's clock, in ms since the epoch. */
  readonly at: number;
  /** The run it made, where it made one. */
  readonly run: string | undefined;
}

export interface TickStore extends ScheduleRequests {
  /** Where each of them stands, undefined for one that has no account, and the server's time in ms. One round trip. */
  states(
    names: readonly string[],
  ): Promise<{ readonly states: readonly (ScheduleAccount | undefined)[]; readonly now: number }>;
  /** Opens the account of a schedule at `state`, unless it is open. Returns where it stands. */
  open(name: string, state: ScheduleState): Promise<ScheduleState>;
  /**
   * A scheduler starts (generation 0), or is still there (the generation that it was given). Opens the account where it is not open.
   * The highest generation leads, and another rule than the leading one gets the next. A lower one takes the lead back once
   * nobody with the leading rule has enlisted for six leases. Idempotent.
   */
  enlist(name: string, state: ScheduleState, generation: number): Promise<RuleStanding>;
  /** The rules that named the times of a schedule, the oldest first; the last one still does. As far back as is known. */
  rules(name: string): Promise<readonly LeadingRule[]>;
  /**
   * Moves a schedule on, and claims what is to fire. False when another scheduler moved it first, or when something was to fire
   * that must not: the schedule is paused, the time is to be left out, or another rule than that of `to` leads. Nothing has changed then. Times
   * up to the cursor need not be left out any more: they have ended.
   */
  advance(name: string, move: CursorAdvance): Promise<boolean>;
  /** A claimed time is enqueued: with the run that it made, and when it was to begin. Idempotent. */
  ran(name: string, nominal: number, ended: Pick<TickRecord, 'run' | 'begins'>): Promise<void>;
  /** Gives a claim up, so that any scheduler may take it over at once. */
  release(name: string, nominal: number): Promise<void>;
  /** Takes over claims whose lease has ended. */
  takeOver(names: readonly string[]): Promise<readonly Tick[]>;
  /** How the last times of a schedule ended, the newest first. */
  history(name: string, limit: number): Promise<readonly TickRecord[]>;
}
