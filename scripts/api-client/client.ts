/** Writes the types and the table of the typed client of the control API, from the OpenAPI document that the API sends. */

import { consoleOptions } from '../../src/api/console-options.ts';
import { ControlApi } from '../../src/api/control-api.ts';
import { apiOptions } from '../../src/api/options.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { type ApiDocument, methodOf, rowOf } from './operations.ts';
import { docOf, typeOf } from './types.ts';

const HEAD = `/**
 * The control API as types, and the table by which the client sends requests. Made by \`npm run docs\` from the OpenAPI document.
 * Do not edit.
 */
import type { ApiEvent, CallOptions, Lines, NoRequest, OperationRow } from '../call-shapes.ts';

`;

export async function renderApiClient(): Promise<string> {
  return renderFrom(await apiDocument());
}

/** The text of the module. Throws at whatever of the document the client could not keep to. */
export function renderFrom(document: ApiDocument): string {
  const types = Object.entries(document.components.schemas).map(
    ([name, schema]) => `${docOf(schema)}export type ${name} = ${typeOf(schema)};\n\n`,
  );
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const methods = operations.map(({ path, method, operation }) => methodOf(path, method, operation));
  const rows = operations.map(({ path, method, operation }) => rowOf(path, method, operation));
  return [
    HEAD,
    ...types,
    `/** One method for each operation of the document, under its \`operationId\`. */\n`,
    `export interface ApiOperations {\n${methods.join('')}}\n\n`,
    `export const OPERATIONS: Readonly<Record<keyof ApiOperations, OperationRow>> = {\n${rows.join('')}};\n`,
  ].join('');
}

/** The document of a control API that listens on this machine for a moment, and of which nothing else is asked. */
export async function apiDocument(): Promise<ApiDocument> {
  const unused = <T extends object>(what: string) =>
    new Proxy({} as T, {
      get: (_, name) => {
        throw new Error(`the document needs no ${what}, but ${String(name)} was asked for`);
      },
    });
  const api = new ControlApi({
    verbs: unused('verbs'),
    idempotency: unused('idempotency'),
    health: unused('health'),
    metrics: unused('metrics'),
    options: { ...apiOptions.parse({ port: 0 }), tokens: [], maxAge: undefined },
    console: consoleOptions.parse({}),
    clock: systemClock,
    events: new Events(),
    board: undefined,
  });
  await api.start();
  try {
    const answer = await fetch(`${api.url}/v1/openapi.json`);
    return (await answer.json()) as ApiDocument;
  } finally {
    await api.stop(systemClock.now());
  }
}
