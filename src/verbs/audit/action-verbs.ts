/** The verbs that change something; `actions.ts` says what is recorded of each. */
export const ACTION_VERBS = [
  ...(['warm', 'stopRun', 'invalidate', 'clear', 'purge', 'gc', 'import', 'validate'] as const),
  ...(['pauseSchedules', 'resumeSchedules', 'skipTick', 'backfill', 'trigger'] as const),
  ...(['release', 'redrive', 'setLogLevel'] as const),
] as const;

/** What is on record besides: what people did to jobs by bull-board. */
export const BULL_BOARD = 'bullBoard';
/** All that a record may name. */
export const DEEDS = [...ACTION_VERBS, BULL_BOARD] as const;
export type Deed = (typeof DEEDS)[number];
export type ActionVerb = (typeof ACTION_VERBS)[number];
