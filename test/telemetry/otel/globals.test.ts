/** What a start of OpenTelemetry registers for the whole process, and what stays of it. */
import * as api from '@opentelemetry/api';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ROOT, sending } from './sending.steps.ts';

const KEY = Symbol.for('opentelemetry.js.api.1');
const AWAY = { otlp: { endpoint: 'http://127.0.0.1:9', timeout: '1ms' } };

/** What is registered now, without the version. */
function registered(): Readonly<Record<string, unknown>> {
  const all = (globalThis as Record<symbol, Record<string, unknown> | undefined>)[KEY] ?? {};
  return Object.fromEntries(Object.entries(all).filter(([part]) => part !== 'version'));
}

/** What an application registers by itself. */
function register() {
  const own = {
    trace: { getTracer: () => new api.ProxyTracerProvider().getTracer('own') },
    metrics: { getMeter: () => api.createNoopMeter() },
    logs: { getLogger: () => ({ emit: () => undefined, enabled: () => false }) },
    context: {
      active: () => api.ROOT_CONTEXT,
      with: <T>(_: api.Context, work: () => T) => work(),
      bind: <T>(_: api.Context, target: T) => target,
      enable: () => own.context,
      disable: () => own.context,
    },
    propagation: { inject: () => undefined, extract: (context: api.Context) => context, fields: () => [] },
  };
  api.trace.setGlobalTracerProvider(own.trace as never);
  api.metrics.setGlobalMeterProvider(own.metrics as never);
  api.logs.setGlobalLoggerProvider(own.logs as never);
  api.context.setGlobalContextManager(own.context as never);
  api.propagation.setGlobalPropagator(own.propagation as never);
  const quiet = () => undefined;
  const logger = { error: quiet, warn: quiet, info: quiet, debug: quiet, verbose: quiet };
  api.diag.setLogger(logger, { suppressOverrideMessage: true });
  onTestFinished(() => {
    for (const part of [api.trace, api.metrics, api.logs, api.context, api.propagation, api.diag])
      part.disable();
  });
  return own;
}

describe('a system that stops', () => {
  test('takes back all that it registered', async () => {
    const before = registered();
    const { shutdown } = await sending(AWAY);
    expect(Object.keys(registered())).toEqual(
      expect.arrayContaining(['trace', 'metrics', 'logs', 'context', 'diag']),
    );
    await shutdown();
    expect(registered()).toEqual(before);
  });

  test('leaves nothing to wait for: another one can be registered while it sends what is left', async () => {
    const first = await sending(AWAY);
    const over = first.shutdown();
    const second = await sending(AWAY);
    const { trace } = registered();
    expect(trace).toBeDefined();
    await over;
    expect(registered()).toMatchObject({ trace });
    await second.shutdown();
    expect(registered()).toEqual({});
  });

  test.each([
    ['the first stops first', [0, 1]],
    ['the second stops first', [1, 0]],
  ])('leaves nothing where two were at work, and %s', async (_, order) => {
    const both = [await sending(AWAY), await sending(AWAY)];
    const { trace, logs } = registered();
    for (const at of order) {
      await both[at]?.shutdown();
      if (at === 1 && order[0] === 1) expect(registered()).toMatchObject({ trace, logs });
    }
    expect(registered()).toEqual({});
  });

  test.each([undefined, 'debug'])(
    'leaves what an application had registered, with OTEL_LOG_LEVEL %s',
    async (level) => {
      for (const level of ['debug', 'info', 'warn', 'error', 'log'] as const)
        vi.spyOn(console, level).mockReturnValue(undefined);
      onTestFinished(() => void vi.restoreAllMocks());
      register();
      const before = registered();
      const { shutdown, problems, tracer } = await sending({
        ...AWAY,
        env: level === undefined ? {} : { OTEL_LOG_LEVEL: level },
      });
      expect(registered()).toEqual(before);
      expect(await tracer.root(ROOT, async () => 'done')).toBe('done');
      await shutdown();
      expect(registered()).toEqual(before);
      expect(problems.map(({ error }) => String(error))).toEqual([
        expect.stringContaining('has registered a tracer of its own before'),
      ]);
    },
  );
});
