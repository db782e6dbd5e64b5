/** What the warmer is asked to do, and what it returns. */
import type { BudgetUser } from '../core/budget.ts';
import type { CallRecord } from '../core/call-record.ts';
import type { Outcome } from '../core/outcome.ts';
import type { RefusalRule } from '../core/refusal.ts';
import type { Params, Source } from '../core/source.ts';
import type { WarmOptions } from '../policy/decision.ts';
import type { SlowKey } from './calls/task-calls.ts';

export interface WarmTask {
  readonly source: Source;
  readonly keys: readonly string[];
  /** Where the one who asks knows more of them than keys can tell. */
  readonly params?: ReadonlyMap<string, Params>;
  readonly options: WarmOptions;
  /** Who uses the budget for it. */
  readonly user: BudgetUser;
  /** Whoever asks for this vouches for it: the origin is believed when it has values no more. */
  readonly acceptAbsent?: boolean;
  /** These keys were asked for by a task before, and failed: they are counted already. */
  readonly isAgain?: boolean;
  /** The run this is for. */
  readonly run: string | undefined;
  /** Called with keys as they end, in batches. A rejection ends the task. */
  readonly onEnded: (batch: readonly Ended[]) => Promise<void>;
  /** Told each time that calls have ended, and before their keys do: what all of them took, and the slowest keys. */
  readonly onCalls?: (calls: CallRecord, slow: readonly SlowKey[]) => Promise<void>;
  /** Aborts the task: no call is begun any more; what was fetched is still stored. */
  readonly signal: AbortSignal;
}

/** How a key of a task ended. `index` is its place among the task's keys. */
export interface Ended {
  readonly index: number;
  readonly outcome: Outcome;
  /** Why, for `refused` and `failed`. */
  readonly reason: string;
  /** Which rule it broke: of `refused`, and of nothing else. */
  readonly rule?: RefusalRule;
  /** When its entry is due. Undefined when there is none, and for failures, which are due by a rule of their own. */
  readonly dueAt: number | undefined;
  /** When its fetch or its task began, ms since the epoch, where there was one: what made it due, or released it, after that still counts. */
  readonly since?: number;
  readonly blameless?: Unfinished['blameless'];
}

/** A key that did not end and is to be tried again. */
export interface Unfinished {
  readonly index: number;
  readonly reason: string;
  /** The key is not to blame: no call was made for it, or what failed fails for every key, as its origin or the tiers do. */
  readonly blameless?: true | undefined;
}

/** The keys of a task that did not end. With both empty, every key ended. */
export interface WarmResult {
  /** Keys that were tried, in vain. */
  readonly unfinished: readonly Unfinished[];
  /** The origin is paused: the keys that did not end wait until then (ms since the epoch). */
  readonly deferred: { readonly until: number; readonly reason: string } | undefined;
}
