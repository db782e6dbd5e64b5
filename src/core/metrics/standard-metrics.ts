/**
 * What OpenTelemetry's stable conventions declare of HTTP and of databases, under the names, the unit and the attributes that they have
 * there, so that dashboards for any service show ours. What Forewarm calls a call of an origin is in `metrics.ts`, by origin and source.
 * https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
 * https://opentelemetry.io/docs/specs/semconv/db/database-metrics/
 */
import { histogram } from './metric.ts';

export const STANDARD_METRICS = [
  histogram(
    'http_server_request_duration_seconds',
    'How long requests to the API took, from their head to the end of the answer.',
    {
      ...({ on: 'http:served', group: 'httpServer' } as const),
      by: ['http_request_method', 'url_scheme', 'http_route', 'http_response_status_code', 'error_type'],
      value: ({ ms }) => ms,
    },
  ),
  histogram(
    'http_client_request_duration_seconds',
    'How long HTTP requests to origins took, to the last byte; each redirect is one.',
    {
      ...({ on: 'http:called', group: 'httpClient' } as const),
      by: ['http_request_method', 'server_address', 'server_port', 'http_response_status_code', 'error_type'],
      value: ({ ms }) => ms,
    },
  ),
  histogram(
    'db_client_operation_duration_seconds',
    'How long statements of databases that are origins took; a connection that failed is one.',
    {
      ...({ on: 'db:called', group: 'dbClient' } as const),
      by: [
        ...(['db_system_name', 'db_namespace', 'db_operation_name'] as const),
        ...(['server_address', 'server_port', 'error_type'] as const),
      ],
      value: ({ ms }) => ms,
    },
  ),
] as const;
