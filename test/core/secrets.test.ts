import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ForewarmError, OriginError } from '../../src/core/errors.ts';
import { quote } from '../../src/core/quote.ts';
import { hideSecrets, showUrl, showValue } from '../../src/core/secrets.ts';

const CANARY = 'c4n4ry';

describe('a URL for people', () => {
  test.each([
    ['redis://h', 'redis://h'],
    ['redis://h:6379/2', 'redis://h:6379/2'],
    ['redis://[::1]:6379', 'redis://[::1]:6379'],
    ['redis+sentinel://u:p@a:1,b:2/main/3', 'redis+sentinel://[redacted]@a:1,b:2/main/3'],
    ['unix:///run/a@b/redis.sock', 'unix:///run/a@b/redis.sock'],
    ['redis://user:secret@h:1', 'redis://[redacted]@h:1'],
    ['redis://h?password=x', 'redis://h?[redacted]'],
    ['redis://h/0#x', 'redis://h/0#[redacted]'],
    ['redis://:a/b@h', 'redis://[redacted]'],
    ['redis://:a#b@h', 'redis://[redacted]'],
    ['redis://:a?b@h', 'redis://[redacted]'],
    ['redis://:a b@h', 'redis://[redacted]@h'],
    ['redis://:a@b@h', 'redis://[redacted]@h'],
    ['redis://u:6/b@h', 'redis://[redacted]'],
    ['redis://:a', 'redis://[redacted]'],
    ['http://u:a/b@h', 'http://[redacted]'],
    ['no url', '[redacted]'],
  ])('%s is shown as %s', (url, shown) => {
    expect(showUrl(url)).toBe(shown);
  });
});

/** A password that holds the canary between characters that mean something in a URL. */
const password = fc
  .tuple(
    ...Array.from({ length: 2 }, () =>
      fc.string({ unit: fc.constantFrom(...'/?#@: \\%[]&=a1'), maxLength: 6 }),
    ),
  )
  .map(([before, after]) => `${before}${CANARY}${after}`);
const scheme = fc.constantFrom(
  'redis',
  'rediss',
  'redis+sentinel',
  'redis+cluster',
  'http',
  'https',
  'postgres',
  'unix',
);
const host = fc.constantFrom('h', 'h:6379', '127.0.0.1:1', 'a.example,b.example:2', '[::1]', '');
const mangled = fc.oneof(
  fc
    .tuple(scheme, fc.constantFrom('', 'user'), password, host, fc.constantFrom('', '/', '/0', '?a=1'))
    .map(([kind, user, secret, at, path]) => `${kind}://${user}:${secret}@${at}${path}`),
  fc.tuple(scheme, host, password).map(([kind, at, secret]) => `${kind}://${at}?password=${secret}`),
  fc.tuple(scheme, host, password).map(([kind, at, secret]) => `${kind}://${at}/#${secret}`),
);

describe('a secret in a URL that is written wrong', () => {
  test('is not shown as a value of the configuration, quoted, or as the URL', () => {
    fc.assert(
      fc.property(mangled, (url) => {
        for (const shown of [showUrl(url), showValue(url), quote(url)]) expect(shown).not.toContain(CANARY);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    'redis://:a/c4n4ry@h',
    'redis://:a#c4n4ry@h',
    'redis://:a?c4n4ry@h',
    'redis://:a c4n4ry@h',
    'redis://:c4n4ry@b@h',
    'redis://:a\\c4n4ry@h',
    'redis://:a"c4n4ry@h',
    'redis://h?password=c4n4ry',
    'http://u:a/c4n4ry@h',
  ])('is not shown in a message or a line of JSON: %s', (url) => {
    const message = `cannot reach ${url}; start it`;
    const line = JSON.stringify({ message, url });
    if (!url.includes('"')) expect(hideSecrets(message)).not.toContain(CANARY);
    expect(hideSecrets(line)).not.toContain(CANARY);
    expect(Object.keys(JSON.parse(hideSecrets(line)))).toEqual(['message', 'url']);
  });

  test.each(['redis:/u:c4n4ry@h', 'u:c4n4ry@h', ' redis://u:c4n4ry@h'])(
    'is not shown where the scheme is wrong: %s',
    (value) => expect(showValue(value)).not.toContain(CANARY),
  );
});

/** Where a text goes on after a space, nobody can tell: those are only hidden where they are quoted as a value, above. */
const solid = mangled.filter((url) => !/\s/.test(url));
/** Ways to hand over a secret that no parser of URLs takes for a URL, or for the place of a secret. */
const disguised = fc.oneof(
  solid.map((url) => url.replace(/^\w+/, (kind) => kind.toUpperCase())),
  solid.map((url) => `http://proxy.example/${url}`),
  solid.map((url) => `http://proxy.example/?url=${encodeURIComponent(url)}`),
  solid.map((url) => ` ${url}\n`),
  fc
    .tuple(scheme, fc.constantFrom('\n', '\r\n', '\t', '\u0000', '\u001b[1m', '\u202e'), host)
    .map(([kind, odd, at]) => `${kind}://user:a${odd}${CANARY}@${at}`),
  fc
    .tuple(
      fc.constantFrom(
        'password',
        'api_key',
        'apikey',
        'pwd',
        'sig',
        'auth',
        'code',
        'X-Amz-Signature',
        'pass%77ord',
      ),
      host,
    )
    .map(([name, at]) => `https://${at || 'h'}/a?b=1&${name}=${CANARY}&c=2`),
  fc.constantFrom(
    `host=h user=u password=${CANARY} dbname=d`,
    `Server=h;Pwd=${CANARY};`,
    `PGPASSWORD=${CANARY}`,
    `api_key=${CANARY}`,
    `X-Api-Key: ${CANARY}`,
    `Authorization: Bearer ${CANARY}${CANARY}`,
    `proxy-authorization: Basic ${CANARY}${CANARY}`,
  ),
);

describe('a secret in disguise', () => {
  test('is in no text that is shown, no line of JSON, and no error of ours', () => {
    fc.assert(
      fc.property(disguised, (secret) => {
        const message = `cannot reach ${secret}: refused`;
        const error = new ForewarmError('E_TIER_UNAVAILABLE', message, { details: {} });
        for (const shown of [
          ...[
            showValue(secret),
            quote(secret),
            hideSecrets(message),
            error.message,
            error.stack,
            inspect(error),
          ],
          ...[hideSecrets(JSON.stringify({ message })), String(new OriginError('permanent', message))],
        ])
          expect(shown).not.toContain(CANARY);
      }),
      { numRuns: 3_000 },
    );
  });

  test('is hidden once, however often it is shown', () => {
    fc.assert(
      fc.property(disguised, (secret) => {
        const once = hideSecrets(`cannot reach ${secret}: refused`);
        expect(hideSecrets(once)).toBe(once);
      }),
    );
  });
});

describe('what is no secret', () => {
  test.each([
    'GET http://127.0.0.1:7070/users/a@b.com was refused',
    'key=profile:1,profile:2 is a selector; page:https%3A%2F%2Fexample.com%2Fa is a key',
    'set API_TOKEN, and then codec.encrypt.keys: it holds secrets',
    'see https://registry.example.com/@scope/pkg.',
    'one of these forms: redis://, rediss://, unix:///',
    'cannot reach the Redis for jobs at redis://h:6379: connect ECONNREFUSED; start it',
    'http://h, and then mail a@b.example',
    'unix:///run/a@b/redis.sock',
  ])('stays in a message: %s', (text) => {
    expect(hideSecrets(text)).toBe(text);
  });
});
