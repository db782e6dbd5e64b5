import { type Clock, systemClock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { LogLevelName } from '../core/log-level.ts';
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
  const stop = logEvents({ events: deps.events, logger, clock });
  const write = lineWriter(logger, clock);
  let [level, hushed] = [deps.options.level, false];
  const set = () => {
    logger.level = hushed && MORE.has(level) ? 'warn' : level;
  };
  set();
  const off = deps.events.on('log-level:changed', (change) => {
    level = change.to;
    set();
  });
  return {
    hush: (isHushed) => {
      hushed = isHushed;
      set();
    },
    tell: (line, payload) => write(line, payload),
    close: () => {
      off();
      stop();
    },
  };
}

/**
 * Of a trace that is taken: nothing else can be looked up. As OpenTelemetry names them in logs of others: https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/
 */
function traceFields(trace: TraceContext | undefined): Readonly<Record<string, string>> {
  return trace?.sampled !== true ? {} : { trace_id: trace.traceId, span_id: trace.spanId };
}
