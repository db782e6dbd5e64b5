/** One id of a batch spoils the answer of a real HTTP server, in every way that servers have: the other keys are warmed. */
import type { ServerResponse } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { HttpOrigin } from '../../../src/origins/http/http-origin.ts';
import { httpOriginOptions, httpRequestOptions } from '../../../src/origins/http/options.ts';
import { buildJobs } from '../../support/build-jobs.ts';
import { drive } from '../../support/fake-clock.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';
import { keysOf, sourceWith } from '../../support/sources.ts';
import { warm } from '../warm.steps.ts';

const KEYS = keysOf(40);
const BAD = KEYS[17] ?? '';
const BATCH = { path: '/many', query: { ids: '{market...}' }, items: 'items', id: 'id', value: 'v' };

/** Answers a call for these ids, of which one may be the bad one. */
type Answer = (response: ServerResponse, ids: readonly string[], bad: string) => void;

const itemsOf = (ids: readonly string[]) => ids.map((id) => ({ id, v: `new ${id}` }));

function send(response: ServerResponse, body: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

const spoiltBy =
  (spoil: (response: ServerResponse) => void): Answer =>
  (response, ids, bad) =>
    ids.includes(bad) ? spoil(response) : send(response, JSON.stringify({ items: itemsOf(ids) }));

const refusing = (status: number) =>
  spoiltBy((response) => send(response, '{"message":"no such one"}', status));

async function setup(answer: Answer, request: Record<string, unknown> = {}) {
  const server = await startScriptedServer();
  const options = httpOriginOptions.parse({ kind: 'http', url: server.url, maxBodyBytes: '64KB' });
  const origin = new HttpOrigin({ name: 'markets', options, clock: systemClock });
  onTestFinished(() => origin.close());
  const parsed = httpRequestOptions.parse({ batch: { ...BATCH, size: 40 }, ...request });
  const jobs = buildJobs({ sources: [sourceWith({ keysPerCall: 40, request: parsed })] });
  jobs.origin.answer((requests, source, signal) => origin.fetchMany(source, requests, signal));
  const bad = jobs.sources.get('profile')?.key.match(BAD)?.params.market ?? '';
  server.answer((response, { url }) => {
    const at = new URL(url, server.url);
    const ids = at.searchParams.get('ids')?.split(',') ?? [];
    if (at.pathname === '/many') answer(response, ids, bad);
    else send(response, '{"message":"no such one"}', 404);
  });
  const result = await drive(jobs.clock, warm(jobs, { keys: KEYS }), 50);
  const others = KEYS.filter((key) => key !== BAD).map((key) => result.ended[key]);
  return { server, ...result, others, bad: result.ended[BAD] };
}

describe('where one id of forty spoils the answer, the others are warmed', () => {
  test.each<[string, Answer, RegExp]>([
    ['NaN, as Python writes it', spoiltBy((r) => send(r, '{"items":[{"v":NaN}]}')), /is not JSON$/],
    ['a value beyond maxBodyBytes', spoiltBy((r) => send(r, 'x'.repeat(70_000))), /more than 64.0 KB/],
    ['nothing at the path', spoiltBy((r) => send(r, '{"fault":1}')), /no list or map at "items"/],
    ['nesting without end', spoiltBy((r) => send(r, '['.repeat(30_000) + ']'.repeat(30_000))), /levels deep/],
    ['403', refusing(403), /answered 403: no such one$/],
    ['404', refusing(404), /answered 404 to a batch: no such one$/],
    ['409', refusing(409), /answered 409: no such one$/],
    ['410', refusing(410), /answered 410 to a batch: no such one$/],
    ['424', refusing(424), /answered 424: no such one$/],
    ['451', refusing(451), /answered 451: no such one$/],
    ['207', refusing(207), /answered 207: no such one$/],
  ])('%s', async (_, answer, reason) => {
    const { server, others, bad } = await setup(answer);
    expect(others).toEqual(others.map(() => 'warmed'));
    expect(bad).toMatch(/^failed: /);
    expect(bad).toMatch(reason);
    expect(server.asked.length).toBeLessThanOrEqual(1 + 2 * 6);
  });

  test('404, where one key has a path of its own: it is absent, as that path says', async () => {
    const { others, bad } = await setup(refusing(404), { path: '/one/{market}' });
    expect([...new Set(others), bad]).toEqual(['warmed', 'absent']);
  });

  test.each([413, 414, 431])('%i to more than four ids gets fewer', async (status) => {
    const { others, bad } = await setup((response, ids) => {
      if (ids.length > 4) send(response, '{"message":"too many"}', status);
      else send(response, JSON.stringify({ items: itemsOf(ids) }));
    });
    expect([...new Set([...others, bad])]).toEqual(['warmed']);
  });
});

describe('one bad item costs its key only, and no further call', () => {
  test.each<[string, (bad: string) => unknown, RegExp]>([
    ['null', () => null, /^absent$/],
    ['one without an id', () => ({ error: 'lost' }), /no id at "id", and it may be that of "/],
    ['one whose id is a list', (id) => ({ id: [id], v: 1 }), /no id at "id"/],
    ['one without a value', (id) => ({ id }), /has no value at "v"/],
  ])('%s', async (_, itemOf, ending) => {
    const { server, others, bad } = await setup((response, ids, bad) => {
      const items = ids.map((id) => (id === bad ? itemOf(id) : { id, v: 'new' }));
      send(response, JSON.stringify({ items }));
    });
    expect(others).toEqual(others.map(() => 'warmed'));
    expect(bad).toMatch(ending);
    expect(server.asked).toHaveLength(1);
  });
});
