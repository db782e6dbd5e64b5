/** The contract of the versions that sources share: what a version probe last saw. */
import type { Stamp } from '../core/entry.ts';

/** The version that all values of a source shared when its origin was asked. */
export interface SharedVersion {
  readonly version: string;
  /** Of the call that asked. */
  readonly stamp: Stamp;
}

export interface Versions {
  /** The latest version that was noted; undefined when none was. */
  of(source: string): Promise<SharedVersion | undefined>;
  /** Remembers what was seen, unless something with a higher stamp is known. */
  note(source: string, seen: SharedVersion): Promise<void>;
}
