/**
 * How OpenTelemetry calls what Prometheus shows. A metric is declared by its Prometheus name; its name over OTLP follows from it by one
 * rule, which is OpenTelemetry's own rule for Prometheus, backwards: no `_total`, no unit, dots in place of underscores.
 * https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
import { type Metric, UNITS } from './metric.ts';

/** What OpenTelemetry's rule appends for a unit, and so what is cut off here. */
const SUFFIXES: Readonly<Record<string, string>> = {
  ...{ s: '_seconds', By: '_bytes', '1': '_ratio' },
  '{call}/s': '_per_second',
};

/** Attributes of OpenTelemetry's conventions. Other labels are called the same in both. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  db_namespace: 'db.namespace',
  db_operation_name: 'db.operation.name',
  db_system_name: 'db.system.name',
  error_type: 'error.type',
  http_request_method: 'http.request.method',
  http_response_status_code: 'http.response.status_code',
  http_route: 'http.route',
  server_address: 'server.address',
  server_port: 'server.port',
  url_scheme: 'url.scheme',
};

/** Such as `forewarm.tier.call.duration` for `forewarm_tier_call_duration_seconds`. */
export function otelName({ name, kind, unit }: Pick<Metric, 'name' | 'kind' | 'unit'>): string {
  const counted = kind === 'counter' ? withoutEnd(name, '_total') : name;
  return withoutEnd(counted, SUFFIXES[UNITS[unit].ucum] ?? '').replaceAll('_', '.');
}

/** Such as `http.route` for `http_route`. */
export function otelAttribute(label: string): string {
  return ATTRIBUTES[label] ?? label;
}

function withoutEnd(name: string, end: string): string {
  return end !== '' && name.endsWith(end) ? name.slice(0, -end.length) : name;
}
