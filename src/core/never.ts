/** For calls that are not bounded by a signal: it never aborts. */
export const NEVER: AbortSignal = new AbortController().signal;
