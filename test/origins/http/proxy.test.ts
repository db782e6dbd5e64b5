import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { proxied, proxyOf, proxyOfEnv } from '../../../src/origins/http/proxy.ts';
import { fetchOne, textOf } from '../../contract/origin.steps.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';
import { setup } from './http.steps.ts';

const HTTP = 'http://api.example.com/v1';
const HTTPS = 'https://api.example.com:8443/v1';

describe("the environment's proxy", () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    [HTTP, { HTTP_PROXY: 'http://p:1' }, 'http://p:1'],
    [HTTP, { http_proxy: 'http://low:1', HTTP_PROXY: 'http://p:1' }, 'http://low:1'],
    [HTTP, { HTTPS_PROXY: 'http://p:1' }, undefined],
    [HTTPS, { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://q:1' }, 'http://p:1'],
    [HTTPS, { HTTP_PROXY: 'http://p:1' }, undefined],
    [HTTP, { HTTP_PROXY: 'p:3128' }, 'http://p:3128'],
    [HTTP, { HTTP_PROXY: ' ' }, undefined],
    [HTTP, { HTTP_PROXY: 'socks5://p:1' }, undefined],
    [HTTP, { HTTP_PROXY: 'http://' }, undefined],
    [HTTP, {}, undefined],
  ])('for %s, of %j, is %s', (url, env, proxy) => {
    expect(proxyOfEnv(url, env)).toBe(proxy);
  });

  it.each([
    'api.example.com',
    'example.com',
    '.example.com',
    '*.example.com',
    '*',
    'x, EXAMPLE.com.',
    'example.com:8443',
  ])('is not used for a host that NO_PROXY names: %s', (list) => {
    expect(proxyOfEnv(HTTPS, { HTTPS_PROXY: 'http://p:1', NO_PROXY: list })).toBeUndefined();
  });

  it.each(['ample.com', 'example.com:443', 'other.com', '', ',', ':'])(
    'is used, since NO_PROXY names another: %j',
    (list) => {
      expect(proxyOfEnv(HTTPS, { HTTPS_PROXY: 'http://p:1', NO_PROXY: list })).toBe('http://p:1');
    },
  );

  it.each([
    'http://localhost:1',
    'http://127.0.0.1:1',
    'http://127.9.9.9',
    'http://[::1]:1',
    'http://a.localhost',
  ])('is never used for this machine: %s', (url) => {
    expect(proxyOfEnv(url, { HTTP_PROXY: 'http://p:1' })).toBeUndefined();
  });

  it('gives way to what the origin says', () => {
    const proxyIn = (proxy?: string) =>
      proxyOf(proxied({ options: { url: HTTP, proxy } }, { HTTP_PROXY: 'http://p:1' }).options.proxy);
    expect(proxyIn()).toBe('http://p:1');
    expect(proxyIn('http://q:1')).toBe('http://q:1');
    expect(proxyIn('none')).toBeUndefined();
  });
});

it('calls through the proxy, which is told whole what to ask for', async () => {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('by proxy');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => proxy.once('listening', resolve));
  onTestFinished(() => void proxy.close().closeAllConnections());
  const address = proxy.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const behind = await startScriptedServer();
  const bench = await setup({ origin: { url: behind.url, proxy: `http://127.0.0.1:${port}` } });
  expect(textOf(await fetchOne(bench))).toBe('by proxy');
  expect(asked).toEqual([`${behind.url}/values/a`]);
  expect(behind.asked).toEqual([]);
});
