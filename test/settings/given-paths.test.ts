/** What an environment variable put into an address: it is shown in no message, whatever the variable is called. */
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
