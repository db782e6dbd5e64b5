/** What is said of messages that no receiver took. */
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { messageOf } from '../../../src/core/errors.ts';
import { LINES } from '../../../src/telemetry/lines/lines.ts';
import { startGrpcReceiver } from '../../support/otlp-grpc-receiver.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { ROOT, sending } from './sending.steps.ts';

/** Sends three spans, and nothing else, to the end. */
async function lose(given: Parameters<typeof sending>[0]) {
  const env = { OTEL_METRICS_EXPORTER: 'none', ...given.env };
  const { tracer, shutdown, lost } = await sending({ ...given, env });
  for (let i = 0; i < 3; i += 1) await tracer.root(ROOT, async () => undefined);
  await shutdown();
  return lost.map(({ error, ...one }) => ({ ...one, said: messageOf(error) }));
}

const SPANS = { telemetry: 'traces', items: 3, total: 3 };

describe('a message that is lost is told with its address, what was in it, and', () => {
  test.each([
    [401, '{"code":16,"message":"the key is unknown"}', 'it answered 401 Unauthorized: the key is unknown'],
    [400, 'no such\ntenant', 'it answered 400 Bad Request: no such tenant'],
    [404, '\u0012\u0003\u0000', 'it answered 404 Not Found'],
    [503, '', 'it answered 503 Service Unavailable, to the end of the time for a message'],
    [429, '', 'it answered 429 Too Many Requests, to the end of the time for a message'],
  ])('the status %i', async (answer, words, said) => {
    const receiver = await startOtlpReceiver({ words });
    receiver.answer = answer;
    expect(await lose({ otlp: { endpoint: receiver.url } })).toEqual([
      { ...SPANS, address: `${receiver.url}/v1/traces`, status: answer, said },
    ]);
  });

  test('the code of gRPC and its words', async () => {
    const receiver = await startGrpcReceiver();
    receiver.answer = { code: status.UNAUTHENTICATED, details: 'the key is unknown' };
    const [one] = await lose({ otlp: { endpoint: receiver.url, protocol: 'grpc' } });
    expect(one).toMatchObject({ ...SPANS, address: receiver.url, status: 16 });
    expect(one?.said).toMatch(/UNAUTHENTICATED: the key is unknown/);
  });

  test.each(['http/protobuf', 'grpc'])('that nothing listens there, by %s', async (protocol) => {
    const [one] = await lose({ otlp: { endpoint: 'http://127.0.0.1:9', protocol } });
    expect(one).toMatchObject(SPANS);
    expect(one?.address).toMatch('http://127.0.0.1:9');
    expect(one?.said).toContain('ECONNREFUSED');
  });

  test.each(['http/protobuf', 'grpc'])('that there was no answer in time, by %s', async (protocol) => {
    const receiver = await (protocol === 'grpc' ? startGrpcReceiver() : startOtlpReceiver());
    receiver.answer = 'nothing';
    const [one] = await lose({ otlp: { endpoint: receiver.url, protocol, timeout: '50ms' } });
    expect(one?.said).toMatch(/timed out|deadline/i);
  });

  test('no secret: of the address, of headers, or of the configuration', async () => {
    const [header, path, other, own] = [
      'h3ader-s3cret',
      'p4thS3cretP4thS3cret',
      '0ther-header',
      'c0nfigured',
    ];
    const receiver = await startOtlpReceiver({ words: `${header} ${other} ${path} ${own} Bearer ${header}` });
    receiver.answer = 401;
    const told = await lose({
      otlp: {
        endpoint: `${receiver.url}/${path}?key=${other}`,
        headers: { authorization: `Bearer ${header}` },
      },
      env: { OTEL_EXPORTER_OTLP_HEADERS: `x-key=${other}` },
      secrets: [own, path],
    });
    expect(told).toHaveLength(1);
    expect(told[0]?.address).toContain(receiver.url);
    for (const secret of [header, path, other, own]) expect(JSON.stringify(told)).not.toContain(secret);
  });
});

describe('what is lost', () => {
  test('is added up', async () => {
    const receiver = await startOtlpReceiver();
    receiver.answer = 400;
    const env = { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1' };
    const totals = (await lose({ otlp: { endpoint: receiver.url }, env })).map(({ total }) => total);
    expect(totals).toEqual([1, 2, 3]);
  });

  test('is told where a process ends before its receiver answers, and then no more', async () => {
    const receiver = await startOtlpReceiver();
    receiver.answer = 'nothing';
    const { tracer, shutdown, giveUp, lost } = await sending({
      otlp: { endpoint: receiver.url },
      env: { OTEL_METRICS_EXPORTER: 'none' },
    });
    await tracer.root(ROOT, async () => undefined);
    const over = shutdown();
    await Promise.resolve();
    while (lost.length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      giveUp();
    }
    await over;
    expect(lost.map(({ items, error }) => [items, messageOf(error)])).toEqual([
      [1, 'it did not answer before the process ended'],
    ]);
  });

  test('is one line with all of it', () => {
    const line = LINES.find(({ name }) => name === 'telemetry.lost');
    const one = {
      telemetry: 'traces',
      items: 3,
      total: 1_003,
      address: 'http://h:4318/v1/traces',
      status: 401,
    };
    const error = new Error('it answered 401 Unauthorized');
    expect(line?.text({ ...one, error } as never, 0)).toBe(
      'sending traces by OTLP to http://h:4318/v1/traces: 3 spans lost; 1,003 since the process began: it answered 401 Unauthorized',
    );
  });
});
