/** Writes the files that are made from declarations: `npm run docs`. A test asserts that they are current. */
import { writeFileSync } from 'node:fs';
import { renderCliPage } from '../src/cli/page.ts';
import { ERRORS } from '../src/core/errors.ts';
import { settingsJsonSchema } from '../src/settings/shape/json-schema.ts';
import { renderConfigurationPage, row, table } from '../src/settings/shape/page.ts';

/** What each file must hold, by its path from the project's folder. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  'docs/cli.md': renderCliPage,
  'docs/configuration.md': renderConfigurationPage,
  'docs/errors.md': renderErrorsPage,
  'config/forewarm.schema.json': () => `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`,
};

function renderErrorsPage(): string {
  const rows = Object.entries(ERRORS).map(([code, { status, meaning, remedy }]) =>
    row([`\`${code}\``, String(status), meaning, remedy]),
  );
  return [
    '# Errors\n',
    '<!-- Made by `npm run docs` from src/core/errors.ts. Do not edit. -->\n',
    'Every error has a code that never changes its meaning. The control API answers with the status, and with the code in',
    'the `code` member of its problem+json; commands print it.\n',
    ...table(['code', 'status', 'what happened', 'what to do'], rows),
  ].join('\n');
}

if (import.meta.main) {
  for (const [file, render] of Object.entries(GENERATED)) {
    writeFileSync(new URL(`../${file}`, import.meta.url), render());
    console.log(`wrote ${file}`);
  }
}
