import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { substitute } from '../../src/settings/document/substitute.ts';

const ENV = { HOST: 'example.org', EMPTY: '', NESTED: `\${HOST}` };

/** Text that is made of what substitutions are made of. */
const text = fc.string({ unit: fc.constantFrom('$', '{', '}', ':', '-', 'A', 'b', '_', ' ', '\n') });
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);

describe('substitute', () => {
  test.each([
    [`\${HOST}`, 'example.org'],
    [`http://\${HOST}:\${PORT:-80}/`, 'http://example.org:80/'],
    [`\${EMPTY}`, ''],
    [`\${EMPTY:-full}`, 'full'],
    [`\${NONE:-}`, ''],
    [`\${NONE:-a:-b}`, 'a:-b'],
    [`\${NESTED}`, `\${HOST}`],
    [`$\${HOST}`, `\${HOST}`],
    [`$$\${HOST}`, `$\${HOST}`],
    ['{market...} $5 $HOST', '{market...} $5 $HOST'],
  ])('makes of %j %j', (given, made) => {
    expect(substitute(given, ENV)).toMatchObject({ text: made, problems: [] });
  });

  test.each([`\${}`, `\${1A}`, `\${HOST`, `\${HOST-x}`, `\${A B}`, `\${HOST:x}`])('refuses %j', (given) => {
    const { problems } = substitute(given, ENV);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('is no substitution');
  });

  test.each([`\${A:-\${B}}`, `\${HOST:-\${B:-x}}`, `x\${A:-a\${B}b}y`])(
    'refuses a substitution in a default, with words for it: %j',
    (given) => {
      const { problems } = substitute(given, ENV);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(
        /^the default of \$\{(A|HOST)\} has a substitution in it, which is not supported/,
      );
    },
  );

  test('tells of every variable that is not set, and of none that only looks inherited', () => {
    const { problems } = substitute(`\${ONE}\${toString}`, {});
    expect(problems.map((problem) => problem.split(';')[0])).toEqual([
      'the environment variable ONE is not set',
      'the environment variable toString is not set',
    ]);
  });

  test('leaves text without a substitution as it is', () => {
    fc.assert(
      fc.property(fc.string(), (given) => {
        fc.pre(!given.includes('${'));
        expect(substitute(given, ENV)).toEqual({ text: given, variables: [], problems: [] });
      }),
    );
  });

  test('takes any text back from its escaped form', () => {
    fc.assert(
      fc.property(text, (given) => {
        const escaped = given.replaceAll('${', (found) => `$${found}`);
        expect(substitute(escaped, ENV)).toEqual({ text: given, variables: [], problems: [] });
      }),
    );
  });

  test('puts in the value of any variable untouched, between what stands around it', () => {
    fc.assert(
      fc.property(name, text, fc.stringMatching(/^[a-z]*$/), (variable, value, around) => {
        const { text: made, variables } = substitute(`${around}\${${variable}}${around}`, {
          [variable]: value,
        });
        expect(made).toBe(around + value + around);
        expect(variables).toEqual([variable]);
      }),
    );
  });

  test('never throws, and either makes a text or says why not', () => {
    fc.assert(
      fc.property(text, (given) => {
        const { variables, problems } = substitute(given, {});
        expect(variables.length <= problems.length || given.includes(':-')).toBe(true);
      }),
    );
  });
});
