import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bodyOf } from '../../../src/core/body.ts';
import { PATIENCE } from '../../../src/flow/patience.ts';
import {
  ModuleOrigin,
  moduleOriginOptions,
  moduleRequestOptions,
} from '../../../src/origins/module/module-origin.ts';
import { failureOf, requestOf, SIGNAL, sourceOf, textOf } from '../../contract/origin.steps.ts';
import { HTTP_SYSTEM } from '../../contract/origin.system.ts';
import { describeOrigin } from '../../contract/origin.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const VALUES = fileURLToPath(new URL('./fixtures/values.ts', import.meta.url));

describeOrigin('a module', HTTP_SYSTEM, ({ url }, clock) => {
  const options = moduleOriginOptions.parse({ kind: 'module', module: VALUES, options: { url } });
  return {
    origin: new ModuleOrigin({ name: 'values', options, clock }),
    source: sourceOf({ keysPerCall: 10, versionProbe: {} }),
    timeout: options.timeout,
  };
});

/** An origin of a module with this text. */
async function originOf(text: string): Promise<{ origin: ModuleOrigin; clock: FakeClock }> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-module-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const module = join(folder, 'module.mjs');
  await writeFile(module, text);
  const options = moduleOriginOptions.parse({ kind: 'module', module, options: { token: 't' } });
  const clock = new FakeClock();
  return { origin: new ModuleOrigin({ name: 'values', options, clock }), clock };
}

const SOURCE = sourceOf(moduleRequestOptions.parse({ options: { table: 'prices' } }));

async function answersOf(text: string, known?: { etag: string }) {
  const { origin } = await originOf(text);
  return origin.fetchMany(SOURCE, [requestOf('a', known)], SIGNAL);
}

async function errorOf(text: string) {
  const { origin } = await originOf(text);
  return failureOf(origin.fetchMany(SOURCE, [requestOf('a')], SIGNAL));
}

describe('a module origin', () => {
  it('hides what the source is told under the name of a secret, and nothing else, when the module repeats it', async () => {
    const { origin } = await originOf(
      'export function fetchMany({ source: { options } }) { throw new Error(options.table + " with " + options.apiKey); }',
    );
    const options = { table: 'prices', apiKey: 'c4n4ry-5ecret' };
    const source = sourceOf(moduleRequestOptions.parse({ options }));
    const { message } = await failureOf(origin.fetchMany(source, [requestOf('a')], SIGNAL));
    expect(message).toContain('prices with [redacted]');
  });

  it('waits 30 s, eight calls at a time, by default', () => {
    expect(moduleOriginOptions.parse({ kind: 'module', module: '/m.mjs' })).toEqual({
      kind: 'module',
      module: '/m.mjs',
      options: {},
      timeout: 30_000,
      ...{ concurrency: 8, adapt: true, burst: 1, reserve: 0.2 },
      absence: 0.1,
    });
    expect(moduleRequestOptions.parse({})).toEqual({ keysPerCall: 1, options: {} });
  });

  it('hands the module the names and options of origin and source, and the requests', async () => {
    const [fetched] = await answersOf(
      `export const fetchMany = ({ signal, ...rest }) => [{ kind: 'body', body: rest }];`,
      { etag: '"1"' },
    );
    expect(JSON.parse(textOf(fetched))).toEqual({
      origin: { name: 'values', options: { token: 't' } },
      source: { name: 'value', options: { table: 'prices' } },
      requests: [{ key: 'value:a', params: { id: 'a' }, known: { etag: '"1"' } }],
    });
  });

  it.each([
    ['a string as it is', `'plain'`, 'plain'],
    ['bytes as they are', `Buffer.from('bytes')`, 'bytes'],
    ['null as JSON', 'null', 'null'],
    ['a number as JSON', '0', '0'],
    ['an object as JSON', '{ a: [1] }', '{"a":[1]}'],
  ])('takes %s', async (_, body, text) => {
    const [fetched] = await answersOf(`export const fetchMany = () => [{ kind: 'body', body: ${body} }];`);
    expect(textOf(fetched)).toBe(text);
  });

  it('writes other values in the format of the source', async () => {
    const { origin } = await originOf(`export const fetchMany = () => [
      { kind: 'body', body: [1, 2] }, { kind: 'body', body: 'text' }];`);
    const requests = [requestOf('a'), requestOf('b')];
    const [vector, text] = await origin.fetchMany({ ...SOURCE, format: 'float32' }, requests, SIGNAL);
    expect(vector).toEqual({ kind: 'body', body: bodyOf('float32', [1, 2]) });
    expect(text).toMatchObject({ kind: 'error', error: { class: 'permanent' } });
    const [packed] = await origin.fetchMany({ ...SOURCE, format: 'msgpack' }, requests, SIGNAL);
    expect(packed).toEqual({ kind: 'body', body: bodyOf('msgpack', [1, 2]) });
  });

  it.each([
    ['no body', `{ kind: 'body' }`, 'body'],
    [
      'a cycle as body',
      `{ kind: 'body', body: globalThis }`,
      'cannot be written as JSON: Converting circular structure',
    ],
    [
      'a bigint as body',
      `{ kind: 'body', body: 1n }`,
      'cannot be written as JSON: Do not know how to serialize a BigInt',
    ],
    ['an unknown kind', `{ kind: 'nothing' }`, 'kind'],
    ['an unknown member', `{ kind: 'absent', why: 'x' }`, 'why'],
    ['no object', '7', 'object'],
    ['unchanged though nothing was known', `{ kind: 'unchanged' }`, 'nothing was known'],
  ])('refuses an answer with %s, of that key alone', async (_, answer, says) => {
    const [fetched] = await answersOf(`export const fetchMany = () => [${answer}];`);
    expect(fetched).toMatchObject({ kind: 'error', error: { class: 'permanent' } });
    expect(fetched?.kind === 'error' && fetched.error.message).toContain('"value:a"');
    expect(fetched?.kind === 'error' && fetched.error.message).toContain(says);
  });

  it.each([
    ['too few answers', '[]', 'gave 0 answers to 1 request'],
    ['no list', '7', 'gave a number to 1 request'],
  ])('refuses %s', async (_, answers, says) => {
    const error = await errorOf(`export const fetchMany = () => ${answers};`);
    expect(error).toMatchObject({ class: 'permanent' });
    expect(error.message).toContain(says);
  });

  it('takes what is thrown as retryable, permanent or throttled, as it says', async () => {
    const thrown = (extra: string) =>
      errorOf(`export async function fetchMany() { throw Object.assign(new Error('no'), ${extra}); }`);
    expect(await thrown('{}')).toMatchObject({
      class: 'retryable',
      message: 'module origin "values" failed: no',
    });
    expect(await thrown('{ permanent: true }')).toMatchObject({ class: 'permanent' });
    expect(await thrown('{ permanent: "yes" }')).toMatchObject({ class: 'retryable' });
    expect(await thrown('{ retryAfter: 500 }')).toMatchObject({
      class: 'throttled',
      retryAt: new FakeClock().now() + 500,
    });
    expect(await errorOf(`export const fetchMany = () => { throw 'text'; };`)).toMatchObject({
      class: 'retryable',
    });
  });

  it('takes an error of one key apart from the others', async () => {
    const { origin } = await originOf(
      `export const fetchMany = () => [
        { kind: 'error', error: Object.assign(new Error('no'), { permanent: true }) },
        { kind: 'absent' },
      ];`,
    );
    const fetched = await origin.fetchMany(SOURCE, [requestOf('a'), requestOf('b')], SIGNAL);
    expect(fetched).toMatchObject([{ kind: 'error', error: { class: 'permanent' } }, { kind: 'absent' }]);
  });

  it.each([
    ['does not exist', undefined, 'cannot be loaded'],
    ['does not parse', 'export const', 'cannot be loaded'],
    ['exports no fetchMany', 'export const x = 1;', 'exports no function "fetchMany"'],
    [
      'exports a probe that is none',
      'export const fetchMany = () => []; export const probe = 1;',
      'no function "probe"',
    ],
  ])('fails for good when the module %s', async (_, text, says) => {
    const options = moduleOriginOptions.parse({ kind: 'module', module: '/no/such/module.mjs' });
    const missing = new ModuleOrigin({ name: 'values', options, clock: new FakeClock() });
    const origin = text === undefined ? missing : (await originOf(text)).origin;
    const error = await failureOf(origin.fetchMany(SOURCE, [requestOf('a')], SIGNAL));
    expect(error).toMatchObject({ class: 'permanent' });
    expect(error.message).toContain(says);
  });

  it("aborts the module's signal when the call takes too long", async () => {
    const { origin, clock } = await originOf(
      `export const fetchMany = ({ signal }) => new Promise(() => {
        signal.addEventListener('abort', () => { globalThis.abortedWith = signal.reason; });
        globalThis.called?.();
      });`,
    );
    const called = new Promise<void>((resolve) => {
      Object.assign(globalThis, { called: resolve });
    });
    const failing = failureOf(origin.fetchMany(SOURCE, [requestOf('a')], SIGNAL));
    await called;
    await clock.advance(30_000);
    expect(await failing).toBe(Reflect.get(globalThis, 'abortedWith'));
  });

  it.each([
    ['is still being loaded', 'await new Promise(() => {}); export const fetchMany = () => [];'],
    ['does not close', 'export const fetchMany = () => [], close = () => new Promise(() => {});'],
  ])('is closed within two seconds although the module %s', async (_, text) => {
    const { origin, clock } = await originOf(text);
    const probing = origin.probe(SIGNAL).catch(() => 'given up');
    await clock.advance(100);
    const closing = origin.close().then(() => 'closed');
    await clock.advance(PATIENCE.close);
    expect(await Promise.race([closing, new Promise((resolve) => setImmediate(resolve))])).toBe('closed');
    await clock.advance(60_000);
    await probing;
  });

  it("calls the module's own close, once it was loaded", async () => {
    const { origin } = await originOf(
      `export const fetchMany = () => []; export const close = () => { globalThis.closedModule = true; };`,
    );
    await origin.close();
    expect(Reflect.get(globalThis, 'closedModule')).toBeUndefined();
    await origin.probe(SIGNAL);
    await origin.close();
    expect(Reflect.get(globalThis, 'closedModule')).toBe(true);
  });

  it('whose module waits for ever at its top level says so in time, and closes all the same', async () => {
    const { origin, clock } = await originOf(
      'await new Promise(() => {}); export const fetchMany = () => [];',
    );
    const failing = failureOf(origin.fetchMany(SOURCE, [requestOf('a')], SIGNAL));
    await clock.advance(30_000);
    expect((await failing).class).toBe('retryable');
    const closing = origin.close();
    await clock.advance(PATIENCE.close);
    await closing;
  });

  it.each([
    ['never ends', 'new Promise(() => {})'],
    ['rejects', 'Promise.reject(new Error("no"))'],
    ['throws', '{ throw new Error("no"); }'],
  ])('ends in time where the close of its module %s', async (_, close) => {
    const { origin, clock } = await originOf(
      `export const fetchMany = () => []; export const close = () => ${close};`,
    );
    await origin.probe(SIGNAL);
    const closing = origin.close();
    await clock.advance(PATIENCE.close);
    await closing;
  });

  it('repeats no option, however the module spells it', async () => {
    const text = (error: string) => `export const fetchMany = () => { throw new Error(${error}); };`;
    const folder = await mkdtemp(join(tmpdir(), 'forewarm-module-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const module = join(folder, 'module.mjs');
    await writeFile(
      module,
      text('"401 of https://api.example/?k=" + encodeURIComponent("s3cret/one") + ", s3cret/one"'),
    );
    const options = moduleOriginOptions.parse({ kind: 'module', module, options: { any: 's3cret/one' } });
    const origin = new ModuleOrigin({ name: 'values', options, clock: new FakeClock() });
    const { message } = await failureOf(origin.fetchMany(SOURCE, [requestOf('a')], SIGNAL));
    expect(message).toContain('failed: 401 of https://api.example/');
    expect(message).not.toContain('s3cret');
  });

  it('may have a call halved that its module refuses for good, since one key may be to blame', async () => {
    const error = await errorOf('export const fetchMany = () => { throw { permanent: true }; };');
    expect(error).toMatchObject({ class: 'permanent', refusesBatch: true });
  });
});
