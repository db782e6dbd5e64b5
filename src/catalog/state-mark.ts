/**
 * The contract of the state mark: shows that the jobs Redis still has what was kept there. A server that was emptied, or that
 * restarted without its data, has it no more.
 */
import { DAY_MS } from '../core/units.ts';

export interface Mark {
  /** Of this time of the data: another one after each loss. */
  readonly id: string;
  /** When the loss before was noticed, ms since the epoch; 0 when there was none. */
  readonly lostAt: number;
  /** The run that warms again what is configured; '' without one. */
  readonly run: string;
}

/** How long a loss is told of, in ms. */
const LOSS_SHOWN_MS = DAY_MS;

/** When the last loss was noticed, while that is less than a day ago. */
export function recentLoss(mark: Mark | undefined, now: number): number | undefined {
  return mark === undefined || mark.lostAt < now - LOSS_SHOWN_MS ? undefined : mark.lostAt;
}

export interface StateMark {
  read(): Promise<Mark | undefined>;
  /** Sets it, unless one is there; returns the one that is there now. */
  set(mark: Mark): Promise<Mark>;
}
