/** Every parser and decoder of what comes from outside, with examples of what it takes. */
import { valueFrom } from '../../src/core/body.ts';
import type { BodyFormat } from '../../src/core/entry.ts';
import { ForewarmError, OriginError } from '../../src/core/errors.ts';
import { KeyError, KeyTemplate } from '../../src/core/key.ts';
import { hideSecrets, showUrl } from '../../src/core/secrets.ts';
import { formatSelector, parseSelector } from '../../src/core/selector/selector-grammar.ts';
import { parseDuration, parsePercent, parseRate, parseSize, UnitError } from '../../src/core/units.ts';
import { parsePath, readPath } from '../../src/origins/json-path.ts';
import { parseTemplate, templateProblem } from '../../src/origins/template.ts';
import { cronNote, cronProblem, nominalTimes } from '../../src/policy/nominal-times.ts';
import { parseRedisUrl } from '../../src/redis/url.ts';
import { ruleOf } from '../../src/schedules/rule.ts';
import { readDocument } from '../../src/settings/document/document.ts';
import { substitute } from '../../src/settings/document/substitute.ts';
import { decode, encode } from '../../src/tiers/format/envelope.ts';
import { entryOfLine, LineError, lineOf } from '../../src/verbs/maintenance/export-line.ts';
import { entryOf } from '../support/entries.ts';

export interface Parser {
  readonly name: string;
  readonly examples: readonly string[];
  /** Throws where the input is refused. */
  readonly parse: (input: string) => unknown;
  /** The errors by which it refuses, beside those of Forewarm. */
  readonly refuses?: readonly (new (
    ...args: never[]
  ) => Error)[];
  /** Of a thousand inputs, how many it gets: fewer where one costs much. */
  readonly share: number;
}

const KEY = KeyTemplate.parse('census:acs:{year}:cbsa:{cbsa}');
const STORED = entryOf('profile:denver', '{"population":715522}');

/** Bytes as text of one character each, so that they can be changed like any text. */
const bytesOf = (text: string) => Buffer.from(text, 'latin1');

function bodies(format: BodyFormat, examples: readonly string[]): Parser {
  return {
    name: `bodies of ${format}`,
    examples,
    parse: (text) => valueFrom(format, bytesOf(text)),
    share: 40,
  };
}

/** A round trip: what was taken must be said in a form that is taken again. */
function selector(text: string): void {
  parseSelector(formatSelector(parseSelector(text)));
}

function cron(text: string): void {
  const problem = cronProblem(text);
  cronNote(text);
  if (problem === undefined) nominalTimes({ cron: text, timezone: 'Europe/Berlin' }).next(1_790_000_000_000);
}

export const PARSERS: readonly Parser[] = [
  {
    name: 'durations',
    examples: ['5m', '1h30m', '250ms', '7d'],
    parse: parseDuration,
    refuses: [UnitError],
    share: 60,
  },
  {
    name: 'sizes',
    examples: ['64KB', '1GiB', '0B', '1.5MB'],
    parse: parseSize,
    refuses: [UnitError],
    share: 60,
  },
  {
    name: 'rates',
    examples: ['50/s', '100/m', '10000/d'],
    parse: parseRate,
    refuses: [UnitError],
    share: 60,
  },
  {
    name: 'percentages',
    examples: ['80%', '0%', '12.5%'],
    parse: parsePercent,
    refuses: [UnitError],
    share: 60,
  },
  {
    name: 'selectors',
    examples: [
      'source=profile entities=markets temperature=hot prefix=profile:5 age>1h',
      'key=profile:1,profile:2 tag=market:7',
      'near=40.7,-74.0 radius=50km',
      'source="a b"',
    ],
    parse: selector,
    share: 120,
  },
  {
    name: 'key templates',
    examples: [KEY.text, 'profile:{market}', 'a:{b}:{c}'],
    parse: KeyTemplate.parse,
    refuses: [KeyError],
    share: 60,
  },
  {
    name: 'keys',
    examples: ['census:acs:2024:cbsa:35620', 'census:acs:%41:cbsa:x'],
    parse: (text) => KEY.match(text),
    refuses: [KeyError],
    share: 60,
  },
  {
    name: 'cron expressions',
    examples: ['* * * * *', '*/10 3 * * 1-5', '0 30 2 * * *', '@daily', '0 0 L * *'],
    parse: cron,
    share: 40,
  },
  {
    name: 'stored rules',
    examples: ['{"cron":"* * * * *","timezone":"UTC"}'],
    parse: (text) => nominalTimes(ruleOf(text)),
    refuses: [Error],
    share: 10,
  },
  {
    name: 'addresses of Redis',
    examples: ['redis://u:p@h:6379/0', 'redis+sentinel://a:1,b:2/name', 'unix:///tmp/r.sock'],
    parse: parseRedisUrl,
    share: 60,
  },
  {
    name: 'URLs for people',
    examples: ['redis://:a/b@h', 'https://u:p@h/?token=x', 'http://[::1]:80/a'],
    parse: showUrl,
    share: 60,
  },
  {
    name: 'texts with secrets',
    examples: ['cannot reach redis://:pw@h: refused', 'Bearer abc'],
    parse: hideSecrets,
    share: 60,
  },
  {
    name: 'substitutions',
    examples: ['\u0024{A}', '\u0024{A:-b}', 'x\u0024{A}y$\u0024{B}'],
    parse: (text) => substitute(text, { A: '1' }),
    share: 60,
  },
  {
    name: 'configurations',
    examples: [
      'origins:\n  m: { kind: http, url: "http://h" }\nsources: {}\n',
      'a: &x [1, 2]\nb: *x\n',
      'tiers: { memory: { maxSize: 1MB } }',
    ],
    parse: (text) => readDocument(text, { A: '1' }),
    share: 15,
  },
  {
    name: 'JSON paths',
    examples: ['items', 'a.b.c', 'data.0.id'],
    parse: (text) => readPath({ items: [1], a: { b: {} } }, parsePath(text)),
    share: 40,
  },
  {
    name: 'request templates',
    examples: ['/markets/{market}/profile', '/a?b={c}'],
    parse: (text) => templateProblem(text) ?? parseTemplate(text),
    share: 40,
  },
  {
    name: 'lines of an export',
    examples: [lineOf(STORED)],
    parse: entryOfLine,
    refuses: [LineError],
    share: 35,
  },
  {
    name: 'envelopes',
    examples: [encode(STORED).toString('latin1')],
    parse: (text) => decode(bytesOf(text), 'entry'),
    share: 60,
  },
  bodies('json', ['{"a":[1,2,{"b":null}]}', '"x"']),
  bodies('msgpack', ['\x81\xa1a\x93\x01\x02\x03', '\xc0', '\xdd\xff\xff\xff\xff', '\xc7\x01\x72\x00']),
  bodies('float32', ['\x00\x00\x80\x3f\x00\x00\x00\x40']),
];

/** Whether a parser may refuse by this error. */
export function isOurs(error: unknown, { refuses = [] }: Parser): boolean {
  if (error instanceof ForewarmError || error instanceof OriginError)
    return error instanceof OriginError || error.code !== 'E_INTERNAL';
  return refuses.some((kind) => error instanceof kind);
}
