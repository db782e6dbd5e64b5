/** What is known of a key when somebody asks why it is cold, gathered before anything is judged. */
import type { LedgerState } from '../../budget/ledger.ts';
import type { CatalogRecord } from '../../catalog/catalog.ts';
import type { ReadFailure } from '../../catalog/read-failures.ts';
import type { ProcessBeat } from '../../catalog/registry.ts';
import type { Run } from '../../catalog/runs/runs.ts';
import type { SilentTier } from '../../core/answer.ts';
import type { Head } from '../../core/entry.ts';
import type { Selector } from '../../core/selector/selector.ts';
import type { Source } from '../../core/source.ts';
import type { LaneCounts } from '../../queue/queue.ts';
import type { Fence } from '../../tiers/invalidation/fences.ts';
import type { RunReach } from '../runs/run-reach.ts';
import type { ScheduleView } from '../schedules/schedule-shapes.ts';
import type { KeyRuns } from './key-runs.ts';

/** What all keys of a source have in common. Undefined parts: the jobs Redis does not say. */
export interface SourceFacts {
  readonly processes: readonly ProcessBeat[] | undefined;
  /** The budget of its origin. */
  readonly budget: LedgerState | undefined;
  /** Jobs of its origin. */
  readonly lane: LaneCounts | undefined;
  /** The schedules of its temperature: what refreshes it. */
  readonly refreshes: readonly ScheduleView[];
  /** The schedules that make runs, of whatever, with what they select. */
  readonly runMakers: readonly { readonly view: ScheduleView; readonly selector: Selector }[];
  /** Runs that have not ended and may have keys of it. */
  readonly running: readonly { readonly run: Run; readonly reach: RunReach }[];
}

/** Which entity sets have a key. */
export interface KeySets {
  /** The sets that feed its source. */
  readonly feeding: readonly string[];
  /** Those of them that have it; empty where the key stands for a set and nobody says which. */
  readonly listing: readonly string[];
  readonly isListed: boolean;
  readonly unread: readonly { readonly entities: string; readonly reason: string }[];
  /** A key of these sets that it may have been meant to be. */
  readonly near: string | undefined;
}

export interface KeyFacts {
  readonly key: string;
  readonly source: Source;
  readonly now: number;
  /** The newest that a tier holds, as fences let it be seen. */
  readonly head: Head | undefined;
  /** The fences that hide it, the latest first. */
  readonly fences: readonly Fence[];
  /** Tiers that may have it and did not answer. */
  readonly silent: readonly SilentTier[];
  readonly record: CatalogRecord | undefined;
  /** Why nothing is known of the record; undefined where the jobs Redis answered. */
  readonly silence: string | undefined;
  readonly readFailure: ReadFailure | undefined;
  /** Undefined: nobody looked. */
  readonly sets: KeySets | undefined;
  /** The last runs that had it. Undefined: nobody looked. */
  readonly runs: KeyRuns | undefined;
  readonly around: SourceFacts;
}
