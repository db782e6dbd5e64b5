/** The dates of HTTP, in all three forms that a recipient must accept (RFC 9110, 5.6.7). */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';
const MONTH = '(?<month>[a-z]{3})';

const FORMS = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(`^[a-z]{3}, (?<day>\\d{1,2}) ${MONTH} (?<year>\\d{4,6}) ${TIME} (?:GMT|UTC)$`, 'i'),
  // Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(`^[a-z]{6,9}, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`, 'i'),
  // Sun Nov  6 08:49:37 1994
  new RegExp(`^[a-z]{3} ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`, 'i'),
];

/** In ms since the epoch; undefined for anything but a date. `now` says which century two digits mean. */
export function parseHttpDate(text: string, now: number): number | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts === undefined) continue;
    const month = MONTHS.indexOf(parts.month?.toLowerCase() ?? '');
    const [day, hour, minute, second] = [parts.day, parts.hour, parts.minute, parts.second].map(Number);
    const at = Date.UTC(yearOf(parts.year ?? '', now), month, day, hour, minute, second);
    return month < 0 || Number.isNaN(at) ? undefined : at;
  }
  return undefined;
}

/** Two digits that seem to lie more than 50 years ahead mean the past (RFC 9110, 5.6.7). */
function yearOf(text: string, now: number): number {
  if (text.length > 2) return Number(text);
  const present = new Date(now).getUTCFullYear();
  const year = present - (present % 100) + Number(text);
  return year > present + 50 ? year - 100 : year;
}
