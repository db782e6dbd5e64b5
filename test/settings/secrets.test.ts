import { describe, expect, test } from 'vitest';
import { loadText } from '../support/settings.ts';

const CANARY = 'c4n4ry-5ecret';
/** A key of 32 bytes whose text has the canary's letters at its beginning. */
const KEY = `c4n4ry5ecret${'A'.repeat(31)}=`;

/** Configurations that hold the canary where a secret belongs. */
const GOOD_PLACES = [
  `api: { tokens: [{ name: a, token: ${CANARY} }] }`,
  `redis: { jobs: "redis://user:${CANARY}@h:6379/0", cache: "rediss://:${CANARY}@h:6379" }`,
  `origins: { a: { kind: http, url: "http://h", headers: { authorization: "Bearer ${CANARY}" }, query: { key: ${CANARY} } } }`,
  `origins: { a: { kind: module, module: m.mjs, options: { password: ${CANARY} } } }`,
  `origins: { a: { kind: http, url: "http://h" } }
sources: { s: { origin: a, key: s, request: { path: /, headers: { x-key: ${CANARY} } } } }`,
  `origins: { a: { kind: module, module: m.mjs, options: { "${CANARY}": x } } }`,
  ...[`tok: ${CANARY}`, `deep: { list: [${CANARY}] }`, `"${CANARY}": 1`].map(
    (options) => `origins: { a: { kind: module, module: m.mjs } }
sources: { s: { origin: a, key: s, request: { options: { ${options} } } } }`,
  ),
  `codec: { encrypt: { keys: { k1: ${KEY} }, current: k1 } }`,
  ...['query: { key: CANARY }', 'query: { id: "{x}", key: "a{x}CANARY" }', 'headers: { x: CANARY }'].map(
    (part) => `origins: { a: { kind: http, url: "http://h" } }
sources: { s: { origin: a, key: "s:{x}", request: { path: "/{x}", ${part.replace('CANARY', CANARY)} } } }`,
  ),
  ...[
    'query: { key: CANARY }',
    'body: { ids: "{x...}", token: CANARY }',
    'body: { ids: "{x...}", a: { b: [CANARY] } }',
  ].map(
    (part) => `origins: { a: { kind: http, url: "http://h" } }
sources: { s: { origin: a, key: "s:{x}", request: { batch: { path: /b, method: POST, ${part.includes('body') ? '' : 'body: { ids: "{x...}" }, '}${part.replace('CANARY', CANARY)} } } } }`,
  ),
  `origins: { a: { kind: http, url: "http://h" } }
sources: { s: { origin: a, key: s, request: { path: /, versionProbe: { path: /v, query: { key: ${CANARY} } } } } }`,
];

/** Configurations with a mistake beside the canary, or made of it. */
const BAD_PLACES = [
  `api: { tokens: ${CANARY} }`,
  `api: { tokens: [${CANARY}] }`,
  `api: { tokens: [{ name: a, token: ${CANARY} }, { name: b, token: ${CANARY} }] }`,
  `api: { tokens: [{ name: a, token: ${CANARY}, scopes: [all] }], port: x }`,
  `api: { tokens: [{ name: a, token: ${CANARY} } }`,
  `api: { tokens: [{ name: a, token: "${CANARY} }] }`,
  ...['!', '*', '|', '>', '@', '%', '`', '"\\q'].map((first) => `api:\n  token: ${first}${CANARY}`),
  `%${CANARY}\n---\napi: {}`,
  `codec: { encrypt: { keys: { k1: ${CANARY} }, current: k1 } }`,
  `codec: { encrypt: { keys: ${CANARY}, current: k1 } }`,
  `codec: { encrypt: { keys: { k1: [${CANARY}] } } }`,
  `codec: { encrypt: { keys: { k1: "${CANARY}=" }, current: k2 }, format: x }`,
  `codec: { encrypt: { keys: { "${KEY}": k1 }, current: k1 } }`,
  `origins: { a: { kind: http, url: "http://h", headers: { "${CANARY}:": authorization } } }`,
  `origins: { a: { kind: module, module: m.mjs, options: { "${CANARY}": { a: 1 } } } }`,
  `origins: { a: { kind: http, url: "http://h" } }
sources: { s: { origin: a, key: s, request: { path: /, query: { "${CANARY}": [1] } } } }`,
  `redis: { jobs: "http://user:${CANARY}@h" }`,
  `redis: { jobs: "redis://user:${CANARY}@" }`,
  ...['jobs', 'cache'].flatMap((server) =>
    [
      ...[`h.example.net:6380,password=${CANARY}=,ssl=True`, `127.0.0.1:1:u:${CANARY}`, CANARY],
      ...[`redis://127.0.0.1:1,${CANARY}`, `redis://u:x@h/${CANARY}`, `redis://h/0/${CANARY}`],
      ...[`redis://h?password=${CANARY}`, `redis://h#${CANARY}`, `redis://h:${CANARY}`, `${CANARY}@h:1`],
      ...[`unix:///p?${CANARY}`, `redis+cluster://h/${CANARY}`, `redis:${CANARY}@h`, `//${CANARY}@h`],
      ...[`embedded ${CANARY}`, `redis://%zz${CANARY}:x@h`],
    ].map((text) => `redis: { ${server}: ${JSON.stringify(text)} }`),
  ),
  ...['{CANARY', '{CANARY-x}', '{CANARY b}c', '{}CANARY', '{0CANARY}', '{CANARY:x}'].map(
    (text) => `api: { host: "a$${text.replace('CANARY', CANARY)}" }`,
  ),
  `origins: { a: { kind: http, url: "http://user:${CANARY}@h" } }`,
  `origins: { a: { kind: http, url: "http://h/?anything=${CANARY}" } }`,
  `origins: { a: { kind: http, url: "http://h", headers: "Bearer ${CANARY}" } }`,
  `origins: { a: { kind: http, url: "http://h", headers: { x: [${CANARY}] } } }`,
  `origins: { a: { kind: http, url: "http://h", headers: ${CANARY}: x } }`,
  `origins: { a: ${CANARY} }`,
  `origins: { a: { kind: http, url: "http://h" } }
sources: { s: { origin: a, key: s, request: { path: /, query: { key: "${CANARY}{" } } } }`,
  `origins: { a: { kind: http, url: "http://h" } }
sources: { s: { origin: a, key: s, request: { path: /, query: { key: [${CANARY}] } } } }`,
  `log: { level: "\${A:-${CANARY}\${B}}" }`,
  `log: { level: "\${TOKEN}" }\napi: { tokens: "\${TOKEN}" }`,
];

describe('a secret', () => {
  test.each(GOOD_PLACES)('is never among the values that are shown: %s', async (text) => {
    const settings = await loadText(text);
    const shown = JSON.stringify(settings.leaves);
    expect(shown).not.toContain(CANARY);
    expect(shown).not.toContain(KEY);
    expect(shown).toContain('[redacted]');
    const { leaves: _, origins, sources, ...rest } = settings;
    expect(JSON.stringify([rest, ...origins.values(), ...sources.values()])).toContain(
      text.includes(KEY) ? KEY : CANARY,
    );
  });

  test.each(BAD_PLACES)('is in no message and no detail: %s', async (text) => {
    const env = text.includes('TOKEN') ? { TOKEN: `[${CANARY}` } : {};
    const error = await loadText(text, { env }).catch((thrown) => thrown);
    expect(error.code).toBe('E_CONFIG_INVALID');
    const said = text.includes('log:') ? error.message.replace(/^.*log\.level.*$/m, '') : error.message;
    expect(said).not.toContain(CANARY);
    if (!text.includes('log:')) expect(JSON.stringify(error.details)).not.toContain(CANARY);
  });

  test('in a variable or a flag is in no message either', async () => {
    const env = { FOREWARM_API__TOKENS: CANARY, FOREWARM_REDIS__JOBS: `http://u:${CANARY}@h` };
    const overrides = [{ path: 'api.tokens.0', value: CANARY, origin: '--set api.tokens.0' }];
    const error = await loadText('', { env, overrides }).catch((thrown) => thrown);
    expect(error.code).toBe('E_CONFIG_INVALID');
    expect(JSON.stringify([error.message, error.details])).not.toContain(CANARY);
  });

  const IN_PATHS: readonly (readonly [string, Record<string, string>])[] = [
    [`origins: { a: { kind: http, url: "http://h/v1/\${TOKEN}/q" } }`, { TOKEN: CANARY }],
    [`origins: { a: { kind: http, url: "http://h/v1/\${TOKEN}/q" } }`, { TOKEN: CANARY.replace('-', '%2D') }],
    [
      `origins: { a: { kind: http, url: "\${A_WEBHOOK_URL}" } }`,
      { A_WEBHOOK_URL: `http://h/hooks/${CANARY}` },
    ],
    [`origins: { a: { kind: http, url: "\${A_URL}" } }`, { A_URL: `http://h/v1/c4n4ry56789abcdefghijk/q` }],
    ['origins: { a: { kind: http } }', { FOREWARM_ORIGINS__A__URL: `http://h/webhooks/${CANARY}` }],
    [`origins: { a: { kind: http, url: "http://h/${CANARY}", headers: { x: "Bearer ${CANARY}" } } }`, {}],
    [`origins: { a: { kind: http, url: "http://h", probe: "/a-\${API_KEY}/" } }`, { API_KEY: CANARY }],
    ...[
      'path: "/v1/$KEY/{x}"',
      'batch: { path: "/v1/b$KEY", query: { ids: "{x...}" } }',
      'path: "/{x}", versionProbe: { path: "/$KEY" }',
    ].map(
      (request) =>
        [
          `origins: { a: { kind: http, url: "http://h" } }
sources: { s: { origin: a, key: "s:{x}", request: { ${request.replace('$KEY', `$\{KEY}`)} } } }`,
          { KEY: CANARY },
        ] as const,
    ),
    [
      `origins: { a: { kind: http, url: "http://h" } }
entities: { e: { id: x, origin: a, path: "/\${KEY}/all" } }`,
      { KEY: CANARY },
    ],
  ];

  test.each(IN_PATHS)('in a path is neither among the values nor in a message: %s', async (text, env) => {
    const settings = await loadText(text, { env });
    expect(settings.secrets.join()).toMatch(/c4n4ry/);
    const shown = JSON.stringify(settings.leaves);
    expect(shown).not.toMatch(/c4n4ry/);
    expect(shown).toContain('[redacted]');
    const wrong = text.replaceAll('http://h', 'htp//h').replaceAll('"/', '"v/');
    const error = await loadText(wrong, { env }).catch((thrown) => thrown);
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/c4n4ry/);
  });
});
