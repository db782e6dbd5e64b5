/** The generated part of the typed client: held to the document by the compiler, and fit for browsers. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { apiDocument, renderFrom } from '../../scripts/api-client/client.ts';
import type { ApiDocument } from '../../scripts/api-client/operations.ts';
import { type Schema, typeOf } from '../../scripts/api-client/types.ts';
import { readSource } from '../support/architecture.ts';

const run = promisify(execFile);
const TSC = join('node_modules', 'typescript', 'bin', 'tsc');

/** What a page of the console may do. */
const PAGE = `
import { createClient } from './src/api-client/client.ts';
const client = createClient({ url: '' });
const { runs } = await client.listRuns({ limit: 5 });
const failed: number | undefined = runs[0]?.counts.failed;
for await (const change of client.watchRun({ id: runs[0]?.id ?? '' })) {
  const left: number = change.event === 'run' ? change.data.pending : 0;
  const reason = change.event === 'end' && change.data.reason;
  document.title = [left, reason, (await client.listEntries()).cursor].join();
}
// @ts-expect-error a run has no such member
runs[0]?.nothing;
// @ts-expect-error a limit is a number
await client.listRuns({ limit: 'all' });
// @ts-expect-error a key is needed
await client.readEntry({});
// @ts-expect-error there is no such mode
await client.invalidate({ body: { selector: 'source=a', mode: 'hard' } });
export { failed };
`;

let document: ApiDocument;
beforeAll(async () => {
  document = await apiDocument();
});

/** What the compiler says of the page, with the types of a browser alone and of a document. */
async function compile(changed: ApiDocument): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-client-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of ['api-client', 'core', 'flow'])
    await cp(join('src', name), join(folder, 'src', name), { recursive: true });
  await writeFile(join(folder, 'src/api-client/generated/api.ts'), renderFrom(changed));
  await writeFile(join(folder, 'page.ts'), PAGE);
  const how = [
    '--strict',
    '--noEmit',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
    '--ignoreConfig',
  ];
  const form = [
    '--module',
    'esnext',
    '--moduleResolution',
    'bundler',
    '--target',
    'es2024',
    '--allowImportingTsExtensions',
  ];
  const args = [
    ...how,
    ...form,
    '--types',
    '',
    '--lib',
    'es2024,esnext.disposable,dom,dom.asynciterable',
    join(folder, 'page.ts'),
  ];
  return run(process.execPath, [TSC, ...args]).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
}

/** The document with a part changed. */
function withChange(before: ApiDocument, from: string, to: string): ApiDocument {
  const text = JSON.stringify(before);
  expect(text).toContain(from);
  return JSON.parse(text.replaceAll(from, to));
}

test('a page compiles with the types of a browser alone', async () => {
  expect(await compile(document)).toBe('');
});

test('the compiler finds each part of the document that changes under a program', async () => {
  const changes = [
    ['"operationId":"listEntries"', '"operationId":"entries"'],
    ['"failed"', '"failures"'],
    ['"pending":{"type":"integer"', '"pending":{"type":"boolean"'],
    ['"end":{"type":"object"', '"over":{"type":"object"'],
  ] as const;
  const changed = changes.reduce((before, [from, to]) => withChange(before, from, to), document);
  const said = await compile(changed);
  expect(said).toMatch(/Property 'listEntries' does not exist/);
  expect(said).toMatch(/Property 'failed' does not exist/);
  expect(said).toMatch(/'boolean' is not assignable to (?:parameter of )?type 'number'/);
  expect(said).toMatch(/"over"/);
});

test('nothing below the client imports a module of Node or a package', () => {
  const reached = new Set<string>();
  const foreign: string[] = [];
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const { specifier } of readSource(path, readFileSync(path, 'utf8')).imports) {
      if (specifier.startsWith('.')) visit(posix.join(posix.dirname(path), specifier));
      else foreign.push(`${path}: ${specifier}`);
    }
  };
  visit('src/api-client/client.ts');
  expect(foreign).toEqual([]);
  expect(reached.size).toBeGreaterThan(5);
});

test.each<[Schema, string]>([
  [{ type: 'integer', minimum: 1 }, 'number'],
  [{ type: ['string', 'null'] }, 'string | null'],
  [{ enum: ['a', 'b'] }, '"a" | "b"'],
  [
    { type: 'array', items: { anyOf: [{ type: 'string' }, { $ref: '#/components/schemas/Run' }] } },
    'readonly (string | Run)[]',
  ],
  [{ type: 'object' }, 'Readonly<Record<string, unknown>>'],
  [
    { type: 'object', propertyNames: { enum: ['a'] }, additionalProperties: { type: 'null' } },
    'Partial<Readonly<Record<"a", null>>>',
  ],
  [{ description: 'anything' }, 'unknown'],
  [{ const: 1 }, '1'],
])('the schema %j is the type %s', (schema, type) => {
  expect(typeOf(schema)).toBe(type);
});

test.each<[string, Schema]>([
  ['a keyword', { type: 'object', patternProperties: {} }],
  ['a type', { type: 'date' }],
  ['a place', { $ref: 'other.json#/a' }],
])('%s that the generator does not know stops it', (_, schema) => {
  expect(() => typeOf(schema)).toThrow(/keyword|type|reference/);
});

test.each([
  [
    'a header',
    '"in":"query","name":"samples"',
    '"in":"header","name":"samples"',
    'sends no header "samples"',
  ],
  ['a form of an answer', '"text/event-stream"', '"text/csv"', 'reads no answer of the type "text/csv"'],
  ['a form of a body', '"application/x-ndjson"', '"text/csv"', 'sends no text/csv'],
  [
    'two parts under one name',
    '"in":"query","name":"samples"',
    '"in":"query","name":"selector"',
    'two things',
  ],
])('%s that the client could not keep to stops the generator', (_, from, to, says) => {
  expect(() => renderFrom(withChange(document, from, to))).toThrow(says);
});
