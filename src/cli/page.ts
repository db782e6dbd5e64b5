import type { Command } from 'commander';
import { EXIT_MEANINGS } from './exit-codes.ts';
import { buildProgram } from './program.ts';

/** `docs/cli.md`: every command's help, as it prints it. */
export function renderCliPage(): string {
  const program = buildProgram({
    act: async () => {},
    stdout: () => {},
    stderr: () => {},
    width: 100,
    commonFlagsInHelp: false,
  });
  const sections = program.commands.flatMap((command) =>
    sectionsOf(command, `forewarm ${command.name()}`, 2),
  );
  return [
    '# The command line',
    '<!-- Made by `npm run docs` from the help of the commands. Do not edit. -->',
    'Results go to stdout, progress and notes to stderr; a terminal gets a bar and colours (`NO_COLOR` turns colours off), anything else plain lines.',
    `With \`--json\` stdout carries JSON only: one document, or for commands that go on (\`warm\`, \`runs watch\`, \`stats --watch\`, \`up\`, \`worker\`, \`scheduler\`, \`api\`, \`drain\`) one object per line, the last one with \`"event":"summary"\`. Errors are then one JSON object on stderr.`,
    'Every command also takes the options of `forewarm` itself, before or after its name.',
    '## Exit codes',
    ['| code | meaning |', '| ---: | --- |']
      .concat(Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `| ${code} | ${meaning} |`))
      .join('\n'),
    '## forewarm',
    fenced(helpOf(program)),
    ...sections,
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function sectionsOf(command: Command, name: string, depth: number): string[] {
  const inner = command.commands.flatMap((each) => sectionsOf(each, `${name} ${each.name()}`, depth + 1));
  return [`${'#'.repeat(depth)} ${name}`, fenced(helpOf(command)), ...inner];
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

function fenced(text: string): string {
  return `\`\`\`text\n${text.trim()}\n\`\`\``;
}
