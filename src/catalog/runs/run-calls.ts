/** The contract of a run's calls: what the calls for its keys took, chunk by chunk. It measures, and decides nothing. */
import type { CallRecord } from '../../core/call-record.ts';

/** A key, and how long the slowest call for it took, in ms. */
export interface SlowCall {
  readonly key: string;
  readonly ms: number;
}

/** What calls for one chunk took. */
export interface ChunkCalls extends CallRecord {
  readonly source: string;
  /** The slowest keys, the slowest first: a few. */
  readonly slow: readonly SlowCall[];
}

export interface RunCalls {
  /** `part` names one piece of work on a chunk: what is told of it again replaces what was told before. */
  note(run: string, part: string, calls: ChunkCalls): Promise<void>;
  /** What was told of a run; nothing of one that made no calls, or that is not kept any more. */
  of(run: string): Promise<readonly ChunkCalls[]>;
}
