/**
 * How long anything waits for something that may not come, in ms: one figure for each kind of waiting. What a user
 * configures (`timeout`, `deadline`, `hardDeadline`) is not here, nor is how often something is tried.
 */
export const PATIENCE = {
  /** A reader, for the jobs Redis: a request to an application waits behind it, and can do without. */
  reader: 250,
  /** A caller, for a permit. Work that would wait longer goes back to the queue; a read goes on without. */
  permit: 2_000,
  /** A health probe, for its reasons. Probes give up after a few seconds, and a reason is worth more to them than silence. */
  health: 3_000,
  /** A role that starts, and whoever gives every answer a bound, for a server. */
  server: 5_000,
  /** A command that does without roles, for the first connection. */
  command: 2_000,
  /** An errand, for one reply of the jobs Redis. */
  errand: 2_000,
  /** An errand, for a connection that is being made anew. */
  reconnect: 500,
  /** Whoever closes a connection, for the server's last word. */
  farewell: 500,
  /** A process that ends, for work that it repeats and has told to end. */
  leaving: 500,
  /** A process that ends, for the receiver of its last spans and numbers. */
  receiver: 1_000,
  /** One check of a self-test, all its steps together. */
  check: 4_000,
  /** Whoever follows a run, for a jobs Redis that is away. */
  watch: 60_000,
  /** The end of a run, for a tier that does not answer. Then the run ends without that tier. */
  verify: 5_000,
  /** A verb, for the entity sets that are asked of others, all of them together: its answer counts their time. */
  sets: 4_000,
  /** Whoever asks a user's module outside of a call that has a bound of its own, for one step of it; or reads a pipe whole. */
  module: 30_000,
  /** A process that ends, for a user's module to close. */
  close: 1_500,
} as const;
