/**
 * What is registered with the API of OpenTelemetry, which keeps it in a global of the process, under a symbol of its major version, so
 * that every copy of the package finds it. Nothing is loaded to look there.
 */

const KEY = Symbol.for('opentelemetry.js.api.1');

/** Its parts, by their names: `trace`, `metrics`, `logs`, `context`, `propagation`, `diag`; and `version`. */
export type RegisteredApi = Readonly<Record<string, unknown>>;

/** `globals`: where packages of this process register themselves. Empty where nothing is. */
export function registeredIn(globals: object): RegisteredApi {
  return (globals as Readonly<Record<symbol, RegisteredApi | undefined>>)[KEY] ?? {};
}
