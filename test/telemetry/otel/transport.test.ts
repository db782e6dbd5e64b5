/** How messages of OTLP get to their receiver: addresses, headers, compression and certificates, by each protocol. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startGrpcReceiver } from '../../support/otlp-grpc-receiver.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { selfSigned } from '../../support/redis-kinds.ts';
import { ROOT, sending } from './sending.steps.ts';

const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
type Protocol = (typeof PROTOCOLS)[number];

/** Sends a span and the numbers once, to the end. */
async function sendOnce(given: Parameters<typeof sending>[0]) {
  const { tracer, shutdown, ...told } = await sending(given);
  await tracer.root(ROOT, async () => undefined);
  await shutdown();
  return told;
}

function started(protocol: Protocol, tls?: { key: string; cert: string }) {
  const options = tls === undefined ? {} : { tls };
  return protocol === 'grpc' ? startGrpcReceiver(options) : startOtlpReceiver(options);
}

describe.each(PROTOCOLS)('by %s', (protocol) => {
  test('headers come out of the configuration and out of variables, those of the signal before those of all', async () => {
    const receiver = await started(protocol);
    await sendOnce({
      otlp: { headers: { 'X-Own': 'o', authorization: 'Bearer t' } },
      env: {
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-all=a%20b,authorization=Bearer%20other,x-both=all',
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-both=traces',
      },
    });
    const headers = receiver.requests.map((request) => request.headers);
    for (const each of headers) {
      expect(each).toMatchObject({ 'x-own': 'o', authorization: 'Bearer t', 'x-all': 'a b' });
    }
    expect(headers.map((each) => each['x-both']).sort()).toEqual(['all', 'traces']);
  });

  test('it is compressed where that is asked for', async () => {
    const receiver = await started(protocol);
    const env = { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' };
    const { lost } = await sendOnce({ otlp: { endpoint: receiver.url, protocol }, env });
    expect([lost, receiver.spans.map(({ name }) => name)]).toEqual([[], ['job']]);
    const encodings = receiver.requests.map(
      ({ headers }) => headers['content-encoding'] ?? headers['grpc-encoding'],
    );
    expect(encodings).toEqual(protocol === 'grpc' ? encodings : ['gzip', 'gzip']);
  });
});

describe('over TLS', () => {
  const certificate = () => {
    const { key, cert } = selfSigned();
    return { key, cert, tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } };
  };

  test.each(PROTOCOLS)('%s goes by the certificate of the variable, and not without it', async (protocol) => {
    const { cert, tls } = certificate();
    const receiver = await started(protocol, tls);
    const otlp = { endpoint: receiver.url, protocol };
    const { lost } = await sendOnce({ otlp });
    expect(lost.map(({ telemetry }) => telemetry).sort()).toEqual(['metrics', 'traces']);
    expect(receiver.spans).toEqual([]);
    const env = { OTEL_EXPORTER_OTLP_CERTIFICATE: cert };
    expect((await sendOnce({ otlp, env })).lost).toEqual([]);
    expect(receiver.spans).toHaveLength(1);
  });

  test('gRPC shows the certificate of the client', async () => {
    const { key, cert, tls } = certificate();
    const receiver = await startGrpcReceiver({ tls: { ...tls, clientCa: tls.cert } });
    const env = {
      OTEL_EXPORTER_OTLP_CERTIFICATE: cert,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: cert,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: key,
    };
    const otlp = { endpoint: receiver.url, protocol: 'grpc' };
    expect((await sendOnce({ otlp, env })).lost).toEqual([]);
    expect(receiver.spans).toHaveLength(1);
  });

  test('an address of gRPC without a scheme is for TLS, unless a variable says otherwise', async () => {
    const { cert, tls } = certificate();
    const [safe, open] = [await startGrpcReceiver({ tls }), await startGrpcReceiver()];
    const env = {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_CERTIFICATE: cert,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `127.0.0.1:${safe.port}`,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `127.0.0.1:${open.port}`,
      OTEL_EXPORTER_OTLP_METRICS_INSECURE: 'true',
    };
    expect((await sendOnce({ env })).lost).toEqual([]);
    expect([safe.requests, open.requests].map((all) => all.map(({ signal }) => signal))).toEqual([
      ['traces'],
      ['metrics'],
    ]);
  });
});

describe('an address', () => {
  test.each([
    ['of everything, with a path', '/otlp', ['/otlp/v1/metrics', '/otlp/v1/traces']],
    ['of everything, with a slash at its end', '/', ['/v1/metrics', '/v1/traces']],
    ['with a query', '/in?tenant=7', ['/in/v1/metrics?tenant=7', '/in/v1/traces?tenant=7']],
  ])('%s gets the path of the signal, wherever it is said', async (_, path, paths) => {
    const receiver = await startOtlpReceiver();
    await sendOnce({ otlp: { endpoint: `${receiver.url}${path}` } });
    await sendOnce({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}${path}` } });
    expect(receiver.requests.map((request) => request.path).sort()).toEqual(
      paths.flatMap((each) => [each, each]),
    );
  });

  test('of one signal is taken as it is, with a protocol of its own', async () => {
    const [http, grpc] = [await startOtlpReceiver(), await startGrpcReceiver()];
    await sendOnce({
      env: {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${http.url}/my/traces`,
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: ' http/json ',
        OTEL_EXPORTER_OTLP_ENDPOINT: `${grpc.url}/ignored`,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      },
    });
    expect(http.requests.map(({ path, type }) => [path, type])).toEqual([['/my/traces', 'application/json']]);
    expect(grpc.requests.map(({ signal }) => signal)).toEqual(['metrics']);
  });
});

describe('what cannot be sent with keeps a process from starting:', () => {
  const endpoint = 'http://127.0.0.1:9';

  test.each([
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grcp' }, 'OTEL_EXPORTER_OTLP_PROTOCOL is "grcp"'],
    [{ OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'GRPC' }, 'OTEL_EXPORTER_OTLP_METRICS_PROTOCOL is "GRPC"'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_HEADERS: 'x y=s3cret' }, 'by grpc'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_HEADERS: 'x-bin=s3cret' }, 'by grpc'],
  ])('%o', async (env, words) => {
    const before = registered();
    const error = await sending({ otlp: { endpoint }, env }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'E_CONFIG_INVALID', message: expect.stringContaining(words) });
    expect(error.message).not.toContain('s3cret');
    expect(registered()).toEqual(before);
  });

  test('a protocol that the configuration overrules is not looked at', async () => {
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'tcp' };
    expect(await sending({ otlp: { endpoint, protocol: 'grpc' }, env })).toBeDefined();
  });
});

function registered(): object {
  return { ...(globalThis as Record<symbol, object | undefined>)[Symbol.for('opentelemetry.js.api.1')] };
}
