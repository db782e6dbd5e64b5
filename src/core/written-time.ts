/** Times as people write them: days, local times and instants, by ISO 8601. */

export interface WrittenTime {
  /** Ms since the epoch; of a local time as if it were UTC. */
  readonly at: number;
  readonly isInstant: boolean;
  /** Written without a time of day. */
  readonly isDay: boolean;
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:t(\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(z|[+-]\d\d:\d\d)?)?$/i;

/** `2027-01-01`, `2027-01-01T06:00`, or with `Z` or `+01:00` behind; undefined when it is none, or no such day exists. */
export function writtenTimeOf(text: string): WrittenTime | undefined {
  const [, day, time, zone] = TIME.exec(text) ?? [];
  if (day === undefined) return undefined;
  const at = Date.parse(`${day}T${time ?? '00:00'}${zone?.toUpperCase() ?? 'Z'}`);
  return Number.isNaN(at) || !isDay(day)
    ? undefined
    : { at, isInstant: zone !== undefined, isDay: time === undefined };
}

/** Whether a day exists: Date.parse takes 30 February for a day in March. */
function isDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === day;
}

/** `2026-11-28T15:04:05Z`: an instant in a sentence, to the second. */
export function instantText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
