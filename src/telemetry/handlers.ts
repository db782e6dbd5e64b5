/** What log lines are made by: a handler for each event, and the ways to write. */
import type { EventMap, EventName } from '../core/events.ts';

export type Handlers = { readonly [N in EventName]?: (payload: EventMap[N]) => void };
type Level = 'error' | 'warn' | 'info' | 'debug';
/** Writes a text that repeats once in a while, with how often it was. */
export type Write = (level: Level, fields: object, text: string) => void;
