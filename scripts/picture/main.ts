/** Makes the picture of the console in the README: `npm run picture`. It starts the example, and waits until its 3,000 keys are warm. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '../../src/api-client/client.ts';
import { connect } from '../../src/app/connect.ts';
import { launchChromium } from '../../test/support/chromium.ts';
import { startForewarm } from '../../test/support/forewarm-process.ts';
import { startMarkets } from '../../test/support/markets.ts';
import { startRedisServer } from '../../test/support/redis-server.ts';
import { until } from '../../test/support/waiting.ts';
import { PICTURE, SIZE, takePicture } from './picture.ts';

const CONFIG = fileURLToPath(new URL('../../config/forewarm.yaml', import.meta.url));
/** As `npm start` has it. */
const ORIGIN = { rate: 240, concurrency: 20, latency: 25 };
const KEYS = 3_000;

const folder = await mkdtemp(join(tmpdir(), 'forewarm-picture-'));
const [markets, redis] = await Promise.all([startMarkets(ORIGIN), startRedisServer({ aof: true })]);
const env = {
  MARKETS_URL: markets.url,
  REDIS_URL: redis.url,
  FOREWARM_DATA: folder,
  FOREWARM_TIERS__DISK__PATH: join(folder, 'cache.db'),
};
const up = startForewarm(CONFIG, ['up', '--warm', '--port', '0'], env);
try {
  await up.event('warmed');
  const url = String((await up.event('started')).apiUrl);
  const reader = await readAll();
  await untilAllIsShown(url);
  const picture = await pictureOf(url);
  await reader.close();
  await writeFile(PICTURE, picture);
  console.log(`${PICTURE}: ${picture.length} bytes`);
} finally {
  await up.end('SIGTERM');
  await Promise.all([markets.stop(), redis.remove()]);
  await rm(folder, { recursive: true, force: true });
}

/** What an application does. It reports what it read while it lives. */
async function readAll() {
  const reader = await connect({ file: CONFIG, env: { ...process.env, ...env } });
  for await (const { key } of reader.entries()) await reader.get(key);
  return reader;
}

/** Coverage is measured now and then, reads are reported; and a schedule has made a run as well. */
async function untilAllIsShown(url: string): Promise<void> {
  const api = createClient({ url });
  await api.triggerSchedule({ name: 'hourly', body: { why: 'for the picture' } });
  await until(
    'what is warm to be measured',
    () => api.readStats(),
    ({ sources, statistics }) =>
      sources.reduce((sum, { keys }) => sum + keys, 0) === KEYS &&
      statistics.coverage.filter(({ tier, warm }) => tier === 'stack' && warm === 1).length ===
        sources.length,
  );
}

async function pictureOf(url: string): Promise<Buffer> {
  const { browser, close } = await launchChromium();
  try {
    const context = await browser.newContext({
      ...{ viewport: SIZE, colorScheme: 'light', timezoneId: 'UTC', reducedMotion: 'reduce' },
    });
    const page = await context.newPage();
    await page.goto(`${url}/`);
    await page.getByText('Everything is warm').waitFor();
    await page.locator('.waiting').first().waitFor({ state: 'detached' });
    await page.mouse.move(0, 0);
    return await takePicture(page);
  } finally {
    await close();
  }
}
