/** A configuration takes a short time to be read and checked, whatever stands in it. */
import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/settings/load.ts';
import { loadText } from '../support/settings.ts';

const ORIGIN = 'origins: { m: { kind: http, url: "http://h" } }\n';
const many = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('');
const sources = (count: number) =>
  `${ORIGIN}sources:\n${many(count, (i) => `  s${i}: { origin: m, key: "census:acs:2020:series-${i}:{x}", request: { path: "/${i}/{x}" } }\n`)}`;

/** CPU time in ms, and the message of the error, if there is one. */
async function loaded(text: string) {
  const began = process.cpuUsage();
  const message = await loadText(text).then(
    () => '',
    (error: Error) => error.message,
  );
  const { user, system } = process.cpuUsage(began);
  return { ms: (user + system) / 1_000, message };
}

describe('a configuration', () => {
  test('of two thousand sources whose keys begin alike is checked within five seconds', async () => {
    const { ms, message } = await loaded(sources(2_000));
    expect(message).toBe('');
    expect(ms).toBeLessThan(5_000);
  });

  test('of two hundred schedules in time zones, with jitter and deadlines, is checked within four seconds', async () => {
    const line = (i: number) =>
      `  s${i}: { cron: "${i % 60} ${i % 24} * * *", timezone: America/Denver, jitter: 5m, deadline: "06:30", except: [sun], warm: "" }\n`;
    const { ms, message } = await loaded(`${ORIGIN}schedules:\n${many(200, line)}`);
    expect(message).toBe('');
    expect(ms).toBeLessThan(4_000);
  });

  test.each([
    ['of 20,000 aliases', `x: &a [1]\ny:\n${many(20_000, () => '  - *a\n')}`, '"x" is not an option'],
    ['of 20,000 anchors', `y:\n${many(10_000, (i) => `  - &a${i} 1\n  - *a${i}\n`)}`, '"y" is not an option'],
    ['of 20,000 aliases to nothing', `y:\n${many(20_000, () => '  - *a\n')}`, 'and 19801 more'],
    [
      'of aliases that grow tenfold nine times',
      `a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${many(9, (i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]\n`)}`,
      'the alias has no end',
    ],
    ['that is nested 5,000 deep', `a: ${'['.repeat(5_000)}${']'.repeat(5_000)}`, 'nested too deeply'],
  ])('%s is refused within five seconds', async (_, text, says) => {
    const { ms, message } = await loaded(text);
    expect(message).toContain(says);
    expect(ms).toBeLessThan(5_000);
  });

  test('of a thousand headers is checked within two seconds', async () => {
    const names = many(1_500, (i) => `x-${i}: a, `);
    const { ms, message } = await loaded(
      `origins: { m: { kind: http, url: "http://h", headers: { ${names} } } }`,
    );
    expect(message).toBe('');
    expect(ms).toBeLessThan(2_000);
  });

  test('of more than 4 MB is refused before it is read as YAML', async () => {
    const { message } = await loaded('#'.repeat(4_000_001));
    expect(message).toContain('is longer than 4.00 MB');
    const config = { x: 'y'.repeat(4_000_000) };
    await expect(loadSettings({ config, env: {} })).rejects.toThrow('is longer than 4.00 MB');
  });

  test.each(['REDIS_URL', 'FOREWARM_API__HOST', 'NAME'])(
    'is refused where %s has more characters than a variable can',
    async (name) => {
      const config = {
        log: { level: 'info' },
        api: { host: name === 'NAME' ? '\u0024{NAME}' : '127.0.0.1' },
      };
      const env = { [name]: 'x'.repeat(128_001) };
      await expect(loadSettings({ config, env })).rejects.toThrow(
        `the environment variable ${name} has 128,001 characters, and 128,000 are allowed`,
      );
    },
  );

  test('is refused where a text names a variable so often that it has no end', async () => {
    const config = { api: { host: '\u0024{NAME}'.repeat(100_000) } };
    const loading = loadSettings({ config, env: { NAME: 'x'.repeat(100_000) } });
    await expect(loading).rejects.toThrow('more than 1,000,000 characters once its variables are put in');
  });

  test('may define an anchor again: an alias means the last one before it', async () => {
    const text = 'log: { level: &a info }\napi: { host: &b "127.0.0.1" }\nredis: { prefix: *a }\n';
    const settings = await loadText(text.replace('&b', '&a'));
    expect(settings.redis.prefix).toBe('127.0.0.1');
    expect((await loadText(text)).redis.prefix).toBe('info');
  });
});
