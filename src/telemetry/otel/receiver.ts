/** Where a signal is sent, and how: what the options leave out, the standard variables say. */
import { ForewarmError } from '../../core/errors.ts';
import type { TelemetrySignal } from '../../core/events.ts';
import { hideKnown } from '../../core/known-secrets.ts';
import { pathSecretsIn } from '../../core/path-secrets.ts';
import { showUrl, showValue } from '../../core/secrets.ts';
import type { TelemetryOptions } from '../otel-options.ts';

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
export type OtlpVariables = Readonly<Record<string, string | undefined>>;

export type Protocol = NonNullable<TelemetryOptions['otlp']['protocol']>;

export interface Receiver {
  readonly protocol: Protocol;
  /** Undefined: the packages' own, on this host. */
  readonly url: string | undefined;
  /** The same for people, without credentials. */
  readonly shown: string;
}

const PROTOCOLS: readonly string[] = ['http/protobuf', 'http/json', 'grpc'] satisfies Protocol[];
const SIGNALS = ['traces', 'metrics'] as const;
const USUAL: Protocol = 'http/protobuf';

/** Throws where a variable names a protocol that there is none of: its receiver would not understand a word. */
export function receiverOf(
  signal: TelemetrySignal,
  otlp: TelemetryOptions['otlp'],
  env: OtlpVariables,
): Receiver {
  const protocol = otlp.protocol ?? protocolIn(signal, env);
  const url = urlOf(protocol, signal, otlp.endpoint, env);
  const usual = protocol === 'grpc' ? 'http://localhost:4317' : `http://localhost:4318/v1/${signal}`;
  return { protocol, url, shown: shownAddress(url ?? usual) };
}

/** Of a variable and its value, the one of the signal before that of all. */
export function variableOf(
  signal: TelemetrySignal,
  what: string,
  env: OtlpVariables,
): { readonly name: string; readonly text: string } | undefined {
  return [`${signal.toUpperCase()}_`, '']
    .map((part) => `OTEL_EXPORTER_OTLP_${part}${what}`)
    .map((name) => ({ name, text: (env[name] ?? '').trim() }))
    .find(({ text }) => text !== '');
}

function protocolIn(signal: TelemetrySignal, env: OtlpVariables): Protocol {
  const { name, text } = variableOf(signal, 'PROTOCOL', env) ?? { name: '', text: USUAL };
  if (PROTOCOLS.includes(text)) return text as Protocol;
  const shown = JSON.stringify(showValue(text).slice(0, 80));
  throw new ForewarmError(
    'E_CONFIG_INVALID',
    `${name} is ${shown}, which is no protocol of OTLP; write one of ${PROTOCOLS.join(', ')}, or leave it out`,
  );
}

/** An address of one signal is taken as it is. What is no address is left to the packages, which say so. */
function urlOf(
  protocol: Protocol,
  signal: TelemetrySignal,
  endpoint: string | undefined,
  env: OtlpVariables,
): string | undefined {
  const variable = variableOf(signal, 'ENDPOINT', env);
  const text = endpoint ?? variable?.text;
  if (text === undefined || protocol === 'grpc') return text;
  if (!URL.canParse(text)) return undefined;
  const isOfAll = endpoint !== undefined || variable?.name === 'OTEL_EXPORTER_OTLP_ENDPOINT';
  return isOfAll ? withPath(text, signal) : text;
}

/** As the standard has it for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
function withPath(endpoint: string, signal: TelemetrySignal): string {
  const url = new URL(endpoint);
  url.pathname += `${url.pathname.endsWith('/') ? '' : '/'}v1/${signal}`;
  return url.href;
}

/** Of gRPC it may lack a scheme. */
function shownAddress(text: string): string {
  const shown = text.includes('://') ? showUrl(text) : showUrl(`grpc://${text}`).slice('grpc://'.length);
  return hideKnown(shown, pathSecretsIn(text));
}

/** What receivers are sent beside the data, and may repeat. */
export function secretsSent(otlp: TelemetryOptions['otlp'], env: OtlpVariables): string[] {
  const pairs = SIGNALS.flatMap((signal) => variableOf(signal, 'HEADERS', env)?.text.split(',') ?? []);
  const texts = pairs.map((pair) => pair.slice(pair.indexOf('=') + 1).trim());
  return [...Object.values(otlp.headers), ...texts].flatMap((text) => [
    text,
    text.replace(/^\w+(?: |%20)+/, ''),
  ]);
}
