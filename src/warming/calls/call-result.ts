/** What a call to an origin is made with, and what comes of it. */
import type { Stamp } from '../../core/entry.ts';
import type { Fetched } from '../../origins/origin.ts';
import type { WarmTask } from '../warm-task.ts';

/** Tries of one call before its keys are tried again later. */
const TRIES = 3;

/** What calls are for. `onCall` is told of each as it ends, retries included: how long it took, and whether it was answered. */
export interface CallTask extends Pick<WarmTask, 'source' | 'user' | 'signal'> {
  readonly onCall?: (ms: number, ok: boolean) => void;
}

export interface CallOptions {
  /** How often it is made while there is no answer. Each try takes a permit of its own. */
  readonly tries: number;
  /** It is for a part of the keys of a call that failed. */
  readonly isPart: boolean;
}

export const WHOLE: CallOptions = { tries: TRIES, isPart: false };
export const PART: CallOptions = { tries: 1, isPart: true };

/** `answered`: what was asked for. `deferred`: the origin is paused, nothing was asked. `failed`: it gave no answer. */
export type CallResult<T = readonly Fetched[]> =
  | { readonly kind: 'answered'; readonly answers: T; readonly stamp: Stamp }
  | {
      readonly kind: 'deferred';
      readonly until: number;
      readonly reason: string;
      /** Others may be asked for meanwhile. */
      readonly onlyThese: boolean;
    }
  | {
      readonly kind: 'failed';
      readonly permanent: boolean;
      readonly reason: string;
      /** One of the keys may be to blame: the others may be answered without it. */
      readonly divisible: boolean;
      /** Before then it need not be asked for this again, ms since the epoch. */
      readonly readyAt?: number | undefined;
      /** Its origin answers nobody, and perhaps was not asked. */
      readonly blameless?: true | undefined;
    };

/** Whether all answers, of which there are some, are of this kind. */
export function isAll(wanted: Fetched['kind'], answers: readonly Fetched[]): boolean {
  return answers.length > 0 && answers.every(({ kind }) => kind === wanted);
}
