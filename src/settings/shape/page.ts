/** The reference page of every option, made from the declarations. */

import type { Path } from '../document/config-node.ts';
import { variableOf } from '../document/variables.ts';
import { settingsSchema } from '../schema.ts';
import { type Field, type Shape, wordsOfShape } from './shape.ts';
import { shapeOf } from './shape-of.ts';

const INTRODUCTION = `# Configuration

<!-- Made by \`npm run docs\` from what each part declares of its options. Do not edit. -->

Forewarm reads one YAML file: the one that \`--config\` names, else FOREWARM_CONFIG, else \`config/forewarm.yaml\`, else
\`forewarm.yaml\`. \`forewarm config check\` lists every problem with its file, line, column and path; \`forewarm config print\`
shows every value in force and where it came from. [config/forewarm.yaml](../config/forewarm.yaml) is an example with
comments, and [config/forewarm.schema.json](../config/forewarm.schema.json) lets editors complete and check.

- **Words.** A duration is a number and a unit (\`250ms\`, \`5s\`, \`1h30m\`, \`7d\`, \`2w\`), a size likewise (\`512B\`, \`64KB\`, \`256MB\`,
  \`4GiB\`), a rate is calls per time (\`50/s\`, \`100/m\`, \`20/10s\`), and a percentage has its sign (\`80%\`). \`0\` needs no unit.
- **Substitution.** In any text, \`\${NAME}\` is replaced by an environment variable, and \`\${NAME:-default}\` by the default if
  the variable is not set or empty. Without a default, a variable that is not set is an error. \`$\${\` is a plain \`\${\`.
- **Environment.** Every option can be set by the variable named beside it: two underscores go a level down, and \`NAME\` is
  a name of your own in upper case, with \`_\` for \`-\`; it must exist in the file. Lists and maps are written as JSON or as
  YAML in one line. An empty variable counts as not set, and one that sets nothing is an error. A variable has at most 128,000
  characters, and the file 4 MB.
- **Who wins.** Flags, then environment variables, then the file, then defaults.
- **Paths** in the file are taken from its folder, those in variables and flags from the working directory. Defaults are
  taken from the file's folder, or from the one above it where that is called \`config\`.
- **Nothing.** An option without a value (\`rate:\`) is as if it were not there.
`;

/** `docs/configuration.md`. */
export function renderConfigurationPage(): string {
  const root = shapeOf(settingsSchema);
  const sections =
    root.kind === 'object' ? [...root.fields].map(([name, field]) => section(name, field)) : [];
  return [INTRODUCTION, ...sections].join('\n');
}

function section(name: string, field: Field): string {
  const blocks = blocksOf(field.shape, [name], '');
  if (blocks.length === 0) return [`## ${name}\n`, ...table(HEADINGS, [optionRow([name], field)])].join('\n');
  const body = blocks.map(({ title, rows }) =>
    [...(title === '' ? [] : [`### ${title}\n`]), ...table(HEADINGS, rows)].join('\n'),
  );
  return [`## ${name}\n`, `${field.description}\n`, ...body].join('\n');
}

const HEADINGS = ['option', 'is', 'default', 'meaning', 'environment'];

/** A table of options; what only some kinds have gets a table of its own. */
interface Block {
  readonly title: string;
  readonly rows: readonly string[];
}

function blocksOf(shape: Shape, path: Path, title: string): Block[] {
  switch (shape.kind) {
    case 'record':
      return blocksOf(shape.item, [...path, 'NAME'], title);
    case 'list':
      return blocksOf(shape.item, [...path, 'N'], title);
    case 'choice':
      return [...shape.options].flatMap(([kind, option]) =>
        blocksOf(
          option,
          path,
          `${path.join('.')}, ${shape.by === 'member' ? '' : 'for an origin of '}kind: ${kind}`,
        ),
      );
    case 'either':
      return shape.options.flatMap((option) =>
        option.kind === 'object' ? blocksOf(option, path, title) : [],
      );
    case 'leaf':
      return [];
    case 'object':
      return objectBlocks([...shape.fields], path, title);
  }
}

function objectBlocks(fields: readonly (readonly [string, Field])[], path: Path, title: string): Block[] {
  const rows: string[] = [];
  const others: Block[] = [];
  for (const [name, field] of fields) {
    const here = [...path, name];
    const inner = blocksOf(field.shape, here, title);
    rows.push(optionRow(here, field));
    for (const block of inner) {
      if (block.title === title) rows.push(...block.rows);
      else others.push(block);
    }
  }
  return [{ title, rows }, ...others];
}

function optionRow(path: Path, { shape, initial, required, description }: Field): string {
  return row([
    `\`${path.join('.')}\``,
    wordsOfShape(shape)
      .replace(/^an? /, '')
      .replace(/ such as [\s\S]*/, ''),
    defaultWords(initial, required),
    description,
    path.includes('N') ? '' : `\`${variableOf(path)}\``,
  ]);
}

function defaultWords(initial: unknown, required: boolean): string {
  if (required) return '**required**';
  if (initial === undefined) return '';
  if (typeof initial === 'object' && initial !== null && Object.keys(initial).length === 0) {
    return Array.isArray(initial) ? '`[]`' : '';
  }
  return `\`${typeof initial === 'string' && initial !== '' ? initial : JSON.stringify(initial)}\``;
}

/** A table in Markdown, as lines. */
export function table(headings: readonly string[], rows: readonly string[]): string[] {
  return [row(headings), row(headings.map(() => '---')), ...rows, ''];
}

/** A row of a table in Markdown. */
export function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
