/** Pages must not lie: their links lead somewhere, their commands exist, and their configurations are taken. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { loadText } from '../support/settings.ts';

const SKIPPED = new Set(['node_modules', '.git', '.forewarm', 'dist', 'coverage']);

/** Paths of all pages, from the project's folder. */
function pagesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.has(name))
    .flatMap((entry) => {
      const path = normalize(join(folder, entry.name));
      if (entry.isDirectory()) return pagesBelow(path);
      return entry.name.endsWith('.md') ? [path] : [];
    })
    .sort();
}

/** The text outside of code blocks and code spans. */
function prose(text: string): string {
  return text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '');
}

/** The anchors of a page, as GitHub makes them: the heading in lower case, without punctuation, spaces as hyphens. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replace(/^```.*?^```$/gms, '').matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const plain = heading.replace(/[`*]|\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    let name = anchor;
    for (let n = 1; anchors.has(name); n += 1) name = `${anchor}-${n}`;
    anchors.add(name);
  }
  return anchors;
}

/** What is wrong with the links of a page to files and headings of ours. `read` answers undefined where there is nothing. */
function linkProblems(path: string, text: string, read: (path: string) => string | undefined): string[] {
  const links = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.flatMap((link) => {
    if (/^[a-z]+:/i.test(link)) return [];
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : normalize(join(dirname(path), file));
    const found = file === '' ? text : read(target);
    if (found === undefined) return [`${path}: ${link}: there is no ${target}`];
    if (anchor === undefined || anchorsOf(found).has(anchor)) return [];
    return [`${path}: ${link}: ${target} has no heading #${anchor}`];
  });
}

function readOrNothing(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  return path.endsWith('.md') ? readFileSync(path, 'utf8') : '';
}

/** Blocks of a page in a language. */
function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, block = '']) => block,
  );
}

/** Every `forewarm …` of a page: lines of its shell blocks, and code spans that are a whole command. */
function commandsOf(text: string): string[] {
  const lines = blocksOf(text, 'sh').flatMap((block) => block.replaceAll('\\\n', '').split('\n'));
  const spans = [...text.replace(/^```.*?^```$/gms, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, span = '']) => span,
  );
  return [...lines, ...spans].flatMap((line) => {
    const found = /(?:^|&& |; |\b[A-Z_]+=\S* |(?:npx|api) )forewarm( .*)$/.exec(line.replace(/\s+#.*$/, ''));
    return found?.[1] === undefined ? [] : [found[1].trim()];
  });
}

/** The words of a command line, as a shell takes it apart; a pipe or a redirection ends it. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)];
  const end = words.findIndex(([word]) => /^[|>&;]/.test(word));
  return (end < 0 ? words : words.slice(0, end)).map(([, a, b, c]) => a ?? b ?? c ?? '');
}

/** What the command line says of a command that it does not take; undefined when it takes it. Nothing is run. */
async function refusalOf(line: string): Promise<string | undefined> {
  let said = '';
  const say = (text: string) => {
    said += text;
  };
  const program = buildProgram({
    act: async () => {},
    stdout: () => {},
    stderr: say,
    width: 100,
    commonFlagsInHelp: true,
  });
  try {
    await program.parseAsync(wordsOf(line), { from: 'user' });
    return undefined;
  } catch (error) {
    const isHelp = error instanceof Error && 'exitCode' in error && error.exitCode === 0;
    return isHelp ? undefined : `${said}${error}`;
  }
}

const pages = pagesBelow('.');
const texts = new Map(pages.map((path) => [path, readFileSync(path, 'utf8')]));

describe('links', () => {
  test.each(pages)('of %s lead to files and headings that exist', (path) => {
    expect(linkProblems(path, texts.get(path) ?? '', readOrNothing)).toEqual([]);
  });

  test('to nothing, and to headings that are not there, are told', () => {
    const text =
      '# A b\n[x](gone.md) [y](b.md#no) [z](#a-b) [u](#c) [v](b.md#what-isnt) [w](https://x.y)\n`[n](no.md)`';
    const read = (path: string) => (path === 'docs/b.md' ? "## What `isn't`" : undefined);
    expect(linkProblems('docs/a.md', text, read)).toEqual([
      'docs/a.md: gone.md: there is no docs/gone.md',
      'docs/a.md: b.md#no: docs/b.md has no heading #no',
      'docs/a.md: #c: docs/a.md has no heading #c',
    ]);
  });
});

describe('commands', () => {
  const shown = [...texts].flatMap(([path, text]) => commandsOf(text).map((line) => [line, path] as const));

  test('are found in the pages', () => {
    const from = new Set(shown.map(([, path]) => path));
    for (const page of ['README.md', 'docs/operations.md', 'docs/architecture.md'])
      expect(from).toContain(page);
    expect(shown.length).toBeGreaterThan(40);
  });

  test.each(shown)('the command line takes: forewarm %s (%s)', async (line) => {
    expect(await refusalOf(line)).toBeUndefined();
  });

  test('that the command line does not take are told', async () => {
    expect(await refusalOf('warn source=quote')).toMatch(/unknown command 'warn'/);
    expect(await refusalOf('warm --froce')).toMatch(/unknown option '--froce'/);
    expect(await refusalOf('invalidate source=quote')).toMatch(/required option '--mode/);
  });
});

describe('configurations', () => {
  const shown = blocksOf(texts.get('README.md') ?? '', 'yaml');

  test('of the README are taken as they stand', async () => {
    expect(shown).toHaveLength(1);
    const settings = await loadText(shown[0] ?? '', { env: { SHOP_TOKEN: 'unused' } });
    expect([...settings.sources.keys()]).toEqual(['product']);
    expect([...settings.schedules.keys()]).toEqual(['hourly', 'nightly']);
  });
});
