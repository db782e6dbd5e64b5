/** The example of docs/api.md in TypeScript, run as it stands there. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startApi } from '../support/api-server.ts';
import { until } from '../support/waiting.ts';

const CLIENT = pathToFileURL('src/api-client/client.ts').href;

test('the example of the guide warms, and follows the run to its end', async () => {
  const { verbs, url } = await startApi();
  verbs.put('profile:denver', 'x', { freshness: 'gone' });
  const [, example = ''] = /```ts\n(.*?)```/s.exec(await readFile('docs/api.md', 'utf8')) ?? [];
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-guide-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const text = example.replace('forewarm/api', CLIENT).replace('http://127.0.0.1:7077', url);
  await writeFile(join(folder, 'example.mts'), text);
  const running = promisify(execFile)(process.execPath, [join(folder, 'example.mts')]);
  const followed = async () => (verbs.watches > 0 ? (await verbs.runs(1, undefined)).runs[0]?.id : undefined);
  const id = await until('the run that is followed', followed, (found) => found !== undefined);
  verbs.planRun(id ?? '');
  verbs.work(id ?? '', 1);
  expect((await running).stdout).toMatch(/^(?:\d+ keys are left\n)+it ended: finished\n$/);
});
