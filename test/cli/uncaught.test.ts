import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { uncaughtError } from '../../src/cli/uncaught.ts';
import { type Installation, install } from '../support/build-installation.ts';
import { type Forewarm, startForewarm } from '../support/forewarm-process.ts';
import { Cli } from './harness.ts';

function withStack(message: string, ...frames: readonly string[]): Error {
  const error = new Error(message);
  error.stack = [`Error: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

describe('what is thrown where no call waits for it', () => {
  const src = new URL('../../src/app/compose.ts', import.meta.url).href;
  test.each([
    ['a user', ['f (file:///home/me/shop.ts:3:9)', `g (${src}:1:1)`], '/home/me/shop.ts:3:9'],
    ['a user, without a function', ['file:///home/me/shop.ts:3:9'], '/home/me/shop.ts:3:9'],
    ['a package of a user', ['/me/node_modules/pg/a.js:1:2', 'f (/me/shop.js:5:6)'], '/me/shop.js:5:6'],
    ['a package alone', ['Socket.f (/me/node_modules/pg/a.js:1:2)'], '/me/node_modules/pg/a.js:1:2'],
    ['Node and a user', ['Timeout.f (node:internal/timers:1:2)', 'async /me/shop.js:5:6'], '/me/shop.js:5:6'],
  ])('names the place of %s', (_, frames, place) => {
    const { code, message } = uncaughtError(withStack('boom', ...frames), []);
    expect({ code, message }).toEqual({
      ...{ code: 'E_UNCAUGHT', message: `thrown at ${place}, where no call waits for it: boom` },
    });
  });

  const hostile = {
    get stack() {
      throw new Error('no');
    },
    toString() {
      throw new Error('no');
    },
  };
  test.each([
    ['a text', 'boom', 'boom'],
    ['nothing', undefined, 'undefined'],
    ['an object without a prototype', Object.create(null), 'something without a message'],
    ['an object that throws when it is looked at', hostile, 'something without a message'],
    ['an error without a message', withStack(''), 'something without a message'],
  ])('is told when it is %s', (_, thrown, what) => {
    expect(uncaughtError(thrown, []).message).toBe(`thrown, where no call waits for it: ${what}`);
  });

  test('shows no secret that its module was given, in message or stack', () => {
    const { message, stack } = uncaughtError(withStack('401 for key-hunter2'), ['key-hunter2']);
    expect(message).toContain('401 for [redacted]');
    expect(stack).not.toContain('hunter2');
  });

  test('is cut where it is long without end', () => {
    expect(uncaughtError(new Error('x'.repeat(10_000_000)), []).message.length).toBeLessThan(3_000);
  });
});

describe('a command in which something is thrown where no call waits for it', () => {
  test('ends at once where it has nothing to stop, with the error and exit code 1', async () => {
    const cli = new Cli();
    cli.script({ check: () => new Promise(() => {}) });
    const thrown = withStack('boom', 'file:///me/shop.ts:3:9');
    cli.onStart = () => {
      setImmediate(() => cli.throwUnheard(thrown));
    };
    const { code, err } = await cli.run('check');
    expect(code).toBe(EXIT.unexpected);
    expect(err).toContain('error E_UNCAUGHT: thrown at /me/shop.ts:3:9, where no call waits for it: boom');
  });

  test('stops its worker first, and its summary says the exit code', async () => {
    const cli = new Cli();
    cli.stock(10);
    const ended = cli.run('warm', '--json');
    await expect.poll(() => cli.verbs.watches).toBe(1);
    for (const message of ['boom', 'again']) cli.throwUnheard(withStack(message));
    const { code, out, err } = await ended;
    expect(code).toBe(EXIT.unexpected);
    expect(out.trim().split('\n').at(-1)).toContain('"event":"summary","exitCode":1');
    expect(err.match(/E_UNCAUGHT/g)).toHaveLength(1);
    expect(cli.apps.at(-1)).toEqual({ roles: ['worker'], state: 'stopped' });
  });
});

/** An origin of which the first call ever does something that it should not, and never answers. */
async function configure({ server, folder, csv }: Installation, misdeed: string): Promise<string> {
  const [config, module, mark] = [
    join(folder, 'forewarm.yaml'),
    join(folder, 'shop.mjs'),
    join(folder, 'called'),
  ];
  const text = `import { existsSync, writeFileSync } from 'node:fs';
export async function fetchMany({ origin, requests }) {
  if (existsSync(${JSON.stringify(mark)})) return requests.map(() => ({ kind: 'body', body: { price: 3 } }));
  writeFileSync(${JSON.stringify(mark)}, '');
  ${misdeed}
  await new Promise(() => {});
}`;
  const settings = {
    redis: { jobs: server.url },
    tiers: { disk: { path: join(folder, 'cache.db') } },
    origins: { shop: { kind: 'module', module, timeout: '1h', options: { key: 'key-hunter2' } } },
    sources: { price: { origin: 'shop', key: 'price:{market}' } },
    entities: { markets: { csv, id: 'market' } },
    workers: { lock: '1s', stalledCheck: '100ms', grace: '100ms' },
  };
  await Promise.all([writeFile(module, text), writeFile(config, JSON.stringify(settings))]);
  return config;
}

function command(config: string, args: readonly string[]): Forewarm {
  const started = startForewarm(config, args);
  onTestFinished(async () => {
    await started.end('SIGKILL');
  });
  return started;
}

describe('a module of a user', () => {
  test.each([
    ['throws in a timer', "setTimeout(() => { throw new Error('boom ' + origin.options.key); });"],
    ['rejects a promise that nobody awaits', "void Promise.reject(new Error('boom ' + origin.options.key));"],
  ])('that %s ends its worker with one record of the log, and another goes on', async (_, misdeed) => {
    const config = await configure(await install({ aof: true }), misdeed);
    const worker = command(config, ['worker']);
    await worker.event('started');
    const following = command(config, ['warm']);
    expect(await worker.end()).toBe(EXIT.unexpected);
    const records = worker.said.filter(({ level }) => level === 'error');
    expect(records).toHaveLength(1);
    expect(records[0]?.msg).toMatch(
      /^this process ends: thrown at \/.*\/shop\.mjs:5:\d+, where no call waits for it: boom \[redacted\] \(E_UNCAUGHT: /,
    );
    expect(JSON.stringify(worker.said)).not.toContain('hunter2');
    expect(worker.said.at(-1)).toMatchObject({ event: 'summary', exitCode: EXIT.unexpected });
    expect(await following.end()).toBe(EXIT.ok);
    expect(following.said.at(-1)).toMatchObject({ run: { counts: { warmed: 2 } } });
  });
});
