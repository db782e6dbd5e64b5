import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { startMarkets } from '../support/markets.ts';
import { startCommand } from '../support/real-cli.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { createSystem, finished, sourcesOf, warm } from '../support/system.ts';

interface Ended {
  readonly code: number | string | null | undefined;
  readonly out: string;
  readonly err: string;
}

/** A warm system, and the command line on it: in this process, and in those of their own. */
async function setup() {
  const origin = await startMarkets();
  onTestFinished(() => origin.stop());
  const prefix = uniquePrefix();
  const values = `${prefix}-values:`;
  const config = {
    redis: { jobs: inject('redisUrl'), prefix },
    tiers: { redis: { prefix: values }, disk: { path: 'cache.db', codec: { encrypt: false } } },
    codec: {
      compress: { with: 'zstd', above: '100B' },
      encrypt: { keys: { k1: Buffer.alloc(32, 7).toString('base64') }, current: 'k1' },
    },
    origins: { markets: { kind: 'http', url: origin.url } },
    sources: sourcesOf('markets', 'warm', ['profile', 'quote']),
  };
  const system = await createSystem({ markets: 300, config });
  onTestFinished(() => system.close());
  const worker = await system.start('worker');
  const client = await system.client();
  expect((await finished(client, await warm(client))).counts).toMatchObject({ warmed: 600 });
  await worker.end('SIGTERM');
  await origin.resetCounters();
  const run = (...words: string[]): Promise<Ended> => startCommand(system.config, words).ended;
  const runAlone = (...words: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const argv = ['bin/forewarm.mjs', '-c', system.config, ...words];
      execFile(process.execPath, argv, { maxBuffer: 1e8 }, (error, out, err) =>
        resolve({ code: error === null ? 0 : error.code, out, err }),
      );
    });
  return { origin, system, run, runAlone, values };
}

const lines = (text: string) => text.trim().split('\n').sort();

it('a warm system is exported, lost, imported, repaired, measured and purged by commands, and is what they say', async () => {
  const { origin, system, run, runAlone, values } = await setup();
  const file = join(system.folder, 'values.jsonl');
  expect(await runAlone('export', '--output', file)).toMatchObject({ code: 0, out: '' });
  const before = lines(readFileSync(file, 'utf8'));
  expect(before).toHaveLength(600);

  const redis = connectRedis();
  await redis.del(await redis.keys(`${values}*`));
  for (const suffix of ['', '-wal', '-shm'])
    await rm(join(system.folder, `cache.db${suffix}`), { force: true });
  expect((await run('export')).code).toBe(4);
  expect((await run('validate')).code).toBe(3);

  const imported = await runAlone('import', file, '--json');
  expect(imported.code, imported.err).toBe(0);
  expect(JSON.parse(imported.out)).toMatchObject({ lines: 600, written: 600, refused: 0, gone: 0 });
  expect(lines((await run('export')).out)).toEqual(before);
  const checked = await run('check');
  expect(checked.code, checked.out + checked.err).toBe(0);
  const sound = await run('validate', '--json');
  expect(sound.code, sound.out).toBe(0);
  expect(JSON.parse(sound.out)).toMatchObject({ entries: 600, bodies: 1_200, catalogued: 600 });

  // What is stored is compressed, in Redis encrypted as well, and one bit of it flips.
  const [damaged = ''] = await redis.keys(`${values}profile:*`);
  const bytes = await redis.getBuffer(damaged);
  await redis.setrange(damaged, (bytes?.length ?? 0) - 9, Buffer.of((bytes?.at(-9) ?? 0) ^ 4));
  const repaired = await runAlone('validate', '--repair', '--json');
  expect(repaired.code, repaired.out).toBe(0);
  const { findings } = JSON.parse(repaired.out);
  expect(findings.filter(({ found }: { found: number }) => found > 0)).toMatchObject([
    {
      kind: 'damaged',
      found: 1,
      repaired: 1,
      samples: [{ tier: 'redis', key: damaged.slice(values.length) }],
    },
  ]);
  expect(lines((await run('export')).out)).toEqual(before);
  expect((await origin.counters()).calls).toBe(0);

  // Measuring leaves no trace, and finds what was repaired.
  const name = join(system.folder, 'report');
  const bench = await run('bench', 'source=quote', '--keys', '50', '--calls', '2', '--output', name);
  expect(bench.code, bench.err).toBe(0);
  expect(bench.out).toBe(readFileSync(`${name}.md`, 'utf8'));
  expect(bench.out).toMatch(/\| redis +\| get 1 \|/);
  const report = JSON.parse(readFileSync(`${name}.json`, 'utf8'));
  expect(report.tiers.map(({ held, left }: { held: number; left: number }) => [held, left])).toEqual([
    [50, 0],
    [50, 0],
  ]);
  expect((await origin.counters()).calls).toBe(2);
  expect(lines((await run('export')).out)).toEqual(before);
  expect((await run('validate')).code).toBe(0);

  expect((await run('purge', 'source=quote')).code).toBe(2);
  const purged = await run('purge', 'source=quote', '--forget', '--yes', '--json');
  expect(JSON.parse(purged.out)).toMatchObject({ keys: 300, forgotten: 300 });
  expect(lines((await run('export')).out)).toEqual(
    before.filter((line) => line.includes('"source":"profile"')),
  );
  expect((await run('validate')).code).toBe(0);
  expect(existsSync(join(system.folder, 'cache.db'))).toBe(true);
});
