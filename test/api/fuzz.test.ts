/** Random requests to every route of a real process: each is answered, with a problem where it is wrong, and none holds up the others. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { ERRORS } from '../../src/core/errors.ts';
import { install, start } from '../support/build-installation.ts';

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const DEEP = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
/** What tempts parsers, paths, cursors and Redis. */
const TEMPTING = [
  ...[
    '',
    '.',
    '..',
    '%',
    '%zz',
    '%00',
    '%2e%2e%2f',
    '%25',
    '%F0%9F%92%A5',
    '%ff',
    '*',
    '?',
    '#',
    '|',
    'profile|0|',
    'profile|99999999999999999999|',
    'profile|1|%zz',
  ],
  ...[
    '-1',
    '0',
    '1',
    '2',
    '1e9',
    'NaN',
    '9'.repeat(30),
    '0x10',
    'true',
    'null',
    '[]',
    '{}',
    '__proto__',
    'constructor',
    'toString',
  ],
  ...[
    'profile:1',
    'profile:',
    'key=profile:1',
    'source=profile',
    'entities=markets',
    'tag=a',
    'age<1s',
    'near=1,2',
    '"',
  ],
  ...['(selected)|1', '1:r1', '9'.repeat(400), '../x/1', 'control/1', 'x'.repeat(3_000)],
];
const word = fc.oneof(fc.constantFrom(...TEMPTING), fc.string({ maxLength: 20 }).map(encodeURIComponent));

const NAMES = [
  'limit',
  'cursor',
  'selector',
  'samples',
  'bodies',
  'dryRun',
  'id',
  'x',
  '__proto__',
  'limit[]',
];
const pairs = fc.array(fc.tuple(fc.constantFrom(...NAMES), word), { minLength: 1, maxLength: 3 });
const query = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: pairs.map(
      (all) => `?${all.map(([name, value]) => `${name}=${value.replace(/#/g, '')}`).join('&')}`,
    ),
  },
);

const FIELDS = [
  ...[
    'accept',
    'accept-encoding',
    'content-encoding',
    'if-match',
    'if-none-match',
    'if-modified-since',
    'if-unmodified-since',
  ],
  ...[
    'range',
    'idempotency-key',
    'last-event-id',
    'origin',
    'sec-fetch-site',
    'authorization',
    'x-forwarded-for',
    'te',
    'cookie',
  ],
];
const VALUES = [
  '*',
  '*/*',
  'application/vnd.forewarm.entry+json',
  'gzip, br;q=0.5',
  '"a", W/"b"',
  'bytes=0-',
  'none',
  'identity',
  '7',
];
const header = fc.tuple(
  fc.constantFrom(...FIELDS),
  fc
    .oneof(fc.constantFrom(...VALUES), word, fc.string({ maxLength: 10 }))
    .map((text) => text.replace(/[^\x20-\x7e]/g, '')),
);

const members = fc.dictionary(
  fc.constantFrom(
    'selector',
    'keys',
    'known',
    'ids',
    'mode',
    'dryRun',
    'rewarm',
    'id',
    'limit',
    'force',
    'repair',
    'expired',
    '__proto__',
  ),
  fc.oneof(
    word,
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.array(word, { maxLength: 4 }),
    fc.dictionary(word, word, { maxKeys: 2 }),
  ),
  { maxKeys: 4 },
);
const RIGHT = [
  ...[
    '{}',
    '{"selector":"source=profile"}',
    '{"selector":"key=profile:1","mode":"drop"}',
    '{"keys":["profile:1"]}',
  ],
  ...[
    '{"key":"profile:1","stamp":9,"encoding":"text","body":"{}"}',
    '{"selector":"prefix=p","dryRun":true,"rewarm":true}',
  ],
];
const WRONG = ['', '{', '\u0000', '{"keys":', DEEP, `{"keys":${DEEP}}`, `{"key":"profile:1","body":${DEEP}}`];
const body = fc.oneof(
  { weight: 4, arbitrary: members.map((value) => JSON.stringify(value)) },
  { weight: 4, arbitrary: fc.constantFrom(...RIGHT) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.constantFrom(...WRONG) },
  { weight: 1, arbitrary: fc.string({ maxLength: 50 }) },
);
const TYPES = ['application/x-ndjson', 'text/plain', 'application/json; charset=utf-16', 'x'];
const type = fc.oneof(
  { weight: 6, arbitrary: fc.constant('application/json') },
  { weight: 1, arbitrary: fc.constantFrom(...TYPES) },
);
const METHODS = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'];

/** Of an operation mostly, and with a method of its own now and then. */
function requestsTo(operations: readonly (readonly [method: string, path: string])[]): fc.Arbitrary<Sent> {
  const nowhere = ['/', '//', '/v1/nowhere', '/v1/runs/', '*'].map((path) => ['GET', path] as const);
  const target = fc
    .tuple(
      fc.constantFrom(...operations, ...operations, ...nowhere),
      word,
      query,
      fc.nat(9),
      fc.constantFrom(...METHODS),
    )
    .map(([[method, route], part, asked, dice, other]) => {
      const path = route.replace(/\{\w+\}/, part.replace(/[?#]/g, '')) + asked;
      const whole = dice === 0 ? `http://localhost${path}` : path;
      return { method: dice === 1 ? other : method, path: whole.replace(/[^\x21-\x7e]/g, '') };
    });
  const fields = fc.oneof(fc.constant([]), fc.array(header, { maxLength: 3 }));
  return fc.tuple(target, fields, type, body).map(([{ method, path }, pairs, contentType, text]) => ({
    ...{ method, path, body: ['GET', 'HEAD', 'TRACE'].includes(method) ? '' : text },
    headers: {
      ...Object.fromEntries(pairs),
      'content-type': path.includes('/v1/import') ? 'application/x-ndjson' : contentType,
    },
  }));
}

const plain = { headers: { 'content-type': 'application/json' }, body: '' };
/** What once had an unforeseen error for an answer, or held up the others. */
const ONCE: readonly Sent[] = [
  { ...plain, method: 'GET', path: '/v1/entries?cursor=profile%7C99999999999999999999%7C' },
  { ...plain, method: 'GET', path: `/v1/runs?cursor=${'9'.repeat(400)}:r1` },
  { ...plain, method: 'POST', path: '/v1/dead-letters/redrive', body: '{"ids":["../x"]}' },
  {
    ...plain,
    method: 'POST',
    path: '/v1/reads',
    body: JSON.stringify({ keys: Array(1_000).fill('profile:1') }),
  },
  {
    method: 'POST',
    path: '/v1/import',
    headers: { 'content-type': 'application/x-ndjson' },
    body: `{"body":${DEEP}}`,
  },
];

const agent = new Agent({ keepAlive: true });

function send(port: number, { method, path, headers, body: text }: Sent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const all = { ...headers, 'content-length': Buffer.byteLength(text) };
    const sent = request({ port, host: '127.0.0.1', method, path, headers: all, agent }, (answer) => {
      let got = '';
      const settle = () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: got });
      if (answer.headers['content-type'] === 'text/event-stream') {
        settle();
        answer.destroy();
        return;
      }
      answer.on('data', (chunk) => {
        got += chunk;
      });
      answer.on('end', settle);
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

function check({ method }: Sent, { status, headers, text }: Got): void {
  expect(status).not.toBe(500);
  if (status < 400) return;
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  if (method === 'HEAD' || headers['content-encoding'] !== undefined) return;
  const { code, status: said } = JSON.parse(text);
  expect(Object.keys(ERRORS)).toContain(code);
  expect(said).toBe(status);
  if (status === 405) expect(headers.allow).toBeDefined();
}

/** The longest time, in ms, that this thread worked without letting anything else have its turn. */
function watchTurns(): { longest: () => number } {
  let longest = 0;
  let before = process.threadCpuUsage();
  const turn = () => {
    const now = process.threadCpuUsage();
    longest = Math.max(longest, (now.user + now.system - before.user - before.system) / 1_000);
    before = now;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  onTestFinished(() => clearImmediate(next));
  return { longest: () => longest };
}

test('every request is answered, with a problem where it is wrong, and never with an unforeseen error', async () => {
  const installation = await install({ aof: false });
  const app = await start(installation, ['api']);
  const port = Number(new URL(app.apiUrl ?? '').port);
  onTestFinished(() => agent.destroy());
  const document = JSON.parse(
    (await send(port, { method: 'GET', path: '/v1/openapi.json', headers: {}, body: '' })).text,
  );
  // Its two types of what is in them are not known here.
  const paths = Object.entries(document.paths as Record<string, Record<string, unknown>>);
  const operations = paths.flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
  );
  const turns = watchTurns();
  await fc.assert(
    fc.asyncProperty(requestsTo(operations), async (sent) => check(sent, await send(port, sent))),
    { numRuns: 1_500, examples: ONCE.map((sent) => [sent]) },
  );
  expect(turns.longest()).toBeLessThan(50);
});
