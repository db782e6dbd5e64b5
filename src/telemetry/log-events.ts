import type { Clock } from '../core/clock.ts';
import { ERRORS, ForewarmError, messageOf } from '../core/errors.ts';
import type { EventMap, EventName, Events } from '../core/events.ts';
import { roundDuration } from '../core/units.ts';
import type { Logger } from './logger.ts';
import { RefreshTally } from './refresh-tally.ts';
import { RepeatLimit } from './repeat-limit.ts';

/** The same text is written at most once in this time. */
const REPEAT_WINDOW_MS = 10_000;
/** Keys that ended are told as one line per source and run in this time. */
const TALLY_WINDOW_MS = 5_000;
/** Endings of a job that somebody should look at. */
const BAD_ENDINGS: ReadonlyMap<string, string> = new Map([
  ['retry', 'failed and is tried again'],
  ['failed', 'failed for good'],
  ['abandoned', 'was given up'],
  ['lost', 'was lost to another worker'],
]);

export interface EventLogging {
  readonly events: Events;
  readonly logger: Logger;
  readonly clock: Clock;
}

type Handlers = { readonly [N in EventName]?: (payload: EventMap[N]) => void };
type Level = 'error' | 'warn' | 'info' | 'debug';
type Write = (level: Level, fields: object, text: string) => void;

/**
 * Logs what happens. Quiet where all is well: single jobs, calls and ticks show at debug, keys that ended as one
 * line per source and window; what repeats is counted. The answer stops it and writes what was held back.
 */
export function logEvents({ events, logger, clock }: EventLogging): () => void {
  const limit = new RepeatLimit({ clock, window: REPEAT_WINDOW_MS });
  const tally = new RefreshTally({
    clock,
    window: TALLY_WINDOW_MS,
    tell: (line) => logger.info({ source: line.source, run: line.run, outcomes: line.outcomes }, line.text),
  });
  const once: Write = (level, fields, text) => {
    if (!logger.isLevelEnabled(level)) return;
    limit.pass(`${level} ${shapeOf(text)}`, (repeats) => {
      logger[level](
        { ...fields, ...(repeats > 0 && { repeats }) },
        repeats > 0 ? again(text, repeats) : text,
      );
    });
  };
  const offs = subscribe(events, {
    ...ofWork(logger, tally, once),
    ...ofKeys(once),
    ...ofServices(logger),
    ...ofTiers(logger, once),
    ...ofOrigins(logger, once, clock),
    problem: ({ where, error }) =>
      once('error', { where, err: error }, `${where}: ${messageOf(error)}${remedyOf(error)}`),
  });
  return () => {
    for (const off of offs) off();
    tally.flush();
    limit.close();
  };
}

function subscribe(events: Events, handlers: Handlers): (() => void)[] {
  return Object.entries(handlers).map(([name, handler]) =>
    // Object.entries forgets which handler goes with which name; `Handlers` has checked each pair.
    events.on(name as EventName, handler as (payload: unknown) => void),
  );
}

function ofWork(logger: Logger, tally: RefreshTally, once: Write): Handlers {
  return {
    'keys:ended': (payload) => {
      logger.debug(payload, 'keys ended');
      tally.add(payload);
    },
    'job:started': (payload) => logger.debug(payload, 'job started'),
    'job:ended': (payload) => {
      const bad = BAD_ENDINGS.get(payload.ending);
      if (bad === undefined) logger.debug(payload, 'job ended');
      else once('warn', payload, `a ${payload.kind} job ${bad}${because(payload.reason)}`);
    },
    'run:created': ({ run, selector, schedule }) => {
      const by = schedule === undefined ? '' : ` by schedule ${schedule}`;
      logger.info({ run, selector, schedule }, `run ${run} created${by}: ${selector || 'everything'}`);
    },
    'run:ended': ({ run, reason }) => {
      tally.flush();
      logger.info({ run, reason }, `run ${run} ended: ${reason}`);
    },
    'schedule:tick': (payload) => {
      const text = `schedule ${payload.schedule} fired${payload.late ? ' late' : ''}`;
      logger[payload.late && payload.won ? 'warn' : 'debug'](payload, text);
    },
  };
}

function ofKeys(once: Write): Handlers {
  return {
    'key:refused': ({ source, key, reason }) =>
      once('warn', { source, key, reason }, `${source}: a body was refused, the old value stays: ${reason}`),
    'source:moved': ({ source, from, to }) =>
      once('info', { source, from, to }, `${source}: its version moved, and every key is refreshed`),
    'key:failed': ({ source, key, reason, run }) =>
      once('warn', { source, key, reason, run }, `${source}: a key failed for good: ${reason}`),
  };
}

function ofServices(logger: Logger): Handlers {
  return {
    'service:started': (payload) => logger.debug(payload, `${payload.service} started`),
    'service:stopped': (payload) => logger.debug(payload, `${payload.service} stopped`),
  };
}

function ofTiers(logger: Logger, once: Write): Handlers {
  return {
    'tier:call': (payload) => {
      if (!payload.ok) logger.debug(payload, `tier ${payload.tier}: ${payload.verb} failed`);
    },
    'tier:breaker': ({ tier, of, state, reason }) => {
      if (state === 'open') {
        once('warn', { tier, of, reason }, `tier ${tier}: no ${of} for a while${because(reason)}`);
      } else if (state === 'closed') logger.info({ tier, of }, `tier ${tier}: ${of} go well again`);
      else logger.debug({ tier, of, reason }, `tier ${tier}: ${of} are being tried`);
    },
    'tier:corrupt': ({ tier, key, reason }) =>
      once('warn', { tier, key, reason }, `tier ${tier}: a stored entry is corrupt: ${reason}`),
    'tier:repaired': (payload) => {
      const left = payload.left === 0 ? '' : `, ${payload.left} to go`;
      once('info', payload, `tier ${payload.tier}: ${payload.keys} missed entries written${left}`);
    },
    'tier:reencrypted': (payload) => {
      const text = `tier ${payload.tier}: ${payload.keys} entries of other keys written anew`;
      logger.info(payload, text);
    },
  };
}

function ofOrigins(logger: Logger, once: Write, clock: Clock): Handlers {
  return {
    'origin:call': (payload) => {
      const { origin, source, result, reason } = payload;
      if (result === 'ok') logger.debug(payload, `origin ${origin} answered`);
      else
        once(
          'warn',
          payload,
          `origin ${origin}: a call for ${source} was ${FAILED[result]}${because(reason)}`,
        );
    },
    'budget:pause': ({ origin, until, reason }) => {
      const left = roundDuration(Math.max(0, until - clock.now()));
      once('warn', { origin, until, reason }, `origin ${origin} is paused for ${left}${because(reason)}`);
    },
  };
}

const FAILED = {
  retryable: 'not answered',
  throttled: 'throttled',
  permanent: 'rejected',
} as const;

/** Texts that differ in numbers or quoted names only are one problem. */
function shapeOf(text: string): string {
  return text.replace(/"[^"]*"/g, '""').replace(/\d+/g, '0');
}

function again(text: string, repeats: number): string {
  return `${text} (${repeats} more in the last ${roundDuration(REPEAT_WINDOW_MS)})`;
}

function because(reason: string | undefined): string {
  return reason === undefined || reason === '' ? '' : `: ${reason}`;
}

function remedyOf(error: unknown): string {
  return error instanceof ForewarmError ? ` (${error.code}: ${ERRORS[error.code].remedy})` : '';
}
