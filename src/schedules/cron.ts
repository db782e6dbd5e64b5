/** Cron expressions: the only place that knows how node-cron reads them. */
import { createTask, type ScheduledTask, type TaskOptions } from 'node-cron';
import { ForewarmError, messageOf } from '../core/errors.ts';

export interface CronSchedule {
  /** Letters, digits, `_`, `-` and `.`: it becomes part of a job's id. */
  readonly name: string;
  readonly cron: string;
  /** Undefined is the machine's. */
  readonly timezone: string | undefined;
}

/**
 * The next `count` nominal times of a schedule, in ms since the epoch, by the parser that fires it. Throws
 * `E_CONFIG_INVALID` for an expression or a time zone that cannot be used.
 */
export function nextTimes(cron: string, timezone: string | undefined, count: number): number[] {
  const task = cronTask({ name: cron, cron, timezone }, () => undefined, {});
  try {
    return task.getNextRuns(count).map((date) => date.getTime());
  } finally {
    // node-cron keeps every task it made in a list until it is destroyed.
    void task.destroy();
  }
}

/** A task that calls `run` at each nominal time, once started. Throws like `nextTimes`. */
export function cronTask(
  { name, cron, timezone }: CronSchedule,
  run: (context: { readonly date: Date }) => unknown,
  options: TaskOptions,
): ScheduledTask {
  try {
    return createTask(cron, run, timezone === undefined ? options : { ...options, timezone });
  } catch (cause) {
    const where = timezone === undefined ? '' : ` in time zone "${timezone}"`;
    throw new ForewarmError(
      'E_CONFIG_INVALID',
      `schedule "${name}" cannot fire at "${cron}"${where}: ${messageOf(cause)}`,
      { cause },
    );
  }
}
