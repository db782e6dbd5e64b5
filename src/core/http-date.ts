/**
 * Dates of HTTP (RFC 9110, 5.6.7): one form is written, three are read. Servers and clients write letters in another case, `UTC`, and
 * days without their zero, which can mean nothing else.
 */

const DAYS = 'Sun|Mon|Tue|Wed|Thu|Fri|Sat';
const LONG_DAYS = 'Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday';
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';

const FORMS = [
  new RegExp(`^(?:${DAYS}), (?<day>\\d{1,2}) ${MONTH} (?<year>\\d{4,6}) ${TIME} (?:GMT|UTC)$`, 'i'),
  new RegExp(`^(?:${LONG_DAYS}), (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`, 'i'),
  new RegExp(`^(?:${DAYS}) ${MONTH} (?<day>[\\d ]\\d) ${TIME} (?<year>\\d{4})$`, 'i'),
];

/** In ms since the epoch; undefined for what is no date of HTTP, or one that does not exist. `now` says which century two digits mean. */
export function parseHttpDate(text: string, now: number): number | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts !== undefined) return timeOf(parts, now);
  }
  return undefined;
}

export function formatHttpDate(at: number): string {
  return new Date(at).toUTCString();
}

function timeOf(parts: Readonly<Record<string, string>>, now: number): number | undefined {
  const number = (name: string) => Number(parts[name]);
  const year = parts.year?.length === 2 ? fullYear(number('year'), now) : number('year');
  const month = MONTHS.indexOf(parts.month?.toLowerCase() ?? '');
  const [day, hour, minute, second] = [number('day'), number('hour'), number('minute'), number('second')];
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  // 60 is a leap second, which no clock here counts.
  if (date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 60) return undefined;
  return date.setUTCHours(hour, minute, Math.min(second, 59));
}

/** Two digits that seem to be more than 50 years ahead mean the last century in which they are past (RFC 9110, 5.6.7). */
function fullYear(digits: number, now: number): number {
  const present = new Date(now).getUTCFullYear();
  const year = present - (present % 100) + digits;
  return year > present + 50 ? year - 100 : year;
}
