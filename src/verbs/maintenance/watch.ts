import { z } from 'zod';
import { type Argument, abortSignal, callback } from '../../core/arguments.ts';
import { NEVER } from '../../core/never.ts';

/** How the caller of a verb that takes its time stops it, and learns how far it is. */
export interface MaintenanceWatch {
  /** Aborts the verb between two batches: it then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Entries, or lines, that are done so far. */
  readonly onProgress: (done: number) => void;
}

const ignore = () => {};

export const watchArgument = [
  'watch',
  z
    .strictObject({
      signal: abortSignal().default(NEVER),
      onProgress: callback<MaintenanceWatch['onProgress']>().default(() => ignore),
    })
    .prefault({}),
] as const satisfies Argument;
