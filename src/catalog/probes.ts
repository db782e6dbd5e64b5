/** The contract of probes: what the last probe of an origin found, so that looking at an origin often does not call it often. */

export interface ProbeRecord {
  /** When the origin was asked, in ms since the epoch. */
  readonly at: number;
  /** Why it is not well; undefined when it answered. */
  readonly failure: string | undefined;
}

/** `claimed`: nobody has asked lately, and the caller does now. `asked`: somebody is asking. Else what was found lately. */
export type Claim = 'claimed' | 'asked' | ProbeRecord;

export interface Probes {
  claim(origin: string): Promise<Claim>;
  /** What the probe that was claimed here has found; undefined when none was made after all: the claim is free again. */
  note(origin: string, record: ProbeRecord | undefined): Promise<void>;
}

/** For how long a probe speaks for its origin, in ms. */
export const PROBE_COUNTS_MS = 10_000;
