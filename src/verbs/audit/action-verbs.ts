/** The verbs that change something; `actions.ts` says what is recorded of each. */
export const ACTION_VERBS = [
  ...(['warm', 'stopRun', 'invalidate', 'clear', 'purge', 'gc', 'import', 'validate'] as const),
  ...(['pauseSchedules', 'resumeSchedules', 'skipTick', 'backfill', 'trigger'] as const),
  ...(['release', 'redrive', 'setLogLevel'] as const),
] as const;
export type ActionVerb = (typeof ACTION_VERBS)[number];
