/**
 * Telemetry turns what lower floors emit (`core/events.ts`) into what people and machines read. Nothing below it logs or knows that
 * anything is counted, so a test can listen to the same events.
 *
 * Logs: `startLogging` (logging.ts) is called once per process. It creates the logger (logger.ts: pino, JSON or text, secrets hidden)
 * and subscribes `logEvents` below, which writes the lines that `lines/` declares: for each its name, level, fields and text. Quiet where all
 * is well: single jobs, calls and ticks are at debug. Keys that end are summed up per source and run (outcome-summary.ts); a text that
 * repeats is written once per window and then counted (repeat-limit.ts), so that an outage is a few lines and not a flood. To add a line,
 * declare it, and run `npm run docs`.
 *
 * Metrics: `Counters` (counters.ts) counts what `core/metrics/metrics.ts` declares; `exposition` (exposition.ts) is the text for Prometheus.
 *
 * What must stay true: a listener is synchronous, cheap and does not throw into the emitter; what is kept grows with the
 * configuration, never with the work; and nothing that may be a secret is written unredacted.
 */

import type { Clock } from '../core/clock.ts';
import { count } from '../core/counted.ts';
import type { EventName, Events } from '../core/events.ts';
import { roundDuration } from '../core/units.ts';
import { type LogLine, REPEAT_WINDOW_MS } from './lines/line.ts';
import { LINES } from './lines/lines.ts';
import { KEYS_ENDED } from './lines/work-lines.ts';
import type { Logger } from './logger.ts';
import { OutcomeSummary } from './outcome-summary.ts';
import { RepeatLimit, type Repeats } from './repeat-limit.ts';

/** Keys that ended are one line per source and run in this time. */
const SUMMARY_WINDOW_MS = 5_000;
/** What a line is about is the first of these that it has: others are not kept silent by it. All are bounded by the configuration. */
const SUBJECTS = ['origin', 'tier', 'source', 'schedule', 'kind', 'where'] as const;

export interface EventLoggingDeps {
  readonly events: Events;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Logs events until the returned function is called, which writes what was held back. */
export function logEvents({ events, logger, clock }: EventLoggingDeps): () => void {
  const limit = new RepeatLimit({ clock });
  const write = lineWriter(logger, clock);
  const summary = new OutcomeSummary({
    ...{ clock, window: SUMMARY_WINDOW_MS },
    write: (keys) => write(KEYS_ENDED, keys),
  });
  const offs = [
    events.on('keys:ended', (keys) => summary.add(keys)),
    // The keys of a run are told before its end, and what fires again begins to be told anew.
    events.on('run:ended', () => summary.flush()),
    events.on('schedule:tick', ({ schedule }) => limit.end(`schedule.left-out ${schedule}`)),
    // What an outage repeated is told before its end.
    events.on('redis:recovered', () => limit.flush()),
    ...subscribe(events, limited(write, { logger, clock, limit })),
  ];
  return () => {
    for (const off of offs) off();
    summary.flush();
    limit.close();
  };
}

type Write = (line: LogLine, payload: object) => void;

/** Of the lines of an event, the first that takes it is written. */
function subscribe(events: Events, write: Write): (() => void)[] {
  const byEvent = Map.groupBy(LINES, ({ on }) => on);
  return [...byEvent].flatMap(([event, lines]) => {
    if (event === null) return [];
    return events.on(event satisfies EventName, (payload: object) => {
      const line = lines.find((each) => each.if?.(payload as never) ?? true);
      if (line !== undefined) write(line, payload);
    });
  });
}

/** Writes a line where its level is written; one that is always told, at any level but `silent`. */
export function lineWriter(logger: Logger, clock: Clock): Write {
  const loud = logger.child({});
  // As an option it would not be the child's own where the parent has the same one now.
  loud.level = 'info';
  return (line, payload) => {
    if (!isWritten(logger, line)) return;
    const log = line.isAlwaysTold ? loud : logger;
    log[line.level](recordOf(line, payload), line.text(payload as never, clock.now()));
  };
}

interface LimitedDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly limit: RepeatLimit;
}

/** Whoever asks for debug wants to see each, and what people did is told; everything else is limited. */
function limited(write: Write, { logger, clock, limit }: LimitedDeps): Write {
  return (line, payload) => {
    const { level } = line;
    if (level === 'debug' || line.isAlwaysTold) {
      write(line, payload);
      return;
    }
    if (!isWritten(logger, line)) return;
    const text = line.text(payload as never, clock.now());
    const record = recordOf(line, payload);
    const { window = REPEAT_WINDOW_MS } = line;
    const same = line.same?.(payload as never) ?? shapeOf(text);
    limit.pass({ group: groupOf(line, record), text: same, window }, (repeats) => {
      const fields = repeats.count === 0 ? record : { ...record, repeats: repeats.count };
      logger[level](fields, `${text}${told(repeats, window)}`);
    });
  };
}

function isWritten(logger: Logger, { level, isAlwaysTold }: LogLine): boolean {
  return isAlwaysTold ? logger.level !== 'silent' : logger.isLevelEnabled(level);
}

function recordOf(line: LogLine, payload: object): Record<string, unknown> {
  const values: Readonly<Record<string, unknown>> = { ...payload };
  const fields = line.fields.map((name) => [name, name === 'err' ? values.error : values[name]]);
  return { event: line.name, ...Object.fromEntries(fields) };
}

function groupOf({ name }: LogLine, record: Readonly<Record<string, unknown>>): string {
  const subject = SUBJECTS.find((each) => typeof record[each] === 'string');
  return subject === undefined ? name : `${name} ${record[subject]}`;
}

/** Texts that differ only in numbers or quoted names are one problem. */
function shapeOf(text: string): string {
  return text.replace(/"[^"]*"/g, '""').replace(/\d+/g, '0');
}

function told({ count: more, others }: Repeats, window: number): string {
  if (more === 0) return '';
  return ` (${count(more)} ${others ? 'others' : 'more'} in the last ${roundDuration(window)})`;
}
