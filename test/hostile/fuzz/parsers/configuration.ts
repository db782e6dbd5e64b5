/** Parsers of what configures a process: files, variables, flags, modules, command lines. */
import { CommanderError, InvalidArgumentError } from 'commander';
import { paramsFrom } from '../../../../src/catalog/entities/row.ts';
import { formatOf, ROW_FORMATS, rowsOfText } from '../../../../src/catalog/entities/row-text.ts';
import { durationOption, whole } from '../../../../src/cli/command.ts';
import { buildProgram } from '../../../../src/cli/program.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { doubledMember } from '../../../../src/core/doubled-member.ts';
import { proxyOfEnv } from '../../../../src/origins/http/proxy.ts';
import { parsePath, readPath } from '../../../../src/origins/json-path.ts';
import { expand, parseTemplate, percentEncode, templateProblem } from '../../../../src/origins/template.ts';
import { crossFindings } from '../../../../src/settings/checks/checks.ts';
import { complete, readSoft } from '../../../../src/settings/document/complete.ts';
import { nodeOf } from '../../../../src/settings/document/config-node.ts';
import { readDocument } from '../../../../src/settings/document/document.ts';
import { substitute } from '../../../../src/settings/document/substitute.ts';
import { withVariables } from '../../../../src/settings/document/variables.ts';
import { partsOf } from '../../../../src/settings/parts.ts';
import { settingsSchema } from '../../../../src/settings/schema.ts';
import { shapeOf } from '../../../../src/settings/shape/shape-of.ts';
import { textLine } from '../../../../src/telemetry/text-line.ts';
import { joined, type Parser, partsOf as partsOfInput } from '../parser.ts';

const SHAPE = shapeOf(settingsSchema);
const CONFIGURATIONS = [
  'origins:\n  m: { kind: http, url: "http://h" }\nsources:\n  p: { origin: m, key: "p:{id}", request: { path: "/{id}" } }\n',
  'a: &x [1, 2]\nb: *x\n',
  'tiers: { memory: { maxSize: 1MB }, disk: { enabled: false } }\ntemperatures: { hot: { ttl: 5m, schedule: "* * * * *" } }',
  'entities: { m: { csv: m.csv, id: [a, b] } }\nschedules: { s: { cron: "0 2 * * *", warm: "source=p" } }',
  JSON.stringify({
    origins: {
      m: { kind: 'sql', url: 'postgres://h/d' },
      e: { kind: 'embeddings', url: 'http://h', model: 'x' },
    },
    sources: {
      p: {
        origin: 'm',
        key: 'p:{id}',
        request: { query: 'select 1', params: ['{id}'] },
        tags: ['t:{id}'],
        ttl: '1h',
      },
    },
    codec: { encrypt: { keys: { a: 'x' }, current: 'a' } },
    api: { tokens: [{ token: 'x', scopes: ['read'] }] },
  }),
];

function configuration(text: string): void {
  const document = readDocument(text, { A: '1' });
  if (document.tree === undefined) return;
  const root = complete(SHAPE, document.tree, () => '/');
  crossFindings(root, partsOf(root, SHAPE));
}

async function commandLine(text: string): Promise<void> {
  const quiet = { stdout: () => {}, stderr: () => {}, width: 80, commonFlagsInHelp: false };
  try {
    await buildProgram({ ...quiet, act: async () => {} }).parseAsync(text.split('\u001f'), { from: 'user' });
  } catch (error) {
    // Commander repeats what the person has just typed.
    if (!(error instanceof CommanderError)) throw error;
    throw new InvalidArgumentError('refused');
  }
}

export const CONFIGURATION_PARSERS: readonly Parser[] = [
  {
    name: 'substitutions',
    examples: ['\u0024{A}', '\u0024{A:-b}', 'x\u0024{A}y$\u0024{B}'],
    read: (text) => substitute(text, { A: '1' }),
  },
  {
    name: 'configurations',
    examples: CONFIGURATIONS,
    read: configuration,
    // Read once, before anything else runs. `test/settings/bounds.test.ts` has the large ones.
    longest: 2_000,
  },
  {
    name: 'variables',
    examples: [joined('FOREWARM_TIERS__MEMORY__MAX_SIZE', '1MB'), joined('FOREWARM_API__TOKENS', '[{}]')],
    read: (text) => {
      const part = partsOfInput(text);
      withVariables(SHAPE, nodeOf({}), { [`FOREWARM_${part(0)}`]: part(1), [part(0)]: part(1) });
      readSoft(SHAPE, nodeOf(part(1), undefined, true));
    },
    longest: 1_000,
  },
  {
    name: 'command lines',
    examples: [
      joined('warm', 'source=a', '--limit', '5'),
      joined('get', 'a:1', '--json', '--set', 'a.b=c'),
      joined('schedules', 'pause', 'x', '--for', '1h'),
      joined('import', '-', '--dry-run'),
      joined('--log-level', 'debug', 'check', 'age>1h'),
    ],
    read: commandLine,
    refuses: [InvalidArgumentError],
    longest: 20_000,
  },
  {
    name: 'options of commands',
    examples: ['12', '1h30m', '0'],
    read: (text) => [durationOption(text), whole(0)(text)],
    refuses: [InvalidArgumentError],
  },
  {
    name: 'JSON paths',
    examples: ['items', 'a.b.c', 'data.0.id', 'a\\.b'],
    read: (text) => readPath({ items: [1], a: { b: {} } }, parsePath(text)),
    longest: 4_096,
  },
  {
    name: 'request templates',
    examples: ['/markets/{market}/profile', '/a?b={c}', '{ids...}'],
    worst: ['/a?b={constructor}', '{__proto__...}'],
    read: (text) =>
      templateProblem(text) ?? expand(parseTemplate(text), { market: text.repeat(10), c: '' }, percentEncode),
    longest: 64_000,
  },
  {
    name: 'proxies of the environment',
    examples: [
      joined('http://p:1', '*.example.com,[::1]:80'),
      joined('socks5://p', '.example.com localhost'),
    ],
    read: (text) => {
      const part = partsOfInput(text);
      return proxyOfEnv('http://api.example.com/', { http_proxy: part(0), NO_PROXY: part(1) });
    },
    // The kernel bounds a variable at 128 KB.
    longest: 128_000,
  },
  {
    name: 'rows that are handed over',
    examples: ['id,name\n1,"a ""b"""\n2,c\n', '{"id":1}\n{"id":2}', '[{"id":"a"}]', 'a\nb\n', 'id;x\n1;2'],
    read: async (text) => {
      formatOf('x', text, ['id']);
      for (const format of ROW_FORMATS)
        await anyway(rowsOfText(text, format, { clock: systemClock, most: 100_000 }));
    },
  },
  {
    name: 'rows of entities',
    examples: ['{"id":1,"name":"a","open":true,"none":null}', '[1]', '{"a":":","b":{"a":1},"a":2}'],
    read: (text) => [paramsFrom(JSON.parse(text)), doubledMember(text, JSON.parse(text))],
    refuses: [SyntaxError],
  },
  {
    name: 'lines of a log',
    examples: [
      '{"level":"warn","time":"2026-01-01T00:00:00Z","msg":"a","key":"k:1","err":{"message":"x","stack":"y"}}',
    ],
    read: (text) => textLine(text, { colour: false }),
  },
];

/** These are the words of a message: their caller puts the name of the input before them. */
async function anyway(reading: Promise<unknown>): Promise<void> {
  try {
    await reading;
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) throw error;
  }
}
