import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { startApi } from '../support/api-server.ts';
import { type Recorded, RecordingTracer } from '../support/recording-tracer.ts';
import { until } from '../support/waiting.ts';

const FROM = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };
const TRACEPARENT = `00-${FROM.traceId}-${FROM.spanId}-01`;

async function traced(count: number, tracer: RecordingTracer): Promise<readonly Recorded[]> {
  return until(
    'the end of requests',
    async () => tracer.ended,
    ({ length }) => length >= count,
  );
}

describe('a request to the control API', () => {
  test('is a root, named by its route, with the status of its answer', async () => {
    const tracer = new RecordingTracer();
    const { call } = await startApi({ tracer });
    await call('/v1/runs/nope');
    const [root] = await traced(1, tracer);
    expect(root).toEqual({
      what: expect.objectContaining({
        name: 'GET /v1/runs/:id',
        kind: 'server',
        joins: 'trace',
        from: undefined,
      }),
      attributes: {
        ...{ 'http.request.method': 'GET', 'http.route': '/v1/runs/:id', 'url.scheme': 'http' },
        'http.response.status_code': 404,
      },
      failure: undefined,
    });
  });

  test.each([
    ['is part of the trace that it names', TRACEPARENT, FROM],
    ['begins a trace where it names none that can be read', `${TRACEPARENT},${TRACEPARENT}`, undefined],
  ])('%s', async (_, traceparent, from) => {
    const tracer = new RecordingTracer();
    const { call } = await startApi({ tracer });
    await call('/v1/runs', { headers: { traceparent } });
    expect((await traced(1, tracer))[0]?.what).toMatchObject({ from });
  });

  test('is no root where it asks for health, or for what there is not', async () => {
    const tracer = new RecordingTracer();
    const { call } = await startApi({ tracer });
    for (const path of ['/healthz', '/readyz', '/no/such/path']) await call(path);
    await call('/v1/runs');
    expect((await traced(1, tracer)).map(({ what }) => what.name)).toEqual(['GET /v1/runs']);
    expect(tracer.began).toHaveLength(1);
  });

  test('ends when its client is gone', async () => {
    const tracer = new RecordingTracer();
    const over = () => ({ stats: () => new Promise<never>(() => undefined) });
    const { url } = await startApi({ tracer, over });
    const client = request(`${url}/v1/stats`);
    client.on('error', () => undefined);
    client.end();
    await until(
      'its beginning',
      async () => tracer.began,
      ({ length }) => length === 1,
    );
    client.destroy();
    const [root] = await traced(1, tracer);
    expect(root).toMatchObject({ attributes: { 'error.type': 'client gone' }, failure: undefined });
    expect(root?.attributes).not.toHaveProperty('http.response.status_code');
  });

  test('has failed where the service could not answer, and not where the request was wrong', async () => {
    const tracer = new RecordingTracer();
    const over = () => ({ stats: () => Promise.reject(new Error('a slip')) });
    const { call } = await startApi({ tracer, over });
    await call('/v1/stats');
    await call('/v1/runs?limit=none');
    const ended = await traced(2, tracer);
    expect(ended.map(({ what, failure }) => [what.name, failure])).toEqual([
      ['GET /v1/stats', '500'],
      ['GET /v1/runs', undefined],
    ]);
  });
});
