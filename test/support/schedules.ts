/** Rules of schedules for tests: one tick for all that were missed within an hour, and nothing else. */
import type { TickRules } from '../../src/policy/tick-rules.ts';

export const PLAIN_RULES: TickRules = {
  ...{ missed: 'once', catchUp: 3_600_000, latest: 0, overlap: 'allow', jitter: 0 },
  ...{ except: [], calendar: undefined, deadline: { after: 0 } },
};

/** Nothing goes on, and no schedule has a calendar. */
export const QUIET = { busy: async () => undefined, windows: async () => [] };
