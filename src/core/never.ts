/** The signal of a call that nobody gives up: it is never aborted. */
export const NEVER: AbortSignal = new AbortController().signal;
