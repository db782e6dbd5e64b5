/** What others learn of a job that is run: its beginning and its end, and the trace that it is. */
import type { Job } from 'bullmq';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { readTraceparent } from '../core/traceparent.ts';
import type { Span } from '../core/tracing.ts';
import type { ActiveJob } from './bullmq-active-job.ts';
import type { Ending } from './queue.ts';

export interface ReportDeps {
  readonly clock: Clock;
  readonly events: Events;
  readonly lane: string;
  /** Since when the job was ready, on the clock of the host; undefined: since it was added, or its delay was over. */
  readonly readyAt: number | undefined;
}

/**
 * Handles a job in a trace of its own, with a link to whoever queued it: one trace for a job that comes back again and again, or for
 * the thousand chunks of a run, would have no end.
 */
export function reported(
  job: Job,
  active: ActiveJob,
  { clock, events, lane, readyAt }: ReportDeps,
  handle: () => Promise<Ending>,
): Promise<Ending> {
  const subject = { kind: job.name, id: String(job.id), lane };
  const attempt = job.attemptsMade + 1;
  const began = clock.elapsed();
  const ended = (span: Span, ending: string, reason?: string) => {
    span.set({ 'forewarm.job.ending': ending, 'forewarm.reason': reason });
    const ms = clock.elapsed() - began;
    events.emit('job:ended', { ...subject, ms, ending, ...(reason === undefined ? {} : { reason }) });
  };
  return events.tracer.root(rootOf(job, lane, attempt), async (span) => {
    events.emit('job:started', { ...subject, attempt, ...waitOf(job, readyAt) });
    try {
      const ending = await active.ending(async () => handle());
      const how = active.releasedFor === 'lost' ? 'lost' : ending.kind;
      ended(span, how, 'reason' in ending ? ending.reason : undefined);
      return ending;
    } catch (error) {
      ended(span, lastAttempt(job) ? 'failed' : 'retry', messageOf(error));
      throw error;
    }
  });
}

/**
 * How long it was ready before it was taken; nothing of a job that was taken before, since it was put back for a reason. Hosts whose
 * clocks differ may show less than nothing.
 */
function waitOf(job: Job, readyAt: number | undefined): { waited?: number } {
  const { attemptsStarted, timestamp, processedOn, opts } = job;
  if (attemptsStarted !== 1 || processedOn === undefined) return {};
  return { waited: Math.max(0, processedOn - (readyAt ?? timestamp + (opts.delay ?? 0))) };
}

export function lastAttempt(job: Job): boolean {
  return job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
}

function rootOf(job: Job, lane: string, attempt: number) {
  return {
    name: job.name,
    kind: 'consumer',
    attributes: {
      'forewarm.lane': lane,
      'forewarm.job.kind': job.name,
      'forewarm.job.id': String(job.id),
      'forewarm.job.attempt': attempt,
    },
    // Of a job that an older version queued nothing is known.
    from: readTraceparent(job.opts.telemetry?.metadata),
    joins: 'link',
  } as const;
}
