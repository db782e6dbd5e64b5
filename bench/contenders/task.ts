/** What a contender is asked, and what it answers, over the channel between the benchmark and its child process. */

export interface Task {
  readonly redisUrl: string;
  readonly originUrl: string;
  /** Of this contender alone, this round: for whatever it keeps on disk. */
  readonly folder: string;
  /** Calls to the origin at the same time. */
  readonly concurrency: number;
  /** CSV files with one column, `market`: those to get warm with, and those to be measured. */
  readonly warmUp: string;
  readonly measured: string;
  /** Whether the origin is asked for many keys per call. */
  readonly batch: boolean;
}

/** How a contender did. */
export interface Feat {
  readonly keys: number;
  /** From being asked to the last key stored. */
  readonly ms: number;
  /** Processor time of the contender's process. */
  readonly cpuMs: number;
}

export type Order = { readonly prepare: Task } | 'go';

export type Reply = 'ready' | { readonly done: Feat } | { readonly failed: string };
