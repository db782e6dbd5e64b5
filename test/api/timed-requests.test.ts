import { request } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EventMap } from '../../src/core/events.ts';
import { LABELS } from '../../src/core/metrics/labels.ts';
import { type ApiServer, startApi } from '../support/api-server.ts';
import { until } from '../support/waiting.ts';

type Served = EventMap['http:served'];

function servedBy({ events }: Pick<ApiServer, 'events'>): (count: number) => Promise<readonly Served[]> {
  const served: Served[] = [];
  onTestFinished(events.on('http:served', (one) => served.push(one)));
  return (count) =>
    until(
      'the end of requests',
      async () => served,
      ({ length }) => length >= count,
    );
}

const GET = { http_request_method: 'GET', url_scheme: 'http', error_type: '', ms: expect.any(Number) };

describe('a request to the control API is told of', () => {
  test('by its route, whatever stands in its path, with its status', async () => {
    const server = await startApi();
    const served = servedBy(server);
    for (const path of ['/v1/runs/one', '/v1/runs/two?x=1', '/healthz', '/no/such/path'])
      await server.call(path);
    expect(await served(4)).toEqual([
      { ...GET, http_route: '/v1/runs/:id', http_response_status_code: '404' },
      { ...GET, http_route: '/v1/runs/:id', http_response_status_code: expect.any(String) },
      { ...GET, http_route: '/healthz', http_response_status_code: '200' },
      { ...GET, http_route: '', http_response_status_code: '404' },
    ]);
  });

  test('as an error where the server is to blame', async () => {
    const over = () => ({ stats: () => Promise.reject(new Error('a fault')) });
    const server = await startApi({ over });
    const served = servedBy(server);
    await server.call('/v1/stats');
    expect(await served(1)).toMatchObject([{ http_response_status_code: '500', error_type: '500' }]);
  });

  test('by how long it took until it was answered', async () => {
    const stats = async () => {
      await server.clock.advance(250);
      throw new Error('a fault');
    };
    const server = await startApi({ over: () => ({ stats }) });
    const served = servedBy(server);
    await server.call('/v1/stats');
    expect(await served(1)).toMatchObject([{ ms: 250 }]);
  });

  test('as cancelled, without a status, when its client left before', async () => {
    const asked = Promise.withResolvers<void>();
    const stats = () => {
      asked.resolve();
      return new Promise<never>(() => undefined);
    };
    const server = await startApi({ over: () => ({ stats }) });
    const served = servedBy(server);
    const client = request(`${server.url}/v1/stats`);
    client.on('error', () => undefined);
    client.end();
    await asked.promise;
    client.destroy();
    expect(await served(1)).toMatchObject([{ http_response_status_code: '', error_type: 'cancelled' }]);
  });

  test('with as many routes as are declared at the most', async () => {
    const { call } = await startApi();
    const document = (await (await call('/v1/openapi.json')).json()) as { readonly paths: object };
    expect(Object.keys(document.paths).length).toBeLessThan(LABELS.http_route.values - 10);
  });
});
