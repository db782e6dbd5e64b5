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
import { fetchOne, sourceOf } from '../../contract/origin.steps.ts';

it('keeps of what a module says beside a body only what can be sent again, and says what it left out', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-module-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const module = join(folder, 'origin.mjs');
  await writeFile(
    module,
    `export const fetchMany = () => [{
       kind: 'body', body: '\\ufeff{"a":1}', etag: '"x"\\r\\ny: z', lastModified: '\\u2019', contentType: 'no type\\n', version: 'v1',
     }];`,
  );
  const options = moduleOriginOptions.parse({ kind: 'module', module });
  const origin = new ModuleOrigin({ name: 'values', options, clock: systemClock });
  const source = sourceOf(moduleRequestOptions.parse({}), { format: 'json' });
  expect(await fetchOne({ origin, source })).toEqual({
    kind: 'body',
    body: Buffer.from('{"a":1}'),
    version: 'v1',
    unusable:
      'its content type is no media type; its ETag has a character that cannot be sent back, U+000D; its Last-Modified has a character that cannot be sent back, U+2019',
  });
});
