/** The timer of schedulers: node-cron, in UTC, where no clock changes. */
import { createTask } from 'node-cron';

export interface RunningTimer {
  /** It calls nothing any more. Idempotent. */
  stop(): Promise<void>;
}

/** Calls `wake` at the beginning of each second, until it is stopped. It never keeps the process alive. */
export type EachSecond = (wake: () => void) => Promise<RunningTimer>;

const nothing = () => {};
/** node-cron's logger: what it would say is seen in the account of ticks. */
const SILENT = { info: nothing, warn: nothing, debug: nothing, error: nothing };

export const eachSecond: EachSecond = async (wake) => {
  const task = createTask('* * * * * *', wake, { timezone: 'UTC', unref: true, logger: SILENT });
  await task.start();
  return {
    async stop() {
      await task.destroy();
    },
  };
};
