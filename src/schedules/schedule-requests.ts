/**
 * The contract of what people ask of schedules: pauses, times to leave out, and the record of what was done by hand. Each is noted
 * once, with who and why, in the step that does it; who knows what was asked can give it back to a server that lost it.
 */
import type { Asker } from '../core/asker.ts';
import type { ScheduleAccount, ScheduleState, TickRequest } from './schedule-account.ts';

/** `restored`: the jobs Redis had lost what people wanted, and a scheduler that knew gave it back. */
export const INTERVENTIONS = [
  ...(['triggered', 'back-filled', 'paused', 'resumed'] as const),
  ...(['left-out', 'let-fire', 'restored'] as const),
] as const;

/** What somebody did to a schedule, or to one of its times, by hand. */
export interface Intervention extends Asker {
  readonly kind: (typeof INTERVENTIONS)[number];
  /** Of the request: what is noted again is noted once. */
  readonly id: string;
  /** The time that it concerns, in ms since the epoch; undefined where it concerns none, or all. */
  readonly nominal?: number | undefined;
  /** Of a pause that was asked for by its length, in ms. */
  readonly length?: number | undefined;
  /** Of a pause that was asked for by its end, in ms since the epoch. With neither it lasts until it is resumed. */
  readonly until?: number | undefined;
  /** The run that it made. */
  readonly run?: string | undefined;
}

export interface NotedIntervention extends Intervention {
  /** By the server's clock, in ms since the epoch. */
  readonly at: number;
}

/** `id`: of the request, as `Intervention` has it. */
export interface ScheduleRequest extends Asker {
  readonly id: string;
}

export interface PauseOptions extends ScheduleRequest {
  /** Its length in ms, or its end in ms since the epoch; undefined: until it is resumed. */
  readonly end: { readonly length: number } | { readonly until: number } | undefined;
}

export interface ScheduleRequests {
  /** Pauses a schedule, in place of a pause that it has. Its account is opened at `state` where it has none. */
  pause(name: string, state: ScheduleState, pause: PauseOptions): Promise<void>;
  /** Ends a pause. Returns whether there was one. */
  resume(name: string, request: ScheduleRequest): Promise<boolean>;
  /** Asks for a time to be left out, or, with `undo`, for it not to be. Asking again replaces who and why. */
  ask(name: string, skip: TickRequest & ScheduleRequest, undo: boolean): Promise<void>;
  /** Notes what somebody did by hand; pauses, their ends, and what is asked are noted by themselves. Idempotent. */
  note(name: string, interventions: readonly Intervention[]): Promise<void>;
  /** What was done by hand, the newest first; as many as there are records of times. */
  interventions(name: string, limit: number): Promise<readonly NotedIntervention[]>;
  /**
   * Gives back what people want of a schedule to a server that knows of fewer requests, since it was emptied, or is a copy that lacks
   * the last ones. What they wanted since it was emptied stays. Returns whether it had lost any.
   */
  restore(name: string, known: ScheduleAccount): Promise<boolean>;
}
