/** How the caller of a verb that takes its time stops it, and learns how far it is. */
export interface MaintenanceWatch {
  /** Aborts the verb between two batches: it then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Entries, or lines, that are done so far. */
  readonly onProgress: (done: number) => void;
}
