import { type Clock, systemClock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import type { TraceContext } from '../core/tracing.ts';
import { logEvents } from './log-events.ts';
import { createLogger, type LoggerDeps, type LogOptions } from './logger.ts';

export interface LoggingDeps extends Omit<LoggerDeps, 'now' | 'context'> {
  readonly events: Events;
  readonly clock?: Clock;
}

/** A process's log, while it runs. */
export interface Logging {
  /** Changes the least severe level that is written. */
  level(level: LogOptions['level']): void;
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
  return {
    level: (level) => {
      logger.level = level;
    },
    close: stop,
  };
}

/** As OpenTelemetry names them in logs of others: https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/ */
function traceFields(trace: TraceContext | undefined): Readonly<Record<string, string>> {
  return trace === undefined ? {} : { trace_id: trace.traceId, span_id: trace.spanId };
}
