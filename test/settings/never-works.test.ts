/** Configurations that look right, and of which nothing could ever come. */
import { describe, expect, test } from 'vitest';
import { loadText, problemsOf } from '../support/settings.ts';

const ORIGINS = 'origins: { markets: { kind: http, url: "http://h" } }\n';
const source = (name: string, rest: string) => `  ${name}: { origin: markets, ${rest} }\n`;

/** The problems of a configuration with these sources. */
async function sourceProblems(sources: string): Promise<string[]> {
  return problemsOf(`${ORIGINS}sources:\n${sources}`);
}

describe('what could never work', () => {
  test.each([
    ['guard: { minBytes: 2KB, maxBytes: 1KB }', 'is more than maxBytes (1.00 KB)'],
    ['guard: { minBytes: 11MB }', 'takes no body of more than 10.0 MB (maxBodyBytes)'],
    ['guard: { minItems: 1, require: [name] }', 'but "0.name" is of the first item'],
    ['guard: { minItems: 10, maxBytes: 20B }', '10 items take 21 B at least'],
    ['format: msgpack, guard: { minItems: 10, maxBytes: 10B }', '10 items take 11 B at least'],
    ['format: float32, guard: { minItems: 3, maxBytes: 11B }', '3 items take 12 B at least'],
    ['guard: { error: e, require: [e.code] }', '"e.code" is inside "e"'],
    ['guard: { require: ["a..b"] }', 'has a step without a name'],
    ['guard: { error: ".e" }', 'has a step without a name'],
    ['ttl: 1ms, grace: 0', 'sources.a.ttl: values of source "a" are gone after 1ms'],
    ['ttl: 1ms, grace: 98ms', 'ttl and grace must be 100ms together at least'],
    ['absentTtl: 0', 'sources.a.absentTtl: "0": must be at least 100ms'],
    ['format: raw, guard: { require: [a] }', 'guard.require: looks into JSON'],
    ['format: raw, guard: { minItems: 1 }', 'guard.minItems: looks into JSON'],
    ['format: raw, guard: { error: e }', 'guard.error: looks into JSON'],
    [
      'format: float32, guard: { require: [a] }',
      'guard.require: looks into JSON, and a body of format float32',
    ],
  ])('a guard that no body meets, or that guards nothing: %s', async (rest, says) => {
    const [problem, ...others] = await sourceProblems(source('a', `key: a, request: { path: / }, ${rest}`));
    expect(problem).toContain(says);
    expect(others).toEqual([]);
  });

  test.each([
    'guard: { minItems: 1, require: ["0.name", length] }',
    'guard: { minItems: 10, maxBytes: 21B }',
    'guard: { error: status, require: [status, status2.x] }',
    'guard: { require: ["a\\\\..b"] }',
    'ttl: 1ms, grace: 99ms',
  ])('what a body can have, and an answer can last, is taken: %s', async (rest) => {
    const text = `${ORIGINS}sources:\n${source('a', `key: a, request: { path: / }, ${rest}`)}`;
    expect((await loadText(text)).sources.get('a')).toBeDefined();
  });

  test('a guard for types refuses everything of an origin that says no type', async () => {
    const text = `origins: { db: { kind: sql, url: "postgres://h/d" } }
sources: { a: { origin: db, key: a, request: { query: SELECT 1 }, guard: { contentTypes: [a/b] } } }`;
    expect((await problemsOf(text))[0]).toContain('values of an origin of kind sql have no type');
  });

  test('types are compared without their capitals', async () => {
    const guard = 'key: a, request: { path: / }, guard: { contentTypes: [Image/PNG] }';
    const { sources } = await loadText(`${ORIGINS}sources:\n${source('a', guard)}`);
    expect(sources.get('a')?.guard.contentTypes).toEqual(['image/png']);
  });

  test('a temperature that is too short for its sources is told once of each', async () => {
    const text = `${ORIGINS}temperatures: { hot: { ttl: 1ms, grace: 1ms } }
sources: { a: { origin: markets, key: a, temperature: hot, request: { path: / } } }`;
    expect(await problemsOf(text)).toEqual([
      expect.stringContaining('temperatures.hot.ttl: values of source "a" are gone after 2ms'),
    ]);
  });

  test('guards with room between their bounds are taken', async () => {
    const rest = 'guard: { minBytes: 1KB, maxBytes: 1KB, require: ["0.a"], minItems: 1 }';
    const text = `${ORIGINS}sources:\n${source('a', `key: a, request: { path: / }, ${rest}`)}`;
    expect((await loadText(text)).sources.get('a')?.guard).toMatchObject({
      minBytes: 1_000,
      maxBytes: 1_000,
    });
  });

  test.each([
    ['origins: { o: { kind: http, url: "http://h", headers: { A: x, a: y } } }', 'header "a" stands twice'],
    ['api: { tokens: [{ name: a, token: "sesam öffne" }] }', 'which no `Authorization` carries'],
    ['api: { tokens: [{ name: a, token: "two words" }] }', 'which no `Authorization` carries'],
    ['origins: { o: { kind: http, url: "http://h", proxy: "http://p:1/x" } }', 'without a path'],
    ['origins: { o: { kind: http, url: "http://h:0" } }', 'names port 0'],
    ['origins: { o: { kind: http, url: "http://h", timeout: 30d } }', 'must be at most 1d'],
    ['origins: { o: { kind: http, url: "http://h", rate: 1/1000w } }', 'is less than one call a year'],
    ['workers: { lock: 25d }', 'must be at most 1d'],
    ['temperatures: { hot: { ttl: 101000w } }', 'is longer than 100 years'],
    ['tiers: { disk: { path: "a\\0b" } }', 'has a zero byte'],
    ['api: { port: 65536 }', 'must be a whole number from 0 to 65535, not 65536'],
    ...['256.1.1.1', 'http://127.0.0.1', '127.0.0.1:80', '[::1]', 'no such host', '1'].map((host) => [
      `api: { host: "${host}" }`,
      'is no address to listen at',
    ]),
    ...['My Bucket', 'a', 'x/y', 's3://x', '192.168.0.1', 'a..b', '-x-'].map((bucket) => [
      `tiers: { s3: { bucket: "${bucket}" } }`,
      'is not the name of a bucket',
    ]),
    ['tiers: { s3: { enabled: true, bucket: My_Cache } }', 'set tiers.s3.pathStyle to true'],
    ...['minio', 'localhost:9000', 'http://h:99999', 'http://h/?x', 'ftp://h'].map((endpoint) => [
      `tiers: { s3: { endpoint: "${endpoint}" } }`,
      'must be empty, or an http:// or https:// URL',
    ]),
    ['tiers: { s3: { region: us_east } }', 'is not the name of a region'],
    ['redis: { jobs: "redis://h:0" }', 'ports go from 1 to 65535'],
    ['redis: { jobs: "redis://:two words@h:65536/1" }', 'ports go from 1 to 65535'],
    ['redis: { cache: "redis+cluster://h:1,h:0" }', 'ports go from 1 to 65535'],
    ['origins: { o: { kind: sql, url: "postgres://ann@h:0/d" } }', 'names port 0'],
    ['redis: { jobs: "redis://ann@h" }', 'a user without a password'],
    ['redis: { cache: "rediss://ann:@h:1/0" }', 'a user without a password'],
  ])('%s', async (text, says) => {
    const [problem] = await problemsOf(text);
    expect(problem).toContain(says);
    expect(problem).not.toMatch(/sesam|two words|ann@/);
  });

  test.each(['/x/\\..\\{id}', '/\\h/{id}'])('a path with a backslash: %s', async (path) => {
    const [problem] = await sourceProblems(source('a', `key: "a:{id}", request: { path: '${path}' }`));
    expect(problem).toContain('which URLs take for a slash');
  });
});
