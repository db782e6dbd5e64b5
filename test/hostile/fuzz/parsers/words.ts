/** Parsers of words that people write: units, keys, selectors, schedules, addresses. */
import { KeyError, KeyTemplate } from '../../../../src/core/key.ts';
import { isTellingName, pathSecretsIn } from '../../../../src/core/path-secrets.ts';
import { quote } from '../../../../src/core/quote.ts';
import { hideSecrets, showUrl, showValue } from '../../../../src/core/secrets.ts';
import {
  formatSelector,
  parseSelector,
  selectorFromObject,
} from '../../../../src/core/selector/selector-grammar.ts';
import { termsOf, wordsOf } from '../../../../src/core/selector/selector-text.ts';
import { readTraceparent } from '../../../../src/core/traceparent.ts';
import {
  parseDuration,
  parsePercent,
  parseRate,
  parseRates,
  parseShare,
  parseSize,
  UnitError,
} from '../../../../src/core/units.ts';
import { inTurns } from '../../../../src/flow/in-turns.ts';
import { readCalendar } from '../../../../src/policy/calendar-text.ts';
import { cronNote, cronProblem, nominalTimes } from '../../../../src/policy/nominal-times.ts';
import { parseDeadline } from '../../../../src/policy/run-deadline.ts';
import { parseWindow } from '../../../../src/policy/window-text.ts';
import { parseRedisUrl } from '../../../../src/redis/url.ts';
import { timesOfRule } from '../../../../src/schedules/rule.ts';
import { isName, nameOf, namePrefixOf } from '../../../../src/tiers/s3/s3-names.ts';
import type { Parser } from '../parser.ts';

const KEY = KeyTemplate.parse('census:acs:{year}:cbsa:{cbsa}');
const SELECTORS = [
  'source=profile entities=markets temperature=hot prefix=profile:5 age>1h',
  'key=profile:1,profile:2 tag=market:7',
  'near=40.7,-74.0 radius=50km',
  'source="a b"',
];
const URLS = ['redis://:a/b@h', 'https://u:p@h/?token=x', 'http://[::1]:80/a', 'unix:///tmp/a?password=x'];

/** A round trip: what was taken must be said in a form that is taken again. */
function selector(text: string): void {
  const said = formatSelector(parseSelector(text));
  if (formatSelector(parseSelector(said)) !== said) throw new TypeError(`is read back otherwise: ${said}`);
}

function cron(text: string): void {
  const problem = cronProblem(text);
  cronNote(text);
  if (problem === undefined) nominalTimes({ cron: text, timezone: 'Europe/Berlin' }).next(1_790_000_000_000);
}

function keyTemplate(text: string): void {
  const template = KeyTemplate.parse(text);
  const params = Object.fromEntries(template.names.map((name) => [name, text.slice(0, 300) || '-']));
  const key = template.build(params);
  if (!template.fits(key)) throw new TypeError(`does not fit its own key ${key}`);
}

export const WORD_PARSERS: readonly Parser[] = [
  {
    name: 'the header traceparent',
    examples: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    read: readTraceparent,
    refuses: [],
  },
  { name: 'durations', examples: ['5m', '1h30m', '250ms', '7d'], read: parseDuration, refuses: [UnitError] },
  { name: 'sizes', examples: ['64KB', '1GiB', '0B', '1.5MB'], read: parseSize, refuses: [UnitError] },
  { name: 'rates', examples: ['50/s', '100/m', '10000/d'], read: parseRate, refuses: [UnitError] },
  {
    name: 'rates of windows',
    examples: ['10/s, 1000/d', '[10/s, 1000/d]'],
    read: parseRates,
    refuses: [UnitError],
  },
  { name: 'shares', examples: ['99%', '0.995', '.5', '1'], read: parseShare, refuses: [UnitError] },
  { name: 'percentages', examples: ['80%', '0%', '12.5%'], read: parsePercent, refuses: [UnitError] },
  { name: 'selectors', examples: SELECTORS, read: selector },
  {
    name: 'selectors as objects',
    examples: ['{"sources":"a","keys":["x","y"],"olderThan":5,"temperatures":["hot"]}'],
    read: (text) => selectorFromObject(JSON.parse(text)),
    refuses: [SyntaxError, TypeError],
  },
  {
    name: 'terms of selectors',
    examples: SELECTORS,
    read: (text) => [...termsOf(text)].map((term) => wordsOf(term.text, 100_000)),
    // `parseSelector` stops at the first term that is wrong, or named twice: it never sees half a million.
    longest: 100_000,
  },
  {
    name: 'key templates',
    examples: [KEY.text, 'profile:{market}', 'a:{b}:{c}'],
    read: keyTemplate,
    refuses: [KeyError],
    // Of a configuration, or of a request that names one.
    longest: 4_096,
  },
  {
    name: 'keys',
    examples: ['census:acs:2024:cbsa:35620', 'census:acs:%41:cbsa:x', `census:acs:#${'a'.repeat(27)}:cbsa:x`],
    read: (text) => KEY.match(text),
  },
  {
    name: 'cron expressions',
    examples: ['* * * * *', '*/10 3 * * 1-5', '0 30 2 * * *', '@daily', '0 0 L * *'],
    read: cron,
  },
  {
    name: 'stored rules',
    examples: ['{"cron":"* * * * *","timezone":"UTC"}', '{"every":300000,"start":5}', '{"at":[1,2]}'],
    read: (text) => timesOfRule(text).next(1_790_000_000_000),
  },
  {
    name: 'windows of schedules',
    examples: [
      '2026-12-24..2026-12-26',
      '2026-12-24T18:00Z..2026-12-27T06:00Z',
      'mon-fri 09:30-16:00',
      'sat,sun',
    ],
    read: parseWindow,
    refuses: [UnitError],
    longest: 4_096,
  },
  {
    name: 'deadlines',
    examples: ['4h', '06:00', '0'],
    worst: ['06:00'.repeat(800)],
    read: parseDeadline,
    refuses: [UnitError],
    longest: 4_096,
  },
  {
    name: 'calendars',
    examples: [
      '# freeze\n2026-12-24..2026-12-26\nsat,sun\n',
      'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20261224T180000\r\nDURATION:P1DT2H\r\nSUMMARY:a\r\n b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
    ],
    worst: [
      `BEGIN:VCALENDAR\nBEGIN:VEVENT\n-;${';'.repeat(40)}":\nEND:VEVENT\nEND:VCALENDAR\n`,
      `BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=${'a'.repeat(9_000)}:20261224T180000\nEND:VEVENT\nEND:VCALENDAR\n`,
      `BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:${'a'.repeat(9_000)}\nEND:VEVENT\nEND:VCALENDAR\n`,
    ],
    read: (text) => inTurns(readCalendar(text)),
    refuses: [UnitError],
  },
  {
    name: 'addresses of Redis',
    examples: [
      'redis://u:p@h:6379/0',
      'redis+sentinel://a:1,b:2/name',
      'unix:///tmp/r.sock',
      'redis+cluster://[::1]:1',
    ],
    read: parseRedisUrl,
  },
  { name: 'URLs for people', examples: URLS, read: showUrl },
  {
    name: 'secrets in paths',
    examples: [
      ...URLS,
      'https://api.example/v1/3f9aB81kQzT7x0Lm4Vn2/quote?x#y',
      'https://hooks.slack.com/services/T0001/B0002/XXXX',
      '/a/webhook/{id}/b',
    ],
    read: (text) => [pathSecretsIn(text, ['b', 'https://h/a b']), isTellingName(text)],
    longest: 64_000,
  },
  {
    name: 'texts with secrets',
    examples: [
      ...URLS,
      'cannot reach redis://:pw@h: refused',
      'Bearer abcdefabcdefabcdef',
      'Basic QWxhZGRpbjpvcGVu',
    ],
    worst: ['b%3A%2F%2F\u0000'.repeat(6_000)],
    read: (text) => [hideSecrets(text), showValue(text), quote(text)],
    // Messages are cut before.
    longest: 64_000,
  },
  {
    name: 'names of objects',
    examples: [nameOf('profile:1/a b'), 'profile:1', `a!/b!!${'0'.repeat(64)}`],
    read: (text) => [isName(text), nameOf(text), namePrefixOf(text)],
    longest: 64_000,
  },
];
