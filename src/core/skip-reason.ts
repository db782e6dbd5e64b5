/**
 * Why a time of a schedule was skipped. `missed`: no scheduler ran, and the policy does not make up for it. `overlap`: the run of an
 * earlier time had not ended. `excepted`: it lay in a window of `except`. `paused`: somebody had paused the schedule. `asked`: somebody
 * asked for this time to be left out. `too-late`: it could not begin while it was of use.
 */
export const SKIP_REASONS = ['missed', 'overlap', 'excepted', 'paused', 'asked', 'too-late'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];
