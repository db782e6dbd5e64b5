/** `docs/logs.md`: the lines of the log, and their fields, as `src/telemetry/lines` declares them. */
import { row, table } from '../src/settings/shape/page.ts';
import { COMMON_FIELDS, FIELDS } from '../src/telemetry/lines/fields.ts';
import { LINES } from '../src/telemetry/lines/lines.ts';

const INTRODUCTION = `# Logs

<!-- Made by \`npm run docs\` from src/telemetry/lines. Do not edit. -->

A role writes one line per record to its standard output, a command to its standard error: text on a terminal, JSON elsewhere (\`log.format\`).
Every record has the name of its line in \`event\`: search and count by it, and not by \`msg\`, whose words may change.

What repeats is written once in ten seconds, and then counted: \`repeats\` says how many more there were. Texts that differ in numbers and quoted names alone
are the same. Of one line about one origin, tier, source or schedule, 20 different texts are told apart, and 200 of all together; the rest share a
line. So an outage is a few lines a minute, in whatever words it is told. Lines at \`debug\` are not limited.

A line has at most 20,000 characters: long texts are cut, and of lists and nested members the first are written. Secrets of the configuration, fields with
a telling name, and credentials inside URLs and headers are \`[redacted]\`.

## Lines
`;

export function renderLogsPage(): string {
  const fieldRows = (fields: Readonly<Record<string, string>>) =>
    Object.entries(fields).map(([name, meaning]) => row([`\`${name}\``, meaning]));
  const lines = [...LINES]
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, level, when, fields }) =>
      row([`\`${name}\``, level, when, fields.map((field) => `\`${field}\``).join(', ')]),
    );
  return [
    INTRODUCTION,
    ...table(['event', 'level', 'written when', 'fields'], lines),
    '## Fields of every record\n',
    ...table(['field', 'meaning'], fieldRows(COMMON_FIELDS)),
    '## Fields of some\n',
    'A field that has no value is left out.\n',
    ...table(['field', 'meaning'], fieldRows(FIELDS)),
  ].join('\n');
}
