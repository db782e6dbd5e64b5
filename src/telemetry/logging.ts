import { type Clock, systemClock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { logEvents } from './log-events.ts';
import { createLogger, type LoggerDeps, type LogOptions } from './logger.ts';

export interface LoggingDeps extends Omit<LoggerDeps, 'now'> {
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
  const logger = createLogger({ ...deps, now: () => clock.now() });
  const stop = logEvents({ events: deps.events, logger, clock });
  return {
    level: (level) => {
      logger.level = level;
    },
    close: stop,
  };
}
