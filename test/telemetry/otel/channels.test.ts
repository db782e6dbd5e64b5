import { channel } from 'node:diagnostics_channel';
import * as api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { NEVER } from '../../../src/core/never.ts';
import type { Root } from '../../../src/core/tracing.ts';
import { sqlOriginOptions } from '../../../src/origins/sql/options.ts';
import { SqlPool } from '../../../src/origins/sql/pool.ts';
import { type ChannelOptions, listenToChannels } from '../../../src/telemetry/otel/channels.ts';
import { OtelTracer } from '../../../src/telemetry/otel/otel-tracer.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';
import { startScriptedServer, status } from '../../support/scripted-server.ts';

const exporter = new InMemorySpanExporter();
const ROOT: Root = { name: 'job', kind: 'consumer', attributes: {}, from: undefined, joins: 'link' };

beforeAll(() => {
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  api.trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
});
afterAll(() => {
  api.trace.disable();
  api.context.disable();
});
beforeEach(() => exporter.reset());

function listening(options: Partial<ChannelOptions> = {}): OtelTracer {
  const tracer = new OtelTracer({
    ...{ api, detail: 'all', slow: 60_000, secrets: [] },
    elapsed: () => systemClock.elapsed(),
    now: () => systemClock.now(),
  });
  onTestFinished(listenToChannels(tracer, { redis: false, toOrigins: false, ...options }));
  return tracer;
}

function steps() {
  return exporter.getFinishedSpans().filter(({ name }) => name !== 'job');
}

describe('an HTTP request in a root', () => {
  test('is a span by the conventions of OpenTelemetry, without query and credentials', async () => {
    const origin = await startScriptedServer();
    origin.answer(status(200));
    const tracer = listening();
    const { port } = new URL(origin.url);
    await tracer.root(ROOT, async () => {
      const { body } = await request(`${origin.url}/a/b?token=hunter2`);
      await body.dump();
    });
    const [span] = steps();
    expect([span?.name, span?.kind]).toEqual(['GET', api.SpanKind.CLIENT]);
    expect(span?.attributes).toEqual({
      'http.request.method': 'GET',
      'server.address': '127.0.0.1',
      'server.port': Number(port),
      'url.full': `http://127.0.0.1:${port}/a/b?[redacted]`,
      'http.response.status_code': 200,
    });
  });

  test.each([404, 500])('that is answered with %i has failed', async (code) => {
    const origin = await startScriptedServer();
    origin.answer(status(code));
    const tracer = listening();
    await tracer.root(ROOT, async () => {
      await (await request(origin.url)).body.dump();
    });
    const [span] = steps();
    expect(span?.attributes['error.type']).toBe(String(code));
    expect(span?.status.code).toBe(api.SpanStatusCode.ERROR);
  });

  test('that is not answered has failed, by the kind of its error', async () => {
    const origin = await startScriptedServer();
    origin.answer((response) => response.destroy());
    const tracer = listening();
    await tracer.root(ROOT, () => request(origin.url)).catch(() => undefined);
    expect(steps()[0]?.attributes['error.type']).toBe('UND_ERR_SOCKET');
  });

  test.each([
    [false, false],
    [true, true],
  ])('carries the trace to its origin only when told: %s', async (toOrigins, carried) => {
    const origin = await startScriptedServer();
    origin.answer(status(200));
    const tracer = listening({ toOrigins });
    const places: (string | undefined)[] = [];
    await tracer.root(ROOT, async () => {
      places.push(tracer.current()?.spanId);
      await (await request(origin.url)).body.dump();
    });
    const { traceparent } = origin.asked[0]?.headers ?? {};
    expect(traceparent !== undefined).toBe(carried);
    if (carried) expect(String(traceparent).split('-')[2]).toBe(places[0]);
  });

  test('that is in no root is no span, and carries nothing', async () => {
    const origin = await startScriptedServer();
    origin.answer(status(200));
    listening({ toOrigins: true });
    await (await request(origin.url)).body.dump();
    expect([steps(), origin.asked[0]?.headers.traceparent]).toEqual([[], undefined]);
  });

  test('shows no secret of its address, however that is mangled', async () => {
    const CANARY = 'c4n4ry';
    const tracer = listening();
    const create = channel('undici:request:create');
    const junk = fc.string({ unit: fc.constantFrom(...'/?#@: \\%[]&=a1'), maxLength: 8 });
    const address = fc.tuple(junk, junk, fc.constantFrom('h', '127.0.0.1:1', '[::1]', ''));
    await fc.assert(
      fc.asyncProperty(address, junk, async ([user, password, host], path) => {
        exporter.reset();
        await tracer.root(ROOT, async () => {
          const message = {
            method: 'GET',
            origin: `http://${user}:${password}${CANARY}@${host}`,
            path: `/${path}?key=${CANARY}`,
          };
          create.publish({ request: message });
          channel('undici:request:error').publish({ request: message, error: new Error(CANARY) });
        });
        const shown = exporter.getFinishedSpans().map((span) => [span.attributes, span.status, span.name]);
        expect(JSON.stringify(shown)).not.toContain(CANARY);
      }),
    );
  });

  test.each([[undefined], [null], [{}], [{ request: null }], [{ request: 5 }], [{ request: {} }]])(
    'does no harm where a client publishes %j',
    async (message) => {
      const tracer = listening({ toOrigins: true });
      const names = ['create', 'headers', 'trailers', 'error'];
      const publish = async () => {
        for (const name of names) channel(`undici:request:${name}`).publish(message);
        return 'done';
      };
      expect(await tracer.root(ROOT, publish)).toBe('done');
    },
  );
});

describe('a command to Redis in a root', () => {
  test('is a span where each step is wanted, without its arguments', async () => {
    const redis = connectRedis();
    await redis.ping();
    const tracer = listening({ redis: true });
    const key = uniquePrefix();
    await tracer.root(ROOT, async () => {
      await redis.set(key, 'hunter2', 'PX', 60_000);
      await redis.pipeline().get(key).get(key).exec();
      await redis.call('NOSUCH', 'hunter2').catch(() => undefined);
    });
    expect(steps().map(({ name }) => name)).toEqual(expect.arrayContaining(['SET', 'GET', 'NOSUCH']));
    const [set] = steps();
    expect(set?.attributes).toMatchObject({ 'db.system.name': 'redis', 'db.operation.name': 'SET' });
    expect(JSON.stringify(steps().map(({ attributes }) => attributes))).not.toMatch(`hunter2|${key}`);
    expect(steps().find(({ name }) => name === 'NOSUCH')?.status.code).toBe(api.SpanStatusCode.ERROR);
  });

  test('is no span otherwise', async () => {
    const redis = connectRedis();
    const tracer = listening();
    await tracer.root(ROOT, () => redis.ping());
    expect(steps()).toEqual([]);
  });
});

describe('a query of a SQL origin in a root', () => {
  test('is a span with its text and no values, also where the server is away', async () => {
    const options = sqlOriginOptions.parse({ kind: 'sql', url: 'postgres://u:hunter2@127.0.0.1:9/shop' });
    const pool = new SqlPool({ name: 'shop', options, clock: systemClock });
    const tracer = listening();
    const query = { text: 'select * from places where id = $1', values: ['a-value'] };
    await tracer.root(ROOT, () => pool.query(query, NEVER)).catch(() => undefined);
    await pool.close();
    const [span] = steps();
    expect(span?.name).toBe('SELECT');
    expect(span?.attributes).toEqual({
      ...{ 'db.system.name': 'postgresql', 'db.namespace': 'shop', 'db.query.text': query.text },
      ...{ 'server.address': '127.0.0.1', 'server.port': 9, 'error.type': 'E_ORIGIN_FAILED' },
    });
  });
});
