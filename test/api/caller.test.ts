import { expect, test } from 'vitest';
import { VERSION } from '../../src/core/version.ts';
import { startApi } from '../support/api-server.ts';

const tokens = [
  { name: 'dashboard', token: 'read-only', scopes: ['read'] },
  { name: 'deploys', token: 'may-warm', scopes: ['warm'] },
  { name: 'boss', token: 'may-all', scopes: ['admin'] },
] as const;

async function callerOf(api: Awaited<ReturnType<typeof startApi>>, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return api.call('/v1/caller', { headers });
}

test('without tokens, a program on this machine is told that it may do everything', async () => {
  const answer = await callerOf(await startApi());
  expect(await answer.json()).toEqual({
    name: 'loopback',
    scopes: ['read', 'warm', 'invalidate', 'admin'],
    tokens: false,
    version: VERSION,
    label: null,
    values: 'show',
    bullBoard: false,
  });
});

test('a token is told its own name and scopes, whatever these are', async () => {
  const api = await startApi({ tokens });
  const told = await Promise.all(
    tokens.map(async ({ token }) => (await (await callerOf(api, token)).json()) as object),
  );
  expect(told).toMatchObject([
    { name: 'dashboard', scopes: ['read'], tokens: true },
    { name: 'deploys', scopes: ['warm'], tokens: true },
    { name: 'boss', scopes: ['read', 'warm', 'invalidate', 'admin'], tokens: true },
  ]);
  expect(JSON.stringify(told)).not.toContain('may-');
});

test('nobody without a known token is told anything', async () => {
  const api = await startApi({ tokens, console: { label: 'production' } });
  for (const token of [undefined, 'another']) {
    const answer = await callerOf(api, token);
    const text = await answer.text();
    expect([answer.status, text.includes('production')]).toEqual([401, false]);
  }
});

test('what the installation is called, and whether values are shown, is as configured', async () => {
  const answer = await callerOf(await startApi({ console: { label: 'production', values: 'hide' } }));
  expect(await answer.json()).toMatchObject({ label: 'production', values: 'hide' });
});
