/** The example of docs/reader.md runs as it is written. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, onTestFinished, test } from 'vitest';
import { uniquePrefix } from '../support/redis.ts';

const run = promisify(execFile);

test('the example of docs/reader.md reads', async () => {
  const example = /```ts\n(.*?)```/s.exec(await readFile('docs/reader.md', 'utf8'))?.[1] ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-reader-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const prefix = uniquePrefix();
  const store = "await cache.set('profile:us-co-denver', { name: 'Denver', population: 715522 });";
  const code = example
    .replace('const denver =', `${store}\nconst denver =`)
    .concat('console.log(JSON.stringify({ denver, both, now }));');
  const env = {
    PATH: process.env.PATH,
    REDIS_URL: inject('redisUrl'),
    FOREWARM_REDIS__PREFIX: prefix,
    FOREWARM_TIERS__REDIS__PREFIX: `${prefix}values:`,
    FOREWARM_TIERS__DISK__PATH: join(folder, 'cache.db'),
    FOREWARM_DATA: folder,
  };
  const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '-e', code], { env });
  const denver = { name: 'Denver', population: 715_522 };
  expect(JSON.parse(stdout)).toEqual({ denver, both: [denver, null], now: denver });
});
