import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isName, nameOf, namePrefixOf } from '../../../src/tiers/s3/s3-names.ts';

/** Any text without half of a character. */
const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength });
const key = fc.oneof(
  text(50),
  text(600),
  fc.string({ maxLength: 700 }),
  fc.constantFrom('.', '..', './a', 'a/../b'),
);

/** As the documentation tells people to. */
function readBack(name: string): string {
  return decodeURIComponent(name.replaceAll('!/', '').replaceAll('!', '%'));
}

describe('the names of objects', () => {
  it('leave plain keys as they are', () => {
    for (const plain of ['profile:denver', 'quote:7', 'a.b-c_d,e=f@g']) expect(nameOf(plain)).toBe(plain);
    expect(nameOf('census:acs/2024 ü')).toBe('census:acs!2F2024!20!C3!BC');
  });

  it('are taken by every server, and are read back unless they are hashed', () => {
    fc.assert(
      fc.property(key, (any) => {
        const name = nameOf(any);
        expect(name.length).toBeLessThanOrEqual(900);
        expect(isName(name)).toBe(any !== '');
        for (const part of name.split('/')) {
          expect(part.length).toBeLessThanOrEqual(255);
          expect(part.startsWith('.')).toBe(false);
        }
        if (!name.includes('!!')) expect(readBack(name)).toBe(any);
      }),
    );
  });

  it('begin alike where keys do', () => {
    fc.assert(
      fc.property(text(400), text(400), (prefix, rest) => {
        expect(nameOf(prefix + rest).startsWith(namePrefixOf(prefix))).toBe(true);
      }),
    );
  });

  it('differ where keys differ, however long', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 20 }), (keys) => {
        expect(new Set(keys.map(nameOf)).size).toBe(keys.length);
      }),
    );
    const long = '€'.repeat(500);
    expect(nameOf(`${long}a`)).not.toBe(nameOf(`${long}b`));
    expect(nameOf(`${long}a`).startsWith(namePrefixOf(long))).toBe(true);
  });

  it('are distinguished from other things in the bucket', () => {
    for (const other of ['!conditional', 'a b', 'a/b', '!2f', 'ü', '', 'a!'])
      expect(isName(other)).toBe(false);
  });
});
