/**
 * What the standard variables say that cannot be meant. Packages pass over such values without a word, or send nothing; a process that
 * warms caches should run all the same, so each is told once. By the specification:
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */

import { accessSync, constants } from 'node:fs';
import { LONGEST_TIMER_MS } from '../core/clock.ts';
import { showValue } from '../core/secrets.ts';

type Variables = Readonly<Record<string, string | undefined>>;

interface Rule {
  readonly names: readonly string[];
  readonly isRight: (text: string, env: Variables, name: string) => boolean;
  readonly must: string;
  /** Its value may hold a secret. */
  readonly isSecret?: boolean;
}

/** Of a value, in characters. */
const MOST_SHOWN = 80;

const RULES: readonly Rule[] = [
  {
    names: otlp('ENDPOINT'),
    isRight: isAddress,
    must: 'be an address with http:// or https://, such as http://127.0.0.1:4318',
  },
  { names: otlp('PROTOCOL'), ...oneOf('http/protobuf', 'http/json', 'grpc') },
  { names: otlp('COMPRESSION'), ...oneOf('gzip', 'none') },
  {
    names: otlp('HEADERS'),
    isRight: areHeaders,
    must: 'be a list such as name=value,name=value, with names of letters, digits, "-", "_" and "."',
    isSecret: true,
  },
  { names: otlp('INSECURE'), isRight: isBoolean, must: 'be true or false' },
  { names: ['OTEL_RESOURCE_ATTRIBUTES'], isRight: arePairs, must: 'be a list such as name=value,name=value' },
  {
    names: ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].flatMap(otlp),
    isRight: isReadable,
    must: 'be a file that can be read',
  },
  {
    names: [
      ...otlp('TIMEOUT'),
      ...['OTEL_METRIC_EXPORT_INTERVAL', 'OTEL_METRIC_EXPORT_TIMEOUT', 'OTEL_BSP_EXPORT_TIMEOUT'],
    ],
    ...wholeFrom(1, 'a whole number of ms'),
  },
  { names: ['OTEL_BSP_SCHEDULE_DELAY'], ...wholeFrom(0, 'a whole number of ms') },
  {
    names: ['OTEL_BSP_MAX_QUEUE_SIZE', 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE'],
    ...wholeFrom(1, 'a whole number'),
  },
  {
    names: [
      ...['OTEL_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_SPAN_EVENT_COUNT_LIMIT'],
      ...['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
      ...[
        'OTEL_SPAN_LINK_COUNT_LIMIT',
        'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
        'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
      ],
    ],
    ...wholeFrom(0, 'a whole number'),
  },
  {
    names: ['OTEL_TRACES_SAMPLER'],
    ...oneOf(
      ...['always_on', 'always_off', 'traceidratio'],
      ...['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'],
    ),
  },
  { names: ['OTEL_TRACES_SAMPLER_ARG'], isRight: isShare, must: 'be a number from 0 to 1' },
  { names: ['OTEL_TRACES_EXPORTER', 'OTEL_METRICS_EXPORTER'], ...listOf('otlp', 'none') },
  { names: ['OTEL_PROPAGATORS'], ...listOf('tracecontext', 'baggage', 'none') },
];

/**
 * A sentence for each variable that is wrong. Nothing where OpenTelemetry is switched off. `protocol`: what the configuration says,
 * whatever variables do.
 */
export function wrongVariables(variables: Variables, protocol?: string): string[] {
  const disabled = (variables.OTEL_SDK_DISABLED ?? '').trim().toLowerCase();
  if (disabled === 'true') return [];
  const said = protocol === undefined ? [] : otlp('PROTOCOL').map((name) => [name, protocol]);
  const env: Variables = { ...variables, ...Object.fromEntries(said) };
  const rules = [{ names: ['OTEL_SDK_DISABLED'], isRight: isBoolean, must: 'be true or false' }, ...RULES];
  return rules.flatMap((rule) => rule.names.flatMap((name) => wrong(rule, name, env)));
}

function wrong({ isRight, must, isSecret = false }: Rule, name: string, env: Variables): string[] {
  const text = (env[name] ?? '').trim();
  if (text === '' || isRight(text, env, name)) return [];
  const shown = isSecret ? '' : `, not ${JSON.stringify(showValue(text).slice(0, MOST_SHOWN))}`;
  return [`${name} must ${must}${shown}`];
}

/** For everything, and for one signal. */
function otlp(what: string): string[] {
  return ['', 'TRACES_', 'METRICS_'].map((signal) => `OTEL_EXPORTER_OTLP_${signal}${what}`);
}

function isBoolean(text: string): boolean {
  return /^(true|false)$/i.test(text);
}

/** A gRPC address may lack its scheme. */
function isAddress(text: string, env: Variables, name: string): boolean {
  const signal = /_(TRACES|METRICS)_/.exec(name)?.[0] ?? '_';
  const protocol = env[`OTEL_EXPORTER_OTLP${signal}PROTOCOL`] || env.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (protocol?.trim() === 'grpc' && /^[\w.-]+:\d{1,5}$/.test(text)) return true;
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function arePairs(text: string): boolean {
  return text.split(',').every((part) => part.trim() === '' || part.trim().indexOf('=') > 0);
}

/** What cannot be decoded is taken as it is written. */
function areHeaders(text: string): boolean {
  return text.split(',').every((part) => part.trim() === '' || /^\s*[\w.-]+\s*=/.test(part));
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Other samplers take none. */
function isShare(text: string, { OTEL_TRACES_SAMPLER: sampler = '' }: Variables): boolean {
  return !sampler.trim().endsWith('traceidratio') || (Number(text) >= 0 && Number(text) <= 1);
}

function oneOf(...values: readonly string[]): Pick<Rule, 'isRight' | 'must'> {
  return { isRight: (text) => values.includes(text), must: `be one of ${values.join(', ')}` };
}

function listOf(...values: readonly string[]): Pick<Rule, 'isRight' | 'must'> {
  const isKnown = (part: string) => part.trim() === '' || values.includes(part.trim());
  return { isRight: (text) => text.split(',').every(isKnown), must: `be of ${values.join(', ')} here` };
}

function wholeFrom(least: number, what: string): Pick<Rule, 'isRight' | 'must'> {
  const isRight = (text: string) =>
    /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= LONGEST_TIMER_MS;
  return { isRight, must: `be ${what} from ${least} to ${LONGEST_TIMER_MS}` };
}
