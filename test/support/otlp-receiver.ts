/** A receiver of OTLP over HTTP, which takes protobuf and JSON and keeps what it was sent. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { onTestFinished } from 'vitest';

/** What tests look at, out of https://github.com/open-telemetry/opentelemetry-proto; other fields are passed over. */
const PROTO = `syntax = "proto3";
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Link { bytes trace_id = 1; bytes span_id = 2; }
message Event { string name = 2; repeated KeyValue attributes = 3; }
message Status { string message = 2; int32 code = 3; }
message Span { bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9; repeated Event events = 11; repeated Link links = 13; Status status = 15; }
message ScopeSpans { repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Traces { repeated ResourceSpans resource_spans = 1; }
message NumberDataPoint { double as_double = 4; sfixed64 as_int = 6; repeated KeyValue attributes = 7; }
message Gauge { repeated NumberDataPoint data_points = 1; }
message Sum { repeated NumberDataPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message HistogramDataPoint { fixed64 count = 4; double sum = 5; repeated fixed64 bucket_counts = 6;
  repeated double explicit_bounds = 7; repeated KeyValue attributes = 9; }
message Histogram { repeated HistogramDataPoint data_points = 1; int32 aggregation_temporality = 2; }
message Metric { string name = 1; string description = 2; string unit = 3; Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; }
message ScopeMetrics { repeated Metric metrics = 2; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
message Metrics { repeated ResourceMetrics resource_metrics = 1; }`;
const TYPES = protobuf.parse(PROTO).root;

type Texts = Readonly<Record<string, string>>;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 5 consumer. */
  readonly kind: number;
  /** Ns since the epoch. */
  readonly began: bigint;
  readonly ended: bigint;
  readonly attributes: Texts;
  readonly events: readonly { readonly name: string; readonly attributes: Texts }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** Undefined where it did not fail. */
  readonly failure: string | undefined;
  /** What is said of its process. */
  readonly resource: Texts;
}

export interface ReceivedPoint {
  readonly attributes: Texts;
  readonly value: number;
}

export interface ReceivedHistogram {
  readonly attributes: Texts;
  readonly count: number;
  readonly sum: number;
  readonly counts: readonly number[];
  readonly bounds: readonly number[];
}

export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly isMonotonic: boolean;
  readonly points: readonly ReceivedPoint[];
  readonly histograms: readonly ReceivedHistogram[];
  readonly resource: Texts;
}

interface ReceivedRequest {
  readonly path: string;
  readonly type: string;
  readonly headers: Texts;
  /** As bytes that are not compressed. */
  readonly body: Buffer;
}

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** The latest of each name. */
  readonly metrics: ReadonlyMap<string, ReceivedMetric>;
  readonly requests: readonly ReceivedRequest[];
  /** What it answers from now on; `nothing`: it keeps the connection and says no word. */
  answer: number | 'nothing';
}

/** What came, decoded. */
export class Received {
  readonly spans: ReceivedSpan[] = [];
  readonly metrics = new Map<string, ReceivedMetric>();

  take(signal: string, type: string, body: Buffer): void {
    if (signal === 'traces') this.spans.push(...spansIn(decoded('Traces', type, body)));
    else
      for (const metric of metricsIn(decoded('Metrics', type, body))) this.metrics.set(metric.name, metric);
  }
}

export interface OtlpReceiverOptions {
  /** Over TLS, with this certificate. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** What it says beside an answer that is no success. */
  readonly words?: string;
}

/** Closed with the test. */
export async function startOtlpReceiver({
  tls,
  words = '',
}: OtlpReceiverOptions = {}): Promise<OtlpReceiver> {
  const received = new Received();
  const { spans, metrics } = received;
  const requests: ReceivedRequest[] = [];
  const receiver = { url: '', spans, metrics, requests, answer: 200 as number | 'nothing' };
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const { url: path = '', headers } = request;
    const type = headers['content-type'] ?? '';
    const sent = await buffer(request);
    const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    requests.push({ path, type, headers: headers as Texts, body });
    if (receiver.answer === 'nothing') return;
    if (receiver.answer === 200) received.take(/traces|metrics/.exec(path)?.[0] ?? '', type, body);
    response
      .writeHead(receiver.answer, { 'content-type': type })
      .end(receiver.answer === 200 && type === 'application/json' ? '{}' : words);
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => void take(request, response);
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const scheme = tls === undefined ? 'http' : 'https';
  receiver.url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;
}

// biome-ignore lint/suspicious/noExplicitAny: a message of another program, whose members are looked at one by one
type Message = any;

/** Both forms as one: ids in hex, long numbers as text. */
function decoded(name: string, type: string, body: Buffer): Message {
  if (type === 'application/json') return JSON.parse(body.toString());
  const message = TYPES.lookupType(name);
  return message.toObject(message.decode(body), { longs: String, defaults: true, arrays: true });
}

function spansIn({ resourceSpans }: Message): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }: Message) =>
    scopeSpans.flatMap(({ spans }: Message) =>
      spans.map((span: Message) => ({
        ...placeOf(span),
        parentSpanId: hex(span.parentSpanId),
        name: span.name,
        kind: span.kind,
        began: BigInt(span.startTimeUnixNano),
        ended: BigInt(span.endTimeUnixNano),
        attributes: textsOf(span.attributes),
        events: (span.events ?? []).map((event: Message) => ({
          name: event.name,
          attributes: textsOf(event.attributes),
        })),
        links: (span.links ?? []).map(placeOf),
        failure: span.status?.code === 2 ? (span.status.message ?? '') : undefined,
        resource: textsOf(resource.attributes),
      })),
    ),
  );
}

function placeOf({ traceId, spanId }: Message) {
  return { traceId: hex(traceId), spanId: hex(spanId) };
}

function hex(id: string | Uint8Array | undefined): string {
  return typeof id === 'string' ? id : Buffer.from(id ?? []).toString('hex');
}

function metricsIn({ resourceMetrics }: Message): ReceivedMetric[] {
  return resourceMetrics.flatMap(({ resource, scopeMetrics }: Message) =>
    scopeMetrics.flatMap(({ metrics }: Message) =>
      metrics.map(({ name, unit, gauge, sum, histogram }: Message) => ({
        name,
        unit,
        isMonotonic: sum?.isMonotonic ?? false,
        points: (gauge ?? sum)?.dataPoints.map(pointOf) ?? [],
        histograms: histogram?.dataPoints.map(histogramOf) ?? [],
        resource: textsOf(resource.attributes),
      })),
    ),
  );
}

function pointOf({ attributes, asDouble, asInt }: Message): ReceivedPoint {
  return { attributes: textsOf(attributes), value: Number(asDouble ?? asInt) };
}

function histogramOf({ attributes, count, sum, bucketCounts, explicitBounds }: Message): ReceivedHistogram {
  const counts = bucketCounts.map(Number);
  return { attributes: textsOf(attributes), count: Number(count), sum, counts, bounds: explicitBounds };
}

function textsOf(attributes: Message): Texts {
  return Object.fromEntries(
    (attributes ?? []).map(({ key, value }: Message) => [key, String(scalarOf(value))]),
  );
}

function scalarOf({ stringValue, boolValue, intValue, doubleValue }: Message): unknown {
  return stringValue ?? boolValue ?? intValue ?? doubleValue;
}
