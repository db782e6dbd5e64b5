import { type Clock, systemClock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { LevelChange, LogLevelName } from '../core/log-level.ts';
import type { TraceContext } from '../core/tracing.ts';
import type { LogLine } from './lines/line.ts';
import { lineWriter, logEvents } from './log-events.ts';
import { createLogger, type LoggerDeps } from './logger.ts';

export interface LoggingDeps extends Omit<LoggerDeps, 'now' | 'context'> {
  readonly events: Events;
  readonly clock?: Clock;
}

/** Levels at which more than warnings is written. */
const MORE: ReadonlySet<LogLevelName> = new Set(['info', 'debug', 'trace']);

/** A process's log, while it runs. */
export interface Logging {
  /** Writes warnings at the most, until it is told otherwise. */
  hush(isHushed: boolean): void;
  /** Writes a line that no event makes. */
  tell<P extends object>(line: LogLine<P>, payload: P): void;
  /** Writes what was held back and listens no more. */
  close(): void;
}

/** Begins to log an app's events. */
export function startLogging(deps: LoggingDeps): Logging {
  const clock = deps.clock ?? systemClock;
  const logger = createLogger({
    ...deps,
    now: () => clock.now(),
    context: () => traceFields(deps.events.tracer.current()),
  });
  const write = lineWriter(logger, clock);
  let [level, hushed] = [deps.options.level, false];
  const set = () => {
    logger.level = hushed && MORE.has(level) ? 'warn' : level;
  };
  set();
  // What is configured for the process may be more than this log writes: a command writes warnings.
  const follow = ({ to, until }: LevelChange) => {
    level = until === undefined ? deps.options.level : to;
    set();
  };
  // The change itself is told before silence begins, and after it has ended.
  const { events } = deps;
  const offs = [
    events.on('log-level:changed', (change) => {
      if (logger.level === 'silent') follow(change);
    }),
    logEvents({ events, logger, clock }),
    events.on('log-level:changed', follow),
  ];
  return {
    hush: (isHushed) => {
      hushed = isHushed;
      set();
    },
    tell: (line, payload) => write(line, payload),
    close: () => {
      for (const off of offs) off();
    },
  };
}

/**
 * Of a trace that is taken: nothing else can be looked up. As OpenTelemetry names them in logs of others: https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/
 */
function traceFields(trace: TraceContext | undefined): Readonly<Record<string, string>> {
  return trace?.sampled !== true ? {} : { trace_id: trace.traceId, span_id: trace.spanId };
}
