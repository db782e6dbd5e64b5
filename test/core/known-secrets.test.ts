import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hideKnown } from '../../src/core/known-secrets.ts';

const SECRET = 'QsE/cR+eT & <K>1 "ö\\x';
const entities = (text: string) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
const escapes = (text: string) =>
  [...text].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

/** As servers write again what they were sent. */
const SPELLINGS: readonly [string, (secret: string) => string][] = [
  ['as it is', (secret) => secret],
  ['percent-encoded', (secret) => encodeURIComponent(secret)],
  ['percent-encoded, in lower case', (secret) => encodeURIComponent(secret).toLowerCase()],
  ['percent-encoded twice', (secret) => encodeURIComponent(encodeURIComponent(secret))],
  [
    'percent-encoded in Latin-1',
    (s) => [...Buffer.from(s, 'latin1')].map((b) => `%${b.toString(16).padStart(2, '0')}`).join(''),
  ],
  ['as a form', (secret) => new URLSearchParams({ k: secret }).toString().slice(2)],
  ['as an entity each', entities],
  [
    'with named entities',
    (secret) => secret.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;'),
  ],
  ['as JSON', (secret) => JSON.stringify(secret).slice(1, -1)],
  ['as JSON inside JSON', (secret) => JSON.stringify(JSON.stringify(secret))],
  ['with escaped slashes', (secret) => secret.replaceAll('/', '\\/')],
  ['in escapes', escapes],
  ['in upper case', (secret) => secret.replace(/[a-z]/g, (char) => char.toUpperCase())],
  ['in lower case', (secret) => secret.replace(/[A-Z]/g, (char) => char.toLowerCase())],
  ['broken over lines', (secret) => secret.replace(/(.{5})/g, '$1\r\n\t')],
  ['broken by escapes', (secret) => secret.replace(/ /g, '\\n')],
  ['in base64', (secret) => Buffer.from(secret).toString('base64')],
  ['in base64url', (secret) => Buffer.from(secret).toString('base64url')],
  [
    'in base64 behind something else',
    (secret) => Buffer.from(`me:${secret}`).toString('base64').slice(3, -2),
  ],
  ['in hexadecimal', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
];

describe.each(SPELLINGS)('a secret %s', (_, spell) => {
  test('is hidden, and nothing else is', () => {
    const shown = hideKnown(`no such user: ${spell(SECRET)}; try again`, [SECRET]);
    expect(shown).toMatch(/^no such user: \S{0,5}\[redacted\]\S{0,5}; try again$/);
  });
});

test('a secret that is cut off is hidden as well, from half of it on', () => {
  const token = 'sk-live-0123456789abcdef';
  expect(hideKnown(`bad key ${token.slice(0, 12)}`, [token])).toBe('bad key [redacted]');
  expect(hideKnown(`bad key ${token.slice(0, 6)}...`, [token])).toBe(`bad key ${token.slice(0, 6)}...`);
});

test('secrets that lie side by side, overlap or contain each other leave nothing of themselves', () => {
  expect(hideKnown('a abcdefgh b', ['abcd', 'cdefgh', 'abcdefgh'])).toBe('a [redacted] b');
  expect(hideKnown('abcdefgh', ['abcd', 'efgh'])).toBe('[redacted]');
});

test('short secrets are not seen across words, and words that are no secrets not at all', () => {
  expect(hideKnown('the best estate: true', ['stest', 'true'])).toBe('the best estate: true');
  expect(hideKnown('a key', ['key'])).toBe('a key');
  expect(hideKnown('login ab cd failed', ['ab cd'])).toBe('login [redacted] failed');
});

test('of any secret, in any spelling and any text, nothing is left that spells it', () => {
  const secret = fc.string({
    minLength: 24,
    maxLength: 60,
    unit: fc.constantFrom(...'acdWYZ019 /+&<%"\\=_ö'),
  });
  const around = fc.string({ maxLength: 30 });
  fc.assert(
    fc.property(secret, fc.nat(SPELLINGS.length - 1), around, around, (text, i, before, after) => {
      fc.pre(text.replace(/[\s+\\nrtbf]/gi, '').length >= 24 && text.trim() === text);
      const spelt = SPELLINGS[i]?.[1](text) ?? '';
      expect(hideKnown(`${before} ${spelt} ${after}`, [text])).not.toContain(spelt);
    }),
  );
});

test.each([0, 1, 2])(
  'behind %d bytes, base64 leaves neither its last character nor its padding',
  (before) => {
    for (const secret of ['0123456789abcdef', '0123456789abcdefg', '0123456789abcdefgh']) {
      const text = Buffer.from(`${'x'.repeat(before)}${secret}`);
      for (const alphabet of ['base64', 'base64url'] as const) {
        const said = hideKnown(`got ${text.toString(alphabet)} here`, [secret]);
        expect(said).toMatch(/^got \w{0,2}\[redacted\] here$/);
      }
    }
  },
);

test('of a long secret a beginning is enough, where a message was cut', () => {
  const secret = 'k9'.repeat(100);
  expect(hideKnown(`got ${secret.slice(0, 40)}…`, [secret])).toBe('got [redacted]…');
});

test('a text of 64 KB full of encodings takes no time that anybody notices', () => {
  const text = '%41&amp;\\u0041'.repeat(5_000);
  expect(
    hideKnown(
      text,
      Array.from({ length: 20 }, (_, i) => `secret-number-${i}`),
    ),
  ).toBe(text);
});
