/** Configurations as people write them: a good one, and a few changes to it, good and bad. */
import fc from 'fast-check';
import { nodeOf, type Path } from '../../../src/settings/document/config-node.ts';
import { settingsSchema } from '../../../src/settings/schema.ts';
import { decide, type LeafShape, type Shape } from '../../../src/settings/shape/shape.ts';
import { shapeOf } from '../../../src/settings/shape/shape-of.ts';

/** What is put at a place of a configuration. */
export interface Change {
  readonly path: Path;
  readonly value: unknown;
}

/** What stands where nothing is to stand. */
const REMOVED = Symbol('removed');

const SHAPE = shapeOf(settingsSchema);

/** Texts that are something else, nearly something, or too much of it. */
const ODD = [
  '',
  ' ',
  '0',
  '-1',
  '1',
  'null',
  'true',
  '~',
  '*',
  '/',
  '..',
  '.',
  '{',
  '}',
  '{}',
  '{id}',
  '{{id}}',
  '{id...}',
  '{x}',
  '%zz',
  '%00',
  '\u0000',
  'a b',
  'a\nb',
  'ä',
  '\u{1f600}',
  '__proto__',
  'constructor',
  'a'.repeat(3_000),
  'http://',
  '1e400',
  'NaN',
  'Infinity',
  '\ud800',
];
const BY_FORMAT: Readonly<Record<string, readonly unknown[]>> = {
  duration: [
    '0',
    '0s',
    '1ms',
    '1s',
    '5m',
    '1h30m',
    '7d',
    '52w',
    '1000000w',
    '99999999999999999h',
    '1.5s',
    '-5s',
    '5',
    '5 s',
    '5M',
    '1y',
    5,
  ],
  size: ['0', '0B', '1B', '1KB', '64MB', '1TB', '9PB', '99999999999999999GB', '1.5KB', '-1KB', '1K', 1024],
  rate: [
    '1/s',
    '100/m',
    '1/10s',
    '0/s',
    '1/0s',
    '1000000/s',
    '1/d',
    '10/s, 1000/d',
    '1000/d, 10/s',
    ['1/s', '5/s'],
    [],
    '5',
    '1/1000w',
    '0.5/s',
    '-1/s',
  ],
  percent: ['0%', '1%', '50%', '100%', '101%', '0.001%', '80', '-1%', 0.5, '1e2%'],
  path: [
    'items.csv',
    'missing.csv',
    '.',
    '..',
    '/',
    '/proc/self/mem',
    '/dev/null',
    'items.csv/below',
    'own.mjs',
    'x\u0000y',
    'data',
    'broken.mjs',
    'empty.csv',
    '~/x',
    'folder',
  ],
  cron: [
    '* * * * *',
    '@daily',
    '@reboot',
    '0 0 31 2 *',
    '61 * * * *',
    '*/0 * * * *',
    '0 3 * * 7',
    '0 0 L * *',
    '* * * * * *',
    '* * * * * * *',
    '0-99999999 * * * *',
    '0 0 * * 1#6',
  ],
  timezone: ['UTC', 'America/Denver', 'Mars/Olympus', 'utc', 'GMT+5', '+05:00', 'Etc/GMT-14', 'CET'],
  time: [
    '2027-01-01T06:00',
    '2027-01-01T06:00Z',
    '2027-02-30T06:00',
    '0001-01-01T00:00',
    '9999-12-31T23:59',
    '2027-01-01',
    '2020-01-01T00:00Z',
    '2027-13-01T00:00',
  ],
  window: [
    '2026-12-25',
    'sat,sun',
    'mon-fri 09:30-16:00',
    'mon-fri 16:00-09:30',
    '2026-12-24T18:00..2026-12-27T06:00',
    '2026-12-27..2026-12-24',
    'sun-sat',
    '00:00-24:00',
    '25:00-26:00',
  ],
  deadline: ['4h', '06:00', '24:00', '0', '25:00', '6:00', '1ms', '99999w'],
  selector: [
    '',
    'source=item',
    'source=nope',
    'entities=items',
    'key=item:1',
    'tag=all',
    'age>1h',
    'prefix=item',
    'temperature=tepid',
    'source=',
    'a=b',
    '=',
    'near=1,2 radius=3km',
    'source=item source=user',
  ],
  'key-template': [
    'item:{id}',
    'item:{id}:{name}',
    'x:{id}',
    '{id}',
    '{id}:x',
    'x',
    'user:{id}',
    'item:{id}{name}',
    'x:{nope}',
    'x:{id}/{id}',
    'x:{id}\u0000',
    'x {id}',
    'item:1',
    ':',
    'x:{id}:',
  ],
  'json-path': ['', 'a', 'a.b', 'a..b', '.', 'a.0', 'a.*', '$.a', 'items[0]', '__proto__.x'],
  'redis-url': [
    'embedded',
    'redis://',
    'redis://h:99999',
    'redis://h:0',
    'redis://127.0.0.1:1/99',
    'rediss://127.0.0.1:1',
    'redis+sentinel://a:1,b:2/x',
    'redis+cluster://a:1',
    'unix:///tmp/none.sock',
    'unix://x',
    'http://h',
    'redis://u@h',
    'localhost:6379',
    'redis://[::1]:1',
  ],
  template: [
    '/{id}',
    '/x?y={id}',
    '{id}',
    '{id...}',
    '/{name}',
    '/{nope}',
    '/{id',
    '/{}',
    '/..',
    '/%2e%2e/x',
    '/a b',
    '//x',
    '/x#y',
    '/é/{id}',
    '/?{id}',
    '/%zz/{id}',
    '/\u0000',
    '?x={id}',
    'http://evil/{id}',
    '/:{id}@x',
  ],
};
/** Of texts without a format, by the last word of their path. */
const BY_NAME: Readonly<Record<string, readonly unknown[]>> = {
  url: [
    'http://127.0.0.1:1',
    'http://',
    'http://h:99999',
    'http://[::1',
    'ftp://h',
    'http://h/a/b/',
    'http://h/a?b=c',
    'http://u:p@h',
    'http://h#x',
    'HTTP://H',
    'http://h/a b',
    'http://h/%zz',
    'http://-.-',
    'http://a..b',
    'http://256.256.256.256',
    'postgres://h/d',
    'postgres://u:p@h:1/d?sslmode=nope',
    'postgres://',
    'postgresql://[::1]/d',
    'http://h:0',
    'http://xn--/',
    'http://h/{id}',
    'http://h/..',
    'http://é.example',
    'http:h',
    'http:/h',
    'http://\th',
  ],
  host: [
    '127.0.0.1',
    '0.0.0.0',
    '::1',
    '::',
    '[::1]',
    'localhost',
    '256.1.1.1',
    'no such host',
    'http://127.0.0.1',
    '127.0.0.1:80',
    '203.0.113.7',
    'nope.invalid',
    '1',
    '127.1',
    'fe80::1%nope',
  ],
  port: [0, 1, 80, 65_535, 65_536, -1, 1.5, '0', 'http'],
  bucket: [
    'my-cache',
    'My_Bucket',
    'a',
    'a b',
    's3://x',
    'x/y',
    '192.168.0.1',
    'a..b',
    '-x-',
    'x'.repeat(64),
    'arn:aws:s3:::x',
  ],
  endpoint: [
    '',
    'http://127.0.0.1:1',
    'localhost:9000',
    'http://',
    'ftp://h',
    'http://h/x?y',
    'minio',
    'http://u:p@h',
    'https://s3.example.com/path',
    'http://h:99999',
  ],
  region: ['us-east-1', '', 'US East', 'x y', 'auto', 'eu_west'],
  prefix: ['fw:', 'forewarm', '{x}', 'a b', '', '*', 'fw:?', '/', 'x'.repeat(2_000), '\u0000', 'ä'],
  proxy: [
    'none',
    'http://127.0.0.1:1',
    'proxy:3128',
    'socks5://h',
    'http://',
    'http://u:p@h:1',
    'http://h:1/x',
  ],
  encoding: [
    'utf-8',
    'windows-1252',
    'utf-16le',
    'ebcdic',
    'utf8',
    'replacement',
    'x-user-defined',
    'iso-2022-jp',
  ],
  delimiter: [',', ';', '\t', '"', '\n', 'ab', 'd', ' ', '1', '\u0000', 'é', '\u{1f600}'],
  id: ['id', 'name', 'nope', ['id', 'name'], [], ['id', 'id'], '__proto__', 'ID', ' id'],
  origin: ['web', 'own', 'rows', 'vectors', 'nope', '__proto__', 'control'],
  entities: ['items', 'nope', ['items']],
  token: ['x', 'a b', 'ä', 'x'.repeat(5_000)],
  current: ['a', 'b', ''],
  serverName: ['h', '127.0.0.1', 'a b', 'ä'],
  level: [-1, 0, 1, 3, 9, 11, 12, 22, 23],
  query: [
    'SELECT 1',
    'SELECT $1',
    'SELECT id FROM items WHERE id = ANY($1)',
    'SELECT $2',
    'DROP TABLE x',
    '',
    ';',
    'SELECT 1; SELECT 2',
    "SELECT '$1'",
    '-- $1',
  ],
  params: [[], ['{id}'], ['{id...}'], ['{nope}'], ['{id}', '{id...}'], ['{id}x'], [1]],
  model: ['m', '', ' '],
  input: ['{id}', '{nope}', '', 'x', '{id} {name}', '{id'],
  contentTypes: [['image/png'], ['image/*'], ['*/*'], ['image'], []],
  require: [['a'], ['a.b'], ['a..b'], ['.'], ['']],
  tags: [
    ['all'],
    ['t:{id}'],
    ['t:{nope}'],
    ['t:{naem}'],
    [''],
    ['{id}'],
    ['a b'],
    ['a,b'],
    ['x:{id}', 'x:{id}'],
  ],
  tiers: [['redis'], ['memory'], ['disk', 's3'], [], ['nope'], ['redis', 'redis']],
  versionHeader: ['etag', 'x y', '', 'é', 'set-cookie'],
  headers: [
    {},
    { a: 'x' },
    { A: 'x', a: 'y' },
    { host: 'x' },
    { 'x y': 'z' },
    { a: 'x\ny' },
    { a: 'ä' },
    { a: '€' },
    { accept: '' },
  ],
  keys: [
    {},
    { a: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
    { a: 'short' },
    { a: '' },
    { 'a b': 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
  ],
  throttledBy: [[403], [404], [429], [200], [999], [400, 400]],
  body: [{}, { ids: '{id...}' }, { ids: '{id}' }, { a: { b: '{id...}' } }, []],
};

const NUMBERS = [0, 1, 2, 3, 5, 10, 100, 1_000, 65_535, 65_536, 1e9, 2 ** 31, 2 ** 53, 1e21, -1, 0.5, '5'];

function textsFor(leaf: LeafShape, path: Path): readonly unknown[] {
  const names = BY_NAME[path.at(-1) ?? ''] ?? BY_NAME[path.at(-2) ?? ''] ?? [];
  return [...(BY_FORMAT[leaf.format ?? ''] ?? []), ...names, ...leaf.values];
}

function valuesFor(shape: Shape, path: Path): fc.Arbitrary<unknown> {
  const others = [null, [], {}, [null], true, 0, REMOVED];
  if (shape.kind !== 'leaf') {
    const named = BY_NAME[path.at(-1) ?? ''] ?? [];
    const either =
      shape.kind === 'either'
        ? shape.options.flatMap((o) => (o.kind === 'leaf' ? textsFor(o, path) : []))
        : [];
    return fc.constantFrom(...named, ...named, ...either, ...either, ...others, 'x');
  }
  if (shape.type === 'boolean') return fc.constantFrom(true, false, true, false, 'yes', 0, REMOVED);
  if (shape.type === 'number')
    return fc.constantFrom(...(BY_NAME[path.at(-1) ?? ''] ?? []), ...NUMBERS, REMOVED);
  const fitting = textsFor(shape, path);
  return fc.oneof(
    {
      weight: fitting.length > 0 ? 8 : 0,
      arbitrary: fc.constantFrom(...(fitting.length > 0 ? fitting : ['x'])),
    },
    { weight: fitting.length > 0 ? 2 : 6, arbitrary: fc.constantFrom(...ODD, 'x') },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(...others) },
  );
}

interface Place {
  readonly path: Path;
  readonly shape: Shape;
}

/** Every place of a configuration where something may stand. */
export function placesOf(config: object): Place[] {
  const root = nodeOf(config);
  const places: Place[] = [];
  const visit = (outer: Shape, value: unknown, path: Path): void => {
    const here = decide(outer, value === undefined ? undefined : nodeOf(value), root, path);
    if (path.length > 0) places.push({ path, shape: here });
    const below = (name: string, shape: Shape) =>
      visit(shape, typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined, [
        ...path,
        name,
      ]);
    if (here.kind === 'object') for (const [name, field] of here.fields) below(name, field.shape);
    if (here.kind === 'record' && typeof value === 'object' && value !== null)
      for (const name of Object.keys(value)) below(name, here.item);
    if (here.kind === 'either')
      for (const option of here.options)
        if (option.kind === 'object') for (const [name, field] of option.fields) below(name, field.shape);
  };
  visit(SHAPE, config, []);
  return places;
}

/** A few changes to a configuration. */
export function changesTo(config: object, most = 3): fc.Arbitrary<readonly Change[]> {
  const places = placesOf(config);
  const change = fc
    .constantFrom(...places)
    .chain(({ path, shape }) => valuesFor(shape, path).map((value) => ({ path, value })));
  return fc.array(change, { minLength: 1, maxLength: most });
}

export function changed(config: object, changes: readonly Change[]): Record<string, unknown> {
  const copy = structuredClone(config) as Record<string, unknown>;
  for (const { path, value } of changes) put(copy, path, value);
  return copy;
}

function put(root: Record<string, unknown>, path: Path, value: unknown): void {
  let here = root;
  for (const name of path.slice(0, -1)) {
    const next = Object.hasOwn(here, name) ? here[name] : undefined;
    if (typeof next === 'object' && next !== null) here = next as Record<string, unknown>;
    else {
      const made = {};
      here[name] = made;
      here = made;
    }
  }
  const last = path.at(-1) ?? '';
  if (value === REMOVED) delete here[last];
  else here[last] = value;
}
