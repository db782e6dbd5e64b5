import { once } from 'node:events';
import * as api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/app/connect.ts';
import { configOf, type Installation, install } from '../support/build-installation.ts';

const exporter = new InMemorySpanExporter();

function register(): void {
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  api.trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
}

afterEach(() => {
  api.trace.disable();
  api.context.disable();
  exporter.reset();
});

async function readerOf(installation: Installation, telemetry: object = {}) {
  const config = configOf(installation);
  const { profile } = config.sources;
  const sources = { profile: { ...profile, miss: 'origin' } };
  const reader = await connect({ config: { ...config, sources, telemetry }, env: {} });
  onTestFinished(() => reader.close());
  return reader;
}

async function installed(): Promise<Installation> {
  const installation = await install({ aof: false });
  installation.origin.answer((response) =>
    response.setHeader('content-type', 'application/json').end('{"population":1}'),
  );
  return installation;
}

describe('a reader in an application with traces', () => {
  test('shows what a read waits for in the trace of the request that reads', async () => {
    register();
    const reader = await readerOf(await installed());
    const tracer = api.trace.getTracer('application');
    await tracer.startActiveSpan('GET /page', async (span) => {
      expect(await reader.get('profile:1')).toEqual({ population: 1 });
      span.end();
    });
    const spans = exporter.getFinishedSpans();
    const page = spans.find(({ name }) => name === 'GET /page');
    const call = spans.find(({ name }) => name === 'origin call');
    expect(call?.spanContext().traceId).toBe(page?.spanContext().traceId);
    expect(call?.parentSpanContext?.spanId).toBe(page?.spanContext().spanId);
    expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['tier get', 'permit', 'tier put']));
  });

  test('makes no span for what is in memory, and none outside of a trace', async () => {
    register();
    const reader = await readerOf(await installed());
    await reader.get('profile:1');
    expect(exporter.getFinishedSpans()).toEqual([]);
    await api.trace.getTracer('application').startActiveSpan('GET /page', async (span) => {
      for (let i = 0; i < 10; i += 1) await reader.get('profile:1');
      span.end();
    });
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['GET /page']);
  });

  test('makes none where its configuration says so', async () => {
    register();
    const reader = await readerOf(await installed(), { traces: { detail: 'off' } });
    await api.trace.getTracer('application').startActiveSpan('GET /page', async (span) => {
      await reader.get('profile:1');
      span.end();
    });
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['GET /page']);
  });

  test('warns, and reads, where the application has an older version of the API', async () => {
    register();
    const place = Symbol.for('opentelemetry.js.api.1');
    const registered = Reflect.get(globalThis, place);
    // By another copy of the package.
    Reflect.set(globalThis, place, { ...registered, version: '1.4.1', trace: {} });
    const warned = once(process, 'warning');
    const reader = await readerOf(await installed());
    Reflect.set(globalThis, place, registered);
    expect(await reader.get('profile:1')).toEqual({ population: 1 });
    expect(String((await warned)[0])).toContain('version 1.4.1 of @opentelemetry/api');
  });
});

describe('a reader in an application without traces', () => {
  test('reads, and registers nothing', async () => {
    const reader = await readerOf(await installed());
    expect(await reader.get('profile:1')).toEqual({ population: 1 });
    expect(api.trace.getActiveSpan()).toBeUndefined();
    expect(api.trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [] }))).toBe(true);
  });
});
