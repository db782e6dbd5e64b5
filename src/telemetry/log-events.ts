/**
 * Telemetry turns what lower floors emit (`core/events.ts`) into what people and machines read. Nothing below it logs or knows that
 * anything is counted, so a test can listen to the same events.
 *
 * Logs: `startLogging` (logging.ts) is called once per process. It creates the logger (logger.ts: pino, JSON or text, secrets hidden)
 * and subscribes `logEvents` below, which decides for each event its level, fields and text. Quiet where all is well: single jobs,
 * calls and ticks are at debug. Keys that end are summed up per source and run (outcome-summary.ts); a text that repeats is written
 * once per window and then counted (repeat-limit.ts), so that an outage is a few lines and not a flood.
 *
 * Metrics: `Counters` (counters.ts) counts what `core/metrics/metrics.ts` declares; `exposition` (exposition.ts) is the text for Prometheus.
 *
 * What must stay true: a listener is synchronous, cheap and does not throw into the emitter; what is kept grows with the
 * configuration, never with the work; and nothing that may be a secret is written unredacted.
 */

import type { Clock } from '../core/clock.ts';
import { count, counted, countedWith } from '../core/counted.ts';
import { ERRORS, ForewarmError, messageOf } from '../core/errors.ts';
import type { EventMap, EventName, Events } from '../core/events.ts';
import { roundDuration } from '../core/units.ts';
import type { Handlers, Write } from './handlers.ts';
import { ofKeys, ofMetadata } from './key-lines.ts';
import type { Logger } from './logger.ts';
import { OutcomeSummary } from './outcome-summary.ts';
import { RepeatLimit } from './repeat-limit.ts';

/** The same text is written at most once in this time. */
const REPEAT_WINDOW_MS = 10_000;
/** Keys that ended are one line per source and run in this time. */
const SUMMARY_WINDOW_MS = 5_000;
/** Endings of a job that need attention. */
const BAD_ENDINGS: ReadonlyMap<string, string> = new Map([
  ['retry', 'failed and will be retried'],
  ['failed', 'failed for good'],
  ['abandoned', 'was abandoned'],
  ['lost', 'was lost to another worker'],
]);

export interface EventLoggingDeps {
  readonly events: Events;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Logs events until the returned function is called, which writes what was held back. */
export function logEvents({ events, logger, clock }: EventLoggingDeps): () => void {
  const limit = new RepeatLimit({ clock, window: REPEAT_WINDOW_MS });
  const summary = new OutcomeSummary({
    clock,
    window: SUMMARY_WINDOW_MS,
    write: (line) => logger.info({ source: line.source, run: line.run, outcomes: line.outcomes }, line.text),
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
    ...ofWork(logger, summary, once),
    ...ofSchedules(logger, clock),
    ...ofKeys(once),
    ...ofMetadata(logger),
    ...ofServices(logger),
    ...ofTiers(logger, once),
    ...ofOrigins(logger, once, clock),
    problem: ({ where, error }) =>
      once('error', { where, err: error }, `${where}: ${messageOf(error)}${remedyOf(error)}`),
  });
  return () => {
    for (const off of offs) off();
    summary.flush();
    limit.close();
  };
}

function subscribe(events: Events, handlers: Handlers): (() => void)[] {
  return Object.entries(handlers).map(([name, handler]) =>
    // Object.entries forgets which handler goes with which name; `Handlers` has checked each pair.
    events.on(name as EventName, handler as (payload: unknown) => void),
  );
}

function ofWork(logger: Logger, summary: OutcomeSummary, once: Write): Handlers {
  return {
    'keys:ended': (payload) => {
      logger.debug(payload, 'keys ended');
      summary.add(payload);
    },
    'job:started': (payload) => logger.debug(payload, 'job started'),
    'job:ended': (payload) => {
      const bad = BAD_ENDINGS.get(payload.ending);
      if (bad === undefined) logger.debug(payload, 'job ended');
      else once('warn', payload, `a ${payload.kind} job ${bad}${because(payload.reason)}`);
    },
    'job:handed-back': ({ reason }) => once('warn', { reason }, `jobs are left to other workers: ${reason}`),
    'state:lost': ({ run }) =>
      logger.warn(
        { run },
        `the jobs Redis lost what was kept there: it was emptied, or restarted without its data; ${run === '' ? 'run `forewarm warm` for what is to be kept warm' : `run ${run} warms again what is configured`}; pauses of schedules, and times that were to be left out, are lost unless a scheduler still knows them: see \`forewarm schedules\``,
      ),
    'run:created': ({ run, selector, schedule }) => {
      const by = schedule === undefined ? '' : ` by schedule ${schedule}`;
      logger.info({ run, selector, schedule }, `run ${run} created${by}: ${selector || 'everything'}`);
    },
    'run:ended': ({ run, reason }) => {
      summary.flush();
      logger.info({ run, reason }, `run ${run} ended: ${reason}`);
    },
  };
}

function ofSchedules(logger: Logger, clock: Clock): Handlers {
  /** Why schedules were last said to skip times, and when: a pause is not said at each time that it takes. */
  const said = new Map<string, { readonly reason: string; readonly at: number }>();
  const isSaid = (schedule: string, reason: string) => {
    const last = said.get(schedule);
    return last?.reason === reason && clock.elapsed() - last.at < SAID_AGAIN_MS;
  };
  return {
    'schedule:tick': (payload) => {
      said.delete(payload.schedule);
      const text = `schedule ${payload.schedule} fired${payload.late ? ' late' : ''}`;
      logger[payload.late && payload.won ? 'warn' : 'debug'](payload, text);
    },
    'schedule:aside': ({ schedule }) =>
      logger.warn(
        { schedule },
        `schedule ${schedule} is left to schedulers that started later and have another rule; restart this process with their configuration, or restart it as it is to bring its rule back`,
      ),
    'schedule:restored': ({ schedule, paused, leftOut }) =>
      logger.warn(
        { schedule, paused, leftOut },
        `the jobs Redis had lost what was asked of schedule ${schedule}, and has it back: ${paused ? 'it is paused' : 'it is not paused'}, ${leftOut} of its times left out; see \`forewarm schedules show ${schedule}\``,
      ),
    'schedule:skipped': ({ schedule, nominal, from, count, reason }) => {
      const [at, since] = [nominal, from].map((time) => new Date(time).toISOString());
      const isKnown = isSaid(schedule, reason);
      const level = !WANTED.has(reason) ? 'warn' : isKnown ? 'debug' : 'info';
      if (!isKnown) said.set(schedule, { reason, at: clock.elapsed() });
      const what =
        from === nominal ? `its tick of ${at}` : `${count ?? 'very many'} ticks from ${since} to ${at}`;
      logger[level](
        { schedule, nominal, from, count, reason },
        `schedule ${schedule} skipped ${what}: ${reason}`,
      );
    },
  };
}

/** What goes on for longer is said again, in ms. */
const SAID_AGAIN_MS = 3_600_000;
/** Reasons for which somebody wanted a tick to be skipped. */
const WANTED: ReadonlySet<string> = new Set(['paused', 'excepted', 'asked']);

function ofServices(logger: Logger): Handlers {
  return {
    'clock:off': ({ behind }) => {
      const off = roundDuration(Math.abs(behind));
      const way = behind > 0 ? 'behind' : 'ahead of';
      if (Math.abs(behind) <= 1_000)
        logger.info({ behind }, "this host's clock agrees with the jobs Redis again");
      else
        logger.warn(
          { behind },
          `this host's clock is ${off} ${way} that of the jobs Redis, by which times are judged`,
        );
    },
    'service:started': (payload) => logger.debug(payload, `${payload.service} started`),
    'service:stopped': ({ service, ms }) =>
      logger.debug({ service, ms: Math.round(ms * 10) / 10 }, `${service} stopped`),
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
      } else if (state === 'closed') logger.info({ tier, of }, `tier ${tier}: ${of} have recovered`);
      else logger.debug({ tier, of, reason }, `tier ${tier}: ${of} are being tried`);
    },
    'tier:uncompressed': ({ tier, key, reason }) =>
      once('warn', { tier, key, reason }, `tier ${tier}: a body is stored uncompressed: ${reason}`),
    'tier:corrupt': ({ tier, key, reason }) =>
      once('warn', { tier, key, reason }, `tier ${tier}: a stored entry is corrupt: ${reason}`),
    'tier:overflowing': (payload) => {
      const text = `tier ${payload.tier} does not hold what it is given: ${lossOf(payload)}; it is not filled for a while`;
      once('warn', payload, text);
    },
    'fences:restored': ({ count: lost }) =>
      logger.warn(
        { count: lost },
        `the jobs Redis had lost ${counted(lost, 'invalidation')} by tag, prefix or source, which hold again`,
      ),
    'tier:repaired': (payload) => {
      const left = payload.left === 0 ? '' : `, ${payload.left} to go`;
      once(
        'info',
        payload,
        `tier ${payload.tier}: ${counted(payload.keys, 'missed entry', 'missed entries')} written${left}`,
      );
    },
    'tier:reencrypted': (payload) => {
      const text = `tier ${payload.tier}: ${counted(payload.keys, 'entry', 'entries')} encrypted with the current key`;
      logger.info(payload, text);
    },
  };
}

function lossOf({ lost, sample, evicted }: EventMap['tier:overflowing']): string {
  if (evicted > 0)
    return `${countedWith(evicted, 'key', ['was', 'were'])} pushed out while others were copied there`;
  return `${count(lost)} of ${counted(sample, 'key')} gone after others were copied there`;
}

function ofOrigins(logger: Logger, once: Write, clock: Clock): Handlers {
  return {
    'origin:call': (payload) => {
      const { origin, source, result, reason } = payload;
      if (result === 'ok') logger.debug(payload, `origin ${origin} responded`);
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
    'budget:lowered': (payload) => {
      const { origin, rate, permits, reason } = payload;
      const pace = Number.isFinite(rate) ? ` and ${rate.toPrecision(3)} calls a second` : '';
      once(
        'warn',
        payload,
        `origin ${origin} is lowered to ${counted(permits, 'call')} at a time${pace}${because(reason)}`,
      );
    },
    'budget:restored': (payload) => {
      once('info', payload, `origin ${payload.origin} bears its configured limits again`);
    },
  };
}

const FAILED = {
  retryable: 'not answered',
  throttled: 'throttled',
  permanent: 'rejected',
} as const;

/** Texts that differ only in numbers or quoted names are one problem. */
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
