/** Times and durations for people. A time is shown in the viewer's zone, and says so; UTC stands beside it. */

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const PARTS = {
  weekday: 'short',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
} as const;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const found =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', { ...PARTS, timeZone: zone, timeZoneName: 'short' });
  formats.set(zone, found);
  return found;
}

function partsOf(at: number, zone: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
}

/** `2026-11-28 19:03:22 MST`. */
export function full(at: number, zone: string = ZONE): string {
  const { year, month, day, hour, minute, second, timeZoneName } = partsOf(at, zone);
  return `${year}-${month}-${day} ${hour}:${minute}:${second} ${timeZoneName}`;
}

/** Alone between words: one in a name or a key stays as it is. */
const WRITTEN = /(?<=^|[\s(])\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z(?=$|[\s:,.;)])/g;

/** The same sentence with its times in that zone: `before 2026-11-28 19:03:22 MST`. */
export function inZone(text: string, zone: string = ZONE): string {
  return text.replace(WRITTEN, (written) => {
    const at = Date.parse(written);
    return Number.isNaN(at) ? written : full(at, zone);
  });
}

/** Where there is little room: `Sun 11-29 02:00 MST`, with the year where it is another one, and seconds where there are some. */
export function brief(at: number, today: number, zone: string = ZONE): string {
  const { weekday, year, month, day, hour, minute, second, timeZoneName } = partsOf(at, zone);
  const date = `${weekday} ${year === partsOf(today, zone).year ? '' : `${year}-`}${month}-${day}`;
  return `${date} ${hour}:${minute}${second === '00' ? '' : `:${second}`} ${timeZoneName}`;
}

/** Both, for whoever points at a time. */
export function explained(at: number): string {
  return `${full(at)} (${ZONE})\n${full(at, 'UTC')}`;
}

/** `19:03`, with the day where it is another one than today. */
export function clockTime(at: number, today: number, zone: string = ZONE): string {
  const { year, month, day, hour, minute } = partsOf(at, zone);
  const now = partsOf(today, zone);
  const isToday = now.year === year && now.month === month && now.day === day;
  return isToday ? `${hour}:${minute}` : `${year}-${month}-${day} ${hour}:${minute}`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** The two largest units: `2 h 05 min`, `14 s`, `250 ms`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return 'unknown';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const rounded = ms < 60_000 ? Math.round(ms / 1_000) * 1_000 : ms;
  const first = UNITS.findIndex(([, size]) => rounded >= size);
  const [name, size] = UNITS[first] ?? UNITS[3];
  const whole = Math.floor(rounded / size);
  const next = UNITS[first + 1];
  if (next === undefined || whole >= 100) return `${whole} ${name}`;
  const rest = Math.floor((rounded - whole * size) / next[1]);
  return rest === 0 ? `${whole} ${name}` : `${whole} ${name} ${String(rest).padStart(2, '0')} ${next[0]}`;
}

/** `3 min ago`, `in 20 s`, `now`. */
export function relative(at: number, now: number): string {
  const distance = Math.abs(at - now);
  if (distance < 1_000) return 'now';
  const text = coarse(distance);
  return at > now ? `in ${text}` : `${text} ago`;
}

/** The largest unit alone, and two of hours. */
function coarse(ms: number): string {
  if (ms >= 3_600_000 && ms < 86_400_000) return duration(Math.floor(ms / 60_000) * 60_000);
  const [name, size] = UNITS.find(([, each]) => ms >= each) ?? UNITS[3];
  return `${Math.floor(ms / size)} ${name}`;
}
