import { type Command, CommanderError, type Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';

/** What the program says of a command line; undefined when it takes it. Nothing is run. */
async function refusalOf(words: readonly string[]): Promise<string | undefined> {
  const silent = { stdout: () => {}, stderr: () => {}, width: 80, commonFlagsInHelp: false };
  try {
    await buildProgram({ ...silent, act: async () => {} }).parseAsync(words, { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.message;
    throw error;
  }
}

interface Given {
  readonly words: readonly string[];
  readonly option: Option;
}

/** Every option of every command, with the words that lead to it. */
function optionsOf(command: Command, words: readonly string[] = []): Given[] {
  const own = command.options.map((option) => ({ words, option }));
  return [...own, ...command.commands.flatMap((below) => optionsOf(below, [...words, below.name()]))];
}

const PROGRAM = buildProgram({
  ...{ stdout: () => {}, stderr: () => {}, width: 80, commonFlagsInHelp: false },
  act: async () => {},
});
const VALUES = ['5', '99%', '2h', '1s', '1KB', '2027-01-01T06:00Z'];
const ONE_VALUE = optionsOf(PROGRAM).filter(({ option }) => option.required && !option.variadic);

describe('an option with one value', () => {
  const rows = ONE_VALUE.filter(({ option }) => option.long !== '--set').map(({ words, option }) => [
    [...words, option.long ?? ''].join(' '),
    words,
    option.long ?? '',
    option.argChoices ?? VALUES,
  ]);

  test('is found in most commands', () => expect(rows.length).toBeGreaterThan(25));

  test.each(rows as [string, string[], string, string[]][])(
    'is refused when it is given twice: %s',
    async (_, words, flag, values) => {
      const refusals = await Promise.all(
        values.map((value) => refusalOf([...words, flag, value, flag, value])),
      );
      // One of the values is what the option takes.
      const twice = refusals.find((message) => message?.includes('It is given twice; give it once.'));
      expect(twice, `of ${values}: ${refusals}`).toContain(flag);
    },
  );

  test('is taken once, in place of its default', async () => {
    expect(await refusalOf(['list', '--limit', '5'])).toBeUndefined();
    expect(await refusalOf(['runs', '--limit', '5'])).toBeUndefined();
  });
});

test('--set is repeatable, and refused when it sets one path twice', async () => {
  expect(await refusalOf(['check', '--set', 'a.b=1', '--set', 'a.bc=2'])).toBeUndefined();
  expect(await refusalOf(['check', '--set', 'a.b=1', '--set', 'a.b=2'])).toContain('It is given twice');
});
