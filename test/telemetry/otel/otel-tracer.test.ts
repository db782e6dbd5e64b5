import * as api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NO_TRACER, type Root, type Span, type Step } from '../../../src/core/tracing.ts';
import { OtelTracer, type OtelTracerDeps } from '../../../src/telemetry/otel/otel-tracer.ts';
import { samplerOf } from '../../../src/telemetry/otel/sampler.ts';

const exporter = new InMemorySpanExporter();
const ROOT: Root = { name: 'job', kind: 'consumer', attributes: {}, from: undefined, joins: 'link' };
const SLOW_MS = 1_000;

beforeAll(() => {
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  api.trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors, sampler: samplerOf(undefined, {}) }),
  );
});
afterAll(() => {
  api.trace.disable();
  api.context.disable();
});
beforeEach(() => exporter.reset());

let time = 0;
const step = (name: string): Step => ({ name, kind: 'internal', attributes: {} });

function tracer(options: Partial<OtelTracerDeps> = {}): OtelTracer {
  return new OtelTracer({
    ...{ api, detail: 'steps', slow: SLOW_MS, secrets: [] },
    elapsed: () => time,
    now: () => 1_790_000_000_000 + time,
    ...options,
  });
}

function sent() {
  return exporter.getFinishedSpans();
}

function named(name: string) {
  return sent().filter((span) => span.name === name);
}

const NAMES = ['call', 'permit', 'write'];

/** A piece of work: how long it takes by itself, whether it fails, and what it is made of. */
interface Work {
  readonly name: string;
  readonly ms: number;
  readonly fails: boolean;
  readonly isPast: boolean;
  readonly parts: readonly Work[];
}

const { work } = fc.letrec<{ work: Work }>((tie) => ({
  work: fc.record({
    name: fc.constantFrom(...NAMES),
    ms: fc.constantFrom(0, 1, SLOW_MS),
    fails: fc.boolean(),
    isPast: fc.boolean(),
    parts: fc.oneof({ maxDepth: 4 }, fc.constant([]), fc.array(tie('work'), { maxLength: 4 })),
  }),
}));

async function done(of: Work, by: OtelTracer): Promise<void> {
  if (of.isPast) {
    by.past({ ...step(of.name), ms: of.ms, failure: of.fails ? 'failed' : undefined });
    return;
  }
  const inside = async (span: Span) => {
    await Promise.all(of.parts.map((part) => done(part, by)));
    time += of.ms;
    if (of.fails) span.fail('failed');
  };
  await by.step(step(of.name), inside);
}

describe('the tracer of OpenTelemetry', () => {
  test('sends no span whose parent is not sent, whatever was slow or failed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(work, { maxLength: 6 }), async (parts) => {
        exporter.reset();
        const by = tracer();
        await by.root(ROOT, async () => {
          for (const name of [...NAMES, ...NAMES]) await by.step(step(name), async () => undefined);
          for (const part of parts) await done(part, by);
        });
        const ids = new Set(sent().map((span) => span.spanContext().spanId));
        const parents = sent().flatMap(({ parentSpanContext }) => parentSpanContext?.spanId ?? []);
        expect(parents.filter((id) => !ids.has(id))).toEqual([]);
      }),
    );
  });

  test('shows the first two steps of a name, those that are slow and those that fail, and counts the others', async () => {
    const by = tracer();
    await by.root(ROOT, async () => {
      for (let i = 0; i < 50; i += 1) {
        await by.step({ ...step('call'), attributes: { i } }, async (span) => {
          time += i === 20 ? SLOW_MS : 1;
          if (i === 30) span.fail('the origin said no');
        });
      }
    });
    expect(named('call').map(({ attributes }) => attributes.i)).toEqual([0, 1, 20, 30]);
    expect(named('job')[0]?.attributes).toMatchObject({
      'forewarm.steps.call.count': 50,
      'forewarm.steps.call.seconds': 1.049,
      'forewarm.steps.left_out': 46,
    });
  });

  test('a step that is shown late says all that was said of it, without secrets', async () => {
    const by = tracer({ secrets: ['hush-hush'] });
    const one = { ...step('call'), attributes: { a: 1, b: 1, text: 'it is hush-hush' } };
    await by.root(ROOT, async () => {
      for (let i = 0; i < 3; i += 1)
        await by.step(one, async (outer) => {
          outer.set({ b: 2, c: 2 });
          await by.step(step('within'), async (inner) => {
            if (i === 2) inner.fail('no');
          });
          outer.set({ c: 3 });
        });
    });
    const said = { a: 1, b: 2, c: 3, text: 'it is [redacted]' };
    expect(named('call').map(({ attributes }) => attributes)).toEqual([said, said, said]);
  });

  test('a thousand failures are a few spans', async () => {
    const by = tracer();
    await by.root(ROOT, async () => {
      for (let i = 0; i < 1_000; i += 1) await by.step(step('call'), async (span) => span.fail('no'));
    });
    expect(sent().length).toBeLessThan(25);
  });

  test('each step is shown where all are wanted, and still not without end', async () => {
    const by = tracer({ detail: 'all' });
    const steps = async (count: number) => {
      for (let i = 0; i < count; i += 1) await by.step(step('call'), async () => undefined);
    };
    await by.root(ROOT, () => steps(100));
    expect(named('call')).toHaveLength(100);
    exporter.reset();
    await by.root(ROOT, () => steps(2_000));
    expect(named('call')).toHaveLength(1_000);
  });

  test('no step is shown where roots are wanted alone', async () => {
    const by = tracer({ detail: 'roots' });
    await by.root(ROOT, () => by.step(step('call'), async (span) => span.fail('no')));
    expect(sent().map(({ name }) => name)).toEqual(['job']);
  });

  test('work outside of a root is done, and shows nothing', async () => {
    const by = tracer();
    expect(await by.step(step('call'), async () => 7)).toBe(7);
    by.past({ ...step('call'), ms: SLOW_MS, failure: 'no' });
    by.note({ a: 1 }, 'b');
    by.event('key failed', {});
    expect([sent(), by.current()]).toEqual([[], undefined]);
  });

  test.each([
    ['the tracer of OpenTelemetry', () => tracer()],
    ['no tracer', () => NO_TRACER],
  ])('%s changes neither what work gives nor what it throws', async (_, make) => {
    const by = make();
    const failure = new Error('mine');
    const failing = async () => {
      throw failure;
    };
    expect(await by.root(ROOT, () => by.step(step('call'), async () => 'given'))).toBe('given');
    await expect(by.root(ROOT, failing)).rejects.toBe(failure);
    await expect(by.root(ROOT, () => by.step(step('call'), failing))).rejects.toBe(failure);
  });

  test('what was thrown is told, without its secrets', async () => {
    const by = tracer({ secrets: ['s3cr3t-p4th'] });
    const failing = async () => {
      throw new Error('GET http://user:pw@h/?token=abc of s3cr3t%2Dp4th');
    };
    const attributes = { url: 'redis://:hunter22@h', path: '/a/s3cr3t-p4th' };
    await by.root({ ...ROOT, attributes }, failing).catch(() => undefined);
    const [span] = sent();
    expect(span?.status).toMatchObject({ code: api.SpanStatusCode.ERROR });
    const shown = JSON.stringify([span?.status, span?.attributes]);
    expect(shown).not.toMatch(/pw@|abc|hunter22|s3cr3t/);
  });

  test('of a long text nothing is shown that may be half of a secret, wherever it was cut', async () => {
    const secret = 'correct horse battery';
    const spelt = [
      secret,
      encodeURIComponent(secret),
      [...secret].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join(''),
    ];
    const by = tracer({ secrets: [secret] });
    for (const text of spelt) {
      // What is hidden makes the text shorter, and moves its end into what is shown.
      const url = `http://u:pw@h/?q=${'y'.repeat(3_500)} `;
      for (let before = 300; before < 520; before += 1)
        await by.root(
          { ...ROOT, attributes: { text: `${url}${'x'.repeat(before)}${text}${'x'.repeat(5_000)}` } },
          async () => undefined,
        );
    }
    for (const { attributes } of sent()) expect(String(attributes.text)).not.toMatch(/corr|u0063|pw/);
  });

  test('a text of any length is cut', async () => {
    await tracer().root({ ...ROOT, attributes: { text: 'x'.repeat(1_000_000) } }, async () => undefined);
    expect(String(sent()[0]?.attributes.text)).toHaveLength(1_000);
  });

  test('a job is a trace of its own with a link to what queued it, a request part of the trace that it names', async () => {
    const by = tracer();
    const from = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };
    await by.root({ ...ROOT, from }, async () => undefined);
    await by.root({ ...ROOT, from, joins: 'trace', kind: 'server' }, async () => undefined);
    const [job, request] = sent();
    expect(job?.spanContext().traceId).not.toBe(from.traceId);
    expect(job?.links.map(({ context }) => [context.traceId, context.spanId])).toEqual([
      [from.traceId, from.spanId],
    ]);
    expect([request?.spanContext().traceId, request?.parentSpanContext?.spanId, request?.links]).toEqual([
      from.traceId,
      from.spanId,
      [],
    ]);
  });

  test('a root within another is none of its parts', async () => {
    const by = tracer();
    await by.root(ROOT, () => by.root({ ...ROOT, name: 'tick' }, async () => undefined));
    expect(sent().map(({ parentSpanContext }) => parentSpanContext)).toEqual([undefined, undefined]);
  });

  test('what refers to a step that is not shown refers to what surrounds it', async () => {
    const by = tracer();
    const places: (string | undefined)[] = [];
    await by.root(ROOT, async () => {
      for (let i = 0; i < 4; i += 1)
        await by.step(step('call'), async () => void places.push(by.current()?.spanId));
    });
    const root = named('job')[0]?.spanContext().spanId;
    const shown = named('call').map((span) => span.spanContext().spanId);
    expect(places).toEqual([...shown, root, root]);
  });

  test('a step that is shown for its failure shows the steps around it, which are over later', async () => {
    const by = tracer();
    const quiet = () => by.step(step('call'), async () => undefined);
    await by.root(ROOT, async () => {
      await quiet();
      await quiet();
      await by.step(step('call'), () => by.step(step('query'), async () => undefined));
      await by.step(step('call'), () => by.step(step('query'), async (span) => span.fail('no')));
    });
    const [query] = named('query');
    expect([named('query').length, named('call').length]).toEqual([1, 3]);
    expect(query?.parentSpanContext?.spanId).toBe(named('call').at(-1)?.spanContext().spanId);
  });

  test('single keys are events of what is under way, and few of them', async () => {
    const by = tracer();
    await by.root(ROOT, async () => {
      for (let i = 0; i < 100; i += 1) by.event('key failed', { 'forewarm.key': `k:${i}` });
    });
    expect(sent()[0]?.events).toHaveLength(16);
  });
});

describe('a trace that is not taken', () => {
  test('is not taken up by what was queued in it', async () => {
    const by = tracer();
    const from = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: false };
    const inside: unknown[] = [];
    await by.root({ ...ROOT, from }, async () => {
      await by.step(step('call'), async (span) => span.fail('no'));
      inside.push(by.current()?.sampled);
    });
    expect([sent(), inside]).toEqual([[], [false]]);
  });

  test.each([
    ['always_off', undefined, 0],
    ['parentbased_always_off', undefined, 0],
    ['traceidratio', '0', 0],
    ['parentbased_traceidratio', '0', 0],
    ['parentbased_traceidratio', '1', 1],
    ['parentbased_traceidratio', 'half', 1],
    ['no such sampler', '0', 1],
    ['', '0', 1],
  ])(
    'OTEL_TRACES_SAMPLER=%s with %s takes %i of one',
    (OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG, taken) => {
      const sampler = samplerOf(undefined, { OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG });
      const { decision } = sampler.shouldSample(api.ROOT_CONTEXT, 'f'.repeat(32), 'a', 0, {}, []);
      expect(decision === 0 ? 0 : 1).toBe(taken);
    },
  );

  test('the option counts before the variables', () => {
    const sampler = samplerOf(0, { OTEL_TRACES_SAMPLER: 'always_on' });
    expect(sampler.shouldSample(api.ROOT_CONTEXT, 'f'.repeat(32), 'a', 0, {}, []).decision).toBe(0);
  });
});
