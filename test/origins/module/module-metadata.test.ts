import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import {
  ModuleOrigin,
  moduleOriginOptions,
  moduleRequestOptions,
} from '../../../src/origins/module/module-origin.ts';
import { fetchOne, requestOf, SIGNAL, sourceOf, textOf } from '../../contract/origin.steps.ts';

/** An origin of a module with this text. */
async function originOf(text: string): Promise<ModuleOrigin> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-module-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const module = join(folder, 'origin.mjs');
  await writeFile(module, text);
  const options = moduleOriginOptions.parse({ kind: 'module', module });
  return new ModuleOrigin({ name: 'values', options, clock: systemClock });
}

it('keeps of what a module says beside a body only what can be sent again, and says what it left out', async () => {
  const origin = await originOf(
    `export const fetchMany = () => [{
       kind: 'body', body: '\\ufeff{"a":1}', etag: '"x"\\r\\ny: z', lastModified: '\\u2019', contentType: 'no type\\n', version: 'v1',
     }];`,
  );
  const source = sourceOf(moduleRequestOptions.parse({}), { format: 'json' });
  expect(await fetchOne({ origin, source })).toEqual({
    kind: 'body',
    body: Buffer.from('{"a":1}'),
    version: 'v1',
    unusable:
      'its content type is no media type; its ETag has a character that cannot be sent back, U+000D; its Last-Modified has a character that cannot be sent back, U+2019',
  });
});

it('asks for the same again, whatever a module changes in what it was given', async () => {
  const origin = await originOf(
    `export const fetchMany = ({ source, requests }) => requests.map((request) => {
       const body = JSON.stringify(request) + source.name;
       request.key = request.params.id = 'other';
       if (request.known) request.known.etag = '"other"';
       source.name = 'other';
       requests.length = 1;
       return { kind: 'body', body };
     });`,
  );
  const requests = [requestOf('a', { etag: '"1"' }), requestOf('b')];
  const source = sourceOf(moduleRequestOptions.parse({ keysPerCall: 2 }), { format: 'raw' });
  const first = await origin.fetchMany(source, requests, SIGNAL);
  expect(textOf(first[0])).toBe('{"key":"value:a","params":{"id":"a"},"known":{"etag":"\\"1\\""}}value');
  expect(await origin.fetchMany(source, requests, SIGNAL)).toEqual(first);
});

it('has bytes of its own, whatever a module writes into those that it gave', async () => {
  const origin = await originOf(
    `const shared = new Uint8Array(1);
     export const fetchMany = () => [{ kind: 'body', body: shared.fill(shared[0] + 1) }];`,
  );
  const source = sourceOf(moduleRequestOptions.parse({}), { format: 'raw' });
  const first = await fetchOne({ origin, source });
  await fetchOne({ origin, source });
  expect(first).toEqual({ kind: 'body', body: Uint8Array.of(1) });
});

it.each([
  ['NaN', '{ a: { b: NaN } }', 'as JSON: "a.b" is NaN'],
  ['a set', '{ s: new Set([1]) }', 'as JSON: "s" is an object of class Set'],
  ['a list with a hole', '[1, , 2]', 'as JSON: "1" is a hole in a list'],
  ['a vector', '{ v: new Float32Array(2) }', 'as JSON: "v" is an object of class Float32Array'],
  ['half of a surrogate pair', `'"\\ud800"'`, 'as bytes: it is text with half of a surrogate pair'],
])(
  'fails the key of which a module gives %s, which would be stored as something else',
  async (_, body, says) => {
    const origin = await originOf(`export const fetchMany = () => [{ kind: 'body', body: ${body} }];`);
    const source = sourceOf(moduleRequestOptions.parse({}), { format: 'json' });
    expect(await fetchOne({ origin, source })).toMatchObject({
      kind: 'error',
      error: { class: 'permanent', message: expect.stringContaining(says) },
    });
  },
);
