/** What an environment variable put into an address, or where a server may repeat it: no message shows it, whatever the variable is called. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hideKnown } from '../../src/core/known-secrets.ts';
import { loadText } from '../support/settings.ts';

/** `@{NAME}` stands for the substitution of a variable. */
function load(text: string, env: Record<string, string>) {
  return loadText(text.replaceAll('@{', '\x24{'), { env });
}

const ORIGIN = (url: string) => `origins: { a: { kind: http, url: ${JSON.stringify(url)} } }`;
const SOURCE = (request: string) => `${ORIGIN('http://h')}
sources: { s: { origin: a, key: "s:{x}", request: { ${request} } } }`;

/** Where a variable may put it: the configuration, and the variables. */
const PLACES: Readonly<Record<string, (secret: string) => readonly [string, Record<string, string>]>> = {
  'a part of the path': (secret) => [ORIGIN('http://h/v1/@{SEGMENT}/q'), { SEGMENT: secret }],
  'the end of a part': (secret) => [ORIGIN('http://h/team-@{TEAM}'), { TEAM: secret }],
  'the path': (secret) => [ORIGIN('http://h/@{BASE}'), { BASE: `v1/${secret}` }],
  'host and path': (secret) => [ORIGIN('http://@{UPSTREAM}/q'), { UPSTREAM: `h:8080/${secret}/api` }],
  'the address': (secret) => [ORIGIN('@{UPSTREAM}'), { UPSTREAM: `http://h/hooks/${secret}` }],
  'the variable of the option': (secret) => [
    'origins: { a: { kind: http } }',
    { FOREWARM_ORIGINS__A__URL: `http://h/in/${secret}` },
  ],
  'the path of a request': (secret) => [SOURCE('path: "/@{SEGMENT}/{x}"'), { SEGMENT: secret }],
  'the path of a batch': (secret) => [
    SOURCE('batch: { path: "/b/@{SEGMENT}", query: { ids: "{x...}" } }'),
    { SEGMENT: secret },
  ],
  'the path of a probe': (secret) => [
    SOURCE('path: "/{x}", versionProbe: { path: "/@{SEGMENT}" }'),
    { SEGMENT: secret },
  ],
  'the path of a list': (secret) => [
    `${ORIGIN('http://h')}\nentities: { e: { id: x, origin: a, path: "/@{SEGMENT}/all" } }`,
    { SEGMENT: secret },
  ],
  'the endpoint of S3': (secret) => [
    'tiers: { s3: { enabled: true, bucket: values, endpoint: "http://h/@{SEGMENT}" } }',
    { SEGMENT: secret },
  ],
  'the receiver of OTLP': (secret) => [
    'telemetry: { otlp: { endpoint: "http://h/@{SEGMENT}" } }',
    { SEGMENT: secret },
  ],
};

const secretText = fc.oneof(
  fc.stringMatching(/^[a-z]{6,24}$/),
  fc.stringMatching(/^[a-zA-Z\d_-]{8,40}$/),
  fc.stringMatching(/^\d{6,12}$/),
);

const SQL = (part: string, url = 'postgres://h/d') => `origins: { a: { kind: sql, url: "${url}" } }
sources: { s: { origin: a, key: "s:{x}", request: { ${part} } } }`;
const BATCH = (body: string) => SOURCE(`batch: { path: /b, method: POST, body: { ids: "{x...}", ${body} } }`);

/** Where a server may repeat it, whatever the variable is called. */
const SENT: Readonly<Record<string, string>> = {
  'a header of an origin': 'origins: { a: { kind: http, url: "http://h", headers: { x: "Bearer @{V}" } } }',
  'a header of a source': SOURCE('path: "/{x}", headers: { x: "@{V}" }'),
  'the query of a source': SOURCE('path: "/{x}", query: { q: "@{V}" }'),
  'the query of a probe': SOURCE('path: "/{x}", versionProbe: { path: /v, query: { q: "a-@{V}" } }'),
  'the body of a batch': BATCH('x: "@{V}"'),
  'a list in the body of a batch': BATCH('x: [{ y: ["a-@{V}-b"] }]'),
  'a part of a host': ORIGIN('http://a-@{V}.h/q'),
  'a text in SQL': SQL(`query: "SELECT f('@{V}', $1)", params: ["{x}"]`),
  'a param of SQL': SQL('query: "SELECT f($1, $2)", params: ["{x}", "@{V}"]'),
  'the user of a database': SQL('query: "SELECT $1", params: ["{x}"]', 'postgres://@{V}:x@h/d'),
  'the password of a database': SQL('query: "SELECT $1", params: ["{x}"]', 'postgres://u:@{V}@h/d'),
  'the name of a database': SQL('query: "SELECT $1", params: ["{x}"]', 'postgres://u@h/@{V}'),
  'the list of a database': `${SQL('query: "SELECT $1", params: ["{x}"]')}
entities: { e: { id: x, origin: a, query: "SELECT f('@{V}') x" } }`,
  'the password of Redis': 'redis: { jobs: "redis://:@{V}@h" }',
  'the password of a proxy': 'origins: { a: { kind: http, url: "http://h", proxy: "http://u:@{V}@p" } }',
  'the options of a module': 'origins: { a: { kind: module, module: m.mjs, options: { x: "@{V}" } } }',
  'a token': 'api: { tokens: [{ name: a, token: "@{V}" }] }',
  'the credentials of S3': 'tiers: { s3: { accessKeyId: "@{V}", secretAccessKey: "@{V}" } }',
  'a header of OTLP': 'telemetry: { otlp: { endpoint: "http://h", headers: { x: "@{V}" } } }',
};

describe('what a variable put where it is sent', () => {
  test.each(Object.entries(SENT))('%s is known, and among no values', async (_, text) => {
    const secret = fc.stringMatching(/^[a-z][a-z\d]{3,9}\d[a-z]\d[a-z]{1,4}$/);
    const property = fc.asyncProperty(secret, async (V) => {
      const { leaves, secrets } = await load(text, { V });
      expect(JSON.stringify(leaves)).not.toContain(V);
      expect(hideKnown(`he said "${V}".`, secrets)).toBe('he said "[redacted]".');
    });
    await fc.assert(property, { numRuns: 4 });
  });

  test.each([
    ['the name of a region in a host', ORIGIN('http://db.@{V}.h/q'), 'eu-west-1'],
    [
      'the name of a database',
      SQL('query: "SELECT $1", params: ["{x}"]', 'postgres://u@h/@{V}'),
      'shop_2026',
    ],
    [
      'the user of a database',
      SQL('query: "SELECT $1", params: ["{x}"]', 'postgres://@{V}:x@h/d'),
      'forewarm_reader',
    ],
    ['a table', SQL('query: "SELECT x FROM @{V} WHERE x = $1", params: ["{x}"]'), 'sales_2026_q1'],
    ['a type', SOURCE('path: "/{x}", headers: { accept: "@{V}" }'), 'application/vnd.h.v3+json'],
    ['a version of an API', SOURCE('path: "/{x}", query: { version: "@{V}" }'), '2026-10-21'],
    ['a word in a query', SOURCE('path: "/{x}", query: { team: "@{V}" }'), 'markets'],
    [
      'what another option shows',
      `${SOURCE('path: "/{x}", query: { of: "@{V}" }')}\nredis: { prefix: fw-one-1 }`,
      'fw-one-1',
    ],
  ])('%s is no secret', async (_, text, V) => {
    expect((await load(text, { V })).secrets).toEqual([]);
  });

  test('credentials that packages read are known', async () => {
    const env = { AWS_SESSION_TOKEN: 'aws-5e55i0n', PGPASSWORD: 'pg-w0rd-1', OTHER: 'another-0ne' };
    expect((await load('', env)).secrets).toEqual(['aws-5e55i0n', 'pg-w0rd-1']);
  });
});

describe('what a variable put into', () => {
  test.each(Object.entries(PLACES))(
    '%s is hidden among the values, and in all that is made of them',
    async (_, place) => {
      await fc.assert(
        fc.asyncProperty(secretText, async (secret) => {
          const [text, env] = place(secret);
          const { leaves, secrets, origins, sources, lists, tiers, telemetry } = await load(text, env);
          expect(JSON.stringify(leaves)).not.toContain(secret);
          const used = JSON.stringify([...origins, ...sources, ...lists, tiers.s3, telemetry.otlp]);
          expect(used).toContain(secret);
          expect(hideKnown(used, secrets)).not.toContain(secret);
        }),
        { numRuns: 6 },
      );
    },
  );

  test('a host is hidden where the name tells of a secret, and a host as a whole is not', async () => {
    const env = { A_TOKEN: 't0k3n', AUTH_HOST: 'auth' };
    const { secrets } = await load(
      `origins: { a: { kind: http, url: "https://@{A_TOKEN}.example.net/x" }, b: { kind: http, url: "http://@{AUTH_HOST}:8080" } }`,
      env,
    );
    expect(secrets).toEqual(['t0k3n']);
  });

  test('a query of SQL is hidden where the name tells of a secret', async () => {
    const { secrets } = await load(
      `origins: { a: { kind: sql, url: "postgres://h/d" } }
sources: { s: { origin: a, key: "s:{x}", request: { query: "SELECT * FROM f('@{A_TOKEN}', $1)", params: ["{x}"] } } }`,
      { A_TOKEN: 't0k3n' },
    );
    expect(secrets).toEqual(['t0k3n']);
  });

  test.each([
    ['a name of the configuration', 'http://h/@{X}/q', { X: 'markets' }],
    ['what another option shows', 'http://h/@{X}/q', { X: 'fw-one' }],
    ['a version', 'http://h/@{X}/q', { X: 'v1' }],
    ['a host alone', 'http://@{X}/q', { X: 'api.internal:8080' }],
  ])('an address is no secret where it is %s', async (_, url, env) => {
    const text = `origins: { markets: { kind: http, url: ${JSON.stringify(url)} } }\nredis: { prefix: fw-one }`;
    const { leaves, secrets } = await load(text, env);
    const shown = hideKnown(JSON.stringify(leaves), secrets);
    expect(shown).toContain(url.replace('@{X}', env.X));
  });

  test('a word is hidden in paths alone', async () => {
    const { secrets } = await load(ORIGIN('http://h/@{STAGE}/q'), { STAGE: 'test' });
    expect(hideKnown('the latest test of http://h/test/q', secrets)).toBe(
      'the latest test of http://h[redacted]/q',
    );
  });
});
