/**
 * What a log line is, before any is written. The files of this folder declare all of them, a file for each subject; `log-events.ts`
 * writes them as their events come, and `docs/logs.md` lists them. A name never changes its meaning: people search and count by it.
 */
import type { EventMap, EventName } from '../../core/events.ts';
import type { FieldName } from './fields.ts';

export type Level = 'error' | 'warn' | 'info' | 'debug';

/** Fields that a payload has, under their names in the log: an error is `err` there. */
type FieldOf<P> = (keyof P & FieldName) | (P extends { readonly error: unknown } ? 'err' : never);

interface LineInit<P> {
  readonly level: Level;
  /** For people: when it is written. */
  readonly when: string;
  readonly fields: readonly FieldOf<P>[];
  /** Whether this payload is one for the line; all of them are, unless told. */
  readonly if?: (payload: P) => boolean;
  /** Whatever the level is, but for `silent`. */
  readonly isAlwaysTold?: true;
  /** `now` in ms since the epoch. */
  readonly text: (payload: P, now: number) => string;
  /**
   * Lines of which this gives the same text are written once per window, and then counted. Unless told: those whose text differs in
   * numbers and quoted names alone.
   */
  readonly same?: (payload: P) => string;
  /** The window, in ms; `REPEAT_WINDOW_MS` unless told. */
  readonly window?: number;
}

/** One kind of line: what it is called, and how it is made of its payload. */
export interface LogLine<P = never> extends Omit<LineInit<P>, 'fields'> {
  readonly name: string;
  /** The event that it is made of; null where a part of telemetry makes it. */
  readonly on: EventName | null;
  readonly fields: readonly FieldName[];
}

export const REPEAT_WINDOW_MS = 10_000;

/** Declares the line of an event. Of several for one event the first is written whose `if` holds. */
export function line<E extends EventName>(
  name: string,
  on: E,
  init: LineInit<EventMap[E]>,
): LogLine<EventMap[E]> {
  return { name, on, ...init } as LogLine<EventMap[E]>;
}

/** Declares a line that no event alone makes. */
export function lineOf<P>(name: string, init: LineInit<P>): LogLine<P> {
  return { name, on: null, ...init } as LogLine<P>;
}

/** `: reason`, where there is one. */
export function because(reason: string | undefined): string {
  return reason === undefined || reason === '' ? '' : `: ${reason}`;
}
