import { describe, expect, test } from 'vitest';
import { requestKinds } from '../../src/origins/kinds.ts';
import type { Problem } from '../../src/settings/document/finding.ts';
import { GOOD, loadText, problemsOf } from '../support/settings.ts';

const KINDS = [...requestKinds.keys()].join(', ');

/** What one mistake in a file is told as. */
const MISTAKES: readonly (readonly [yaml: string, says: string])[] = [
  [
    'tiers:\n  memory:\n    maxsize: 1MB',
    'forewarm.yaml:3:5: tiers.memory.maxsize: "maxsize" is not an option here; did you mean "maxSize"?',
  ],
  [
    'log: { zebra: 1 }',
    'forewarm.yaml:1:8: log.zebra: "zebra" is not an option here; there are level, format, summary',
  ],
  ['teirs: {}', 'forewarm.yaml:1:1: teirs: "teirs" is not an option here; did you mean "tiers"?'],
  [
    'tiers: { memory: { maxSize: 5 } }',
    'forewarm.yaml:1:29: tiers.memory.maxSize: must be a size such as 64KB or 1GiB, not 5',
  ],
  [
    'tiers: { memory: { maxSize: big } }',
    'forewarm.yaml:1:29: tiers.memory.maxSize: "big" is not a size; write a number and a unit, such as 512B, 64KB, 256MB or 4GiB',
  ],
  [
    'temperatures:\n  hot: { refreshAhead: 0.8 }',
    'forewarm.yaml:2:24: temperatures.hot.refreshAhead: must be a percentage such as 80%, not 0.8',
  ],
  [
    'schedules: { a: { cron: "@daily", warm: "", limit: 0 } }',
    'forewarm.yaml:1:52: schedules.a.limit: must be a whole number, at least 1, not 0',
  ],
  ['workers: 5', 'forewarm.yaml:1:10: workers: must be a map, not 5'],
  ['tiers:\n  - memory', 'forewarm.yaml:1:1: tiers: must be a map, not a list'],
  ['api:\n  tokens: { a: b }', 'forewarm.yaml:2:3: api.tokens: must be a list, not a map'],
  ['api: { port: 70000 }', 'forewarm.yaml:1:14: api.port: must be a whole number from 0 to 65535, not 70000'],
  [
    'workers: { concurrency: 1.5 }',
    'forewarm.yaml:1:25: workers.concurrency: must be a whole number from 1 to 100, not 1.5',
  ],
  [
    'tiers: { disk: { enabled: "yes" } }',
    'forewarm.yaml:1:27: tiers.disk.enabled: must be true or false, not "yes"',
  ],
  [
    'log: { level: inf }',
    'forewarm.yaml:1:15: log.level: "inf" is not one of fatal, error, warn, info, debug, trace, silent; did you mean "info"?',
  ],
  [
    'origins:\n  a: { kind: htp }',
    `forewarm.yaml:2:14: origins.a.kind: "htp" is not one of ${KINDS}; did you mean "http"?`,
  ],
  ['origins:\n  a: {}', `forewarm.yaml:2:3: origins.a.kind: is required; it must be one of ${KINDS}`],
  ['origins:\n  a: { kind: http }', 'forewarm.yaml:2:3: origins.a.url: is required; it must be a URL'],
  [
    'origins: { a: { kind: http, url: "ftp://h" } }',
    'forewarm.yaml:1:34: origins.a.url: "ftp://h": must be an http:// or https:// URL',
  ],
  [
    'origins: { a: { kind: http, url: "http://h", rate: fast } }',
    'forewarm.yaml:1:52: origins.a.rate: "fast" is not a rate; write calls per time, such as 50/s, 100/m or 20/10s',
  ],
  [
    'origins: { 9x: { kind: module, module: a } }',
    'forewarm.yaml:1:12: origins.9x: is not a name; a name begins with a letter, and has letters, digits, and single "-" or "_" between them',
  ],
  [
    'redis: { jobs: localhost }',
    'forewarm.yaml:1:16: redis.jobs: "localhost": must be "embedded", or a URL of one of these forms: redis://, rediss://, redis+sentinel://, unix:///',
  ],
  [
    'redis: { prefix: "{fw}" }',
    'forewarm.yaml:1:18: redis.prefix: "{fw}": must not be empty, and has no braces and no spaces',
  ],
  ['api: { host: "" }', 'forewarm.yaml:1:14: api.host: must not be empty'],
  [
    'entities:\n  a: { id: x }',
    'forewarm.yaml:2:3: entities.a: needs exactly one of csv, json, module, origin; it has none',
  ],
  [
    'api: { tokens: [{ name: a, token: b }, { name: a, token: b }] }',
    'forewarm.yaml:1:48: api.tokens.1.name: "a" stands twice',
  ],
];

describe('a mistake is told with its file, line, column, path and value', () => {
  test.each(MISTAKES)('%j', async (yaml, says) => {
    expect((await problemsOf(yaml))[0]).toBe(says);
  });
});

describe('YAML', () => {
  test.each([
    ['a: [1', 'forewarm.yaml:1:6: not YAML: a { or [ that is not closed, or whose lines are not indented'],
    ['a: b: c', 'forewarm.yaml:1:4: not YAML: a second ": " in a line; text with ": " in it needs quotes'],
    ['a: - b', 'forewarm.yaml:1:4: not YAML: a list begins on a line of its own, below its name'],
    ['%x', 'forewarm.yaml:1:3: not YAML: an unknown directive; a line cannot begin with "%"'],
    ['a:\n\tb: c', 'forewarm.yaml:2:1: not YAML: a line is indented by a tab; use spaces'],
    ['api: {}\n---\nlog: {}', 'forewarm.yaml:2:1: a second document begins here; keep one'],
    ['- 1', 'forewarm.yaml:1:1: must be a map of options'],
    ['just words', 'forewarm.yaml:1:1: must be a map of options'],
    ['log: !odd {}', 'forewarm.yaml:1:6: not YAML: an unknown tag; text that begins with "!" needs quotes'],
    [
      'log: *level',
      'forewarm.yaml:1:6: log: there is no anchor of that name; text that begins with "*" needs quotes',
    ],
    [
      `api: { port: \${PORT} }`,
      'forewarm.yaml:1:15: not YAML: a substitution inside of { } or [ ] needs quotes around it',
    ],
  ])('%j is told with its line and column', async (yaml, says) => {
    expect(await problemsOf(yaml)).toEqual([says]);
  });

  const MARKS = [...`"'@*&|>{}[],:%!?\`#`];
  test.each(MARKS.flatMap((mark) => [`a: ${mark}b`, `a: b${mark}`, `${mark}a: b`, `a: "b"${mark}`]))(
    '%j is told in our words',
    async (yaml) => {
      const said = (await problemsOf(`${yaml}\nb: c\n`)).join('\n');
      expect(said).not.toMatch(/unexpected|implicit|plain value|flow |block |ambiguous|node end/i);
    },
  );

  test('keys that stand twice are told with the line of the first, at every depth', async () => {
    const yaml = 'log:\n  level: info\n  level: warn\napi: {}\nlog: {}';
    expect(await problemsOf(yaml)).toEqual([
      'forewarm.yaml:3:3: log.level: "level" stands twice, first in line 2; keep one',
      'forewarm.yaml:5:1: log: "log" stands twice, first in line 1; keep one',
    ]);
  });

  test('keys must be text', async () => {
    expect(await problemsOf('log: { [a]: b }\n')).toEqual(['forewarm.yaml:1:8: log: a key must be text']);
    expect(await problemsOf('origins: { __proto__: { kind: http } }')).toEqual([
      'forewarm.yaml:1:12: origins: "__proto__" cannot be a key',
    ]);
  });

  test('aliases are followed, and one that goes in a circle is told', async () => {
    const settings = await loadText('temperatures: { hot: &a { ttl: 9s }, warm: *a }');
    expect([settings.temperatures.hot.ttl, settings.temperatures.warm.ttl]).toEqual([9_000, 9_000]);
    expect(await problemsOf('log: &a { level: *a }')).toEqual([
      'forewarm.yaml:1:18: log.level: the alias has no end: it leads into itself, or to too many values',
    ]);
  });

  test('aliases that multiply without end are stopped', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i += 1) lines.push(`a${i}: &a${i} [${Array(10).fill(`*a${i - 1}`)}]`);
    expect((await problemsOf(lines.join('\n'))).join()).toContain('has no end');
  });
});

describe('substitution', () => {
  test('of a variable that is not set names it and the place, and nothing else is said of that value', async () => {
    const yaml = `origins:\n  a: { kind: http, url: "\${API_URL}" }`;
    expect(await problemsOf(yaml)).toEqual([
      `forewarm.yaml:2:25: origins.a.url: the environment variable API_URL is not set; set it, or give a default: \${API_URL:-default}`,
    ]);
  });

  test('in a form that does not exist says which there are', async () => {
    expect(await problemsOf(`api: { host: "\${HOST-a}" }`)).toEqual([
      `forewarm.yaml:1:14: api.host: what begins with \${ is no substitution; write \${NAME} or \${NAME:-default}, or $\${ for a plain \${`,
    ]);
  });

  test('by something that does not fit is told by the place, which names the variable in the file', async () => {
    expect(await problemsOf(`api: { port: "\${PORT}" }`, { env: { PORT: 'http' } })).toEqual([
      'forewarm.yaml:1:14: api.port: must be a whole number from 0 to 65535, not "http"',
    ]);
  });
});

describe('variables and flags', () => {
  test.each([
    [
      { FOREWARM_API__PORT: 'x' },
      'FOREWARM_API__PORT: api.port: must be a whole number from 0 to 65535, not "x"',
    ],
    [{ FOREWARM_API__TOKENS: 'x' }, 'FOREWARM_API__TOKENS: api.tokens: must be a list, not [redacted]'],
    [
      { FOREWARM_TIERS__MEMRY__MAX_SIZE: '1MB' },
      'FOREWARM_TIERS__MEMRY__MAX_SIZE: sets no option; did you mean FOREWARM_TIERS__MEMORY__MAX_SIZE?',
    ],
    [
      { FOREWARM_SOURCES__PROFIL__TTL: '1m' },
      'FOREWARM_SOURCES__PROFIL__TTL: sets no option; did you mean FOREWARM_SOURCES__PROFILE__TTL?',
    ],
    [
      { FOREWARM_ZEBRA: '1' },
      'FOREWARM_ZEBRA: sets no option; `forewarm config print` lists them, and what is named in the file must exist there',
    ],
  ])('%j is told by the name of the variable', async (env, says) => {
    expect(await problemsOf(GOOD, { env })).toEqual([says]);
  });

  test.each([
    ['api.port', 'x', '--set api.port: api.port: must be a whole number from 0 to 65535, not "x"'],
    ['api.prt', '1', '--set api.prt: api.prt: "prt" is not an option here; did you mean "port"?'],
    ['api.port.x', '1', '--set api.port.x: api.port: must be a whole number from 0 to 65535, not a map'],
  ])('%s is told by the flag', async (path, value, says) => {
    expect(await problemsOf(GOOD, { overrides: [{ path, value, origin: `--set ${path}` }] })).toEqual([says]);
  });
});

describe('all problems', () => {
  const yaml = `tiers: { memory: { maxsize: 1MB } }
origins:
  a: { kind: http, url: nowhere, rate: 5 }
sources:
  x: { origin: b, key: "x:{y}", ttl: soon, request: { path: "/{z}" } }
schedules:
  hot: { cron: "* *", warm: "source=y" }
`;

  test('come at once, in the order of the file, those of variables last', async () => {
    const env = { FOREWARM_LOG__LEVEL: 'loud' };
    const places = (await problemsOf(yaml, { env })).map((line) => line.split(': ').slice(0, 2).join(' '));
    expect(places).toEqual([
      'forewarm.yaml:1:20 tiers.memory.maxsize',
      'forewarm.yaml:3:25 origins.a.url',
      'forewarm.yaml:3:40 origins.a.rate',
      'forewarm.yaml:5:16 sources.x.origin',
      'forewarm.yaml:5:38 sources.x.ttl',
      'forewarm.yaml:7:3 schedules.hot',
      'forewarm.yaml:7:16 schedules.hot.cron',
      'forewarm.yaml:7:29 schedules.hot.warm',
      'FOREWARM_LOG__LEVEL log.level',
    ]);
  });

  test('stand in the details too, in parts', async () => {
    const error = await loadText(yaml, { env: { FOREWARM_LOG__LEVEL: 'loud' } }).catch((thrown) => thrown);
    const problems: Problem[] = error.details.problems;
    expect(error.message.split('\n')[0]).toBe('9 problems');
    expect(problems[0]).toEqual({
      file: 'forewarm.yaml',
      line: 1,
      column: 20,
      from: null,
      path: 'tiers.memory.maxsize',
      message: '"maxsize" is not an option here; did you mean "maxSize"?',
    });
    expect(problems.at(-1)).toMatchObject({
      file: null,
      line: null,
      from: 'FOREWARM_LOG__LEVEL',
      path: 'log.level',
    });
  });
});

test('a map with a strange length in the place of a text is a mistake as any other', async () => {
  const [line] = await problemsOf(`${GOOD}data: { length: { toString: 1 } }\n`);
  expect(line).toContain('a map stands where a text or a list is expected');
});
