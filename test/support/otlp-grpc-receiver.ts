/** A receiver of OTLP over gRPC, by the services of https://github.com/open-telemetry/opentelemetry-proto, which keeps what it was sent. */
import {
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  type status,
} from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import { type OtlpReceiver, Received } from './otlp-receiver.ts';

const SERVICES = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
};

export interface GrpcReceiver extends Omit<OtlpReceiver, 'answer' | 'requests'> {
  readonly port: number;
  readonly requests: { readonly signal: string; readonly headers: Readonly<Record<string, unknown>> }[];
  /** What it answers from now on; `nothing`: it keeps the call and says no word. */
  answer: { readonly code: status; readonly details: string } | 'ok' | 'nothing';
}

export interface GrpcReceiverOptions {
  /** Over TLS; `clientCa`: it takes only clients with a certificate of it. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly clientCa?: string };
}

/** Closed with the test. */
export async function startGrpcReceiver({ tls }: GrpcReceiverOptions = {}): Promise<GrpcReceiver> {
  const received = new Received();
  const { spans, metrics } = received;
  const receiver: GrpcReceiver = { url: '', port: 0, spans, metrics, requests: [], answer: 'ok' };
  const server = new Server();
  for (const [signal, service] of Object.entries(SERVICES)) {
    const take = (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) => {
      const { answer, requests } = receiver;
      requests.push({ signal, headers: call.metadata.getMap() });
      if (answer === 'nothing') return;
      if (answer === 'ok') received.take(signal, 'application/grpc', call.request);
      if (answer === 'ok') reply(null, Buffer.alloc(0));
      else reply({ name: 'refusal', message: answer.details, ...answer });
    };
    server.addService({ Export: methodAt(`/${service}/Export`) }, { Export: take });
  }
  const port = await bound(server, credentialsOf(tls));
  onTestFinished(() => server.forceShutdown());
  return Object.assign(receiver, {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
  });
}

function credentialsOf(tls: GrpcReceiverOptions['tls']): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const [key, cert] = [Buffer.from(tls.key), Buffer.from(tls.cert)];
  const { clientCa } = tls;
  const ca = clientCa === undefined ? null : Buffer.from(clientCa);
  return ServerCredentials.createSsl(ca, [{ private_key: key, cert_chain: cert }], clientCa !== undefined);
}

function bound(server: Server, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}

/** Messages are passed on as bytes. */
function methodAt(path: string): MethodDefinition<Buffer, Buffer> {
  const asIs = (bytes: Buffer) => bytes;
  return {
    ...{ path, requestStream: false, responseStream: false },
    ...{
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  };
}
