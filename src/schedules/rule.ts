/** The rule of a schedule as text: it is stored with the schedule's cursor, so that a changed rule is noticed. */
import type { TimeRule } from '../policy/nominal-times.ts';

export function ruleText({
  cron,
  timezone,
}: {
  readonly cron: string;
  readonly timezone: string | undefined;
}): string {
  return JSON.stringify({ cron, ...(timezone === undefined ? {} : { timezone }) });
}

/** What `ruleText` wrote. A text that is none, of another version say, names no times. */
export function ruleOf(text: string): TimeRule {
  try {
    const { cron, timezone } = JSON.parse(text) as { readonly cron?: string; readonly timezone?: string };
    return cron === undefined ? NO_TIMES : { cron, timezone };
  } catch {
    return NO_TIMES;
  }
}

const NO_TIMES: TimeRule = { at: [] };
