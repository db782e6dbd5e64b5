import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { OPERATIONS } from '../../src/api-client/generated/api.ts';
import { startApi } from '../support/api-server.ts';

const operation = z.object({
  operationId: z.string(),
  summary: z.string().min(1),
  tags: z.array(z.string()).length(1),
  description: z.string().optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(z.looseObject({ in: z.string(), name: z.string() })).default([]),
  requestBody: z.looseObject({}).optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
});
const shape = z.object({
  openapi: z.literal('3.1.0'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  components: z.object({
    schemas: z.record(z.string(), z.looseObject({})),
    securitySchemes: z.object({
      bearer: z.looseObject({ type: z.literal('http'), scheme: z.literal('bearer') }),
    }),
  }),
  paths: z.record(z.string(), z.record(z.string(), operation)),
});

async function read() {
  const document = shape.parse(await (await (await startApi()).call('/v1/openapi.json')).json());
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, found]) => ({ name: `${method} ${path}`, path, operation: found })),
  );
  return { document, operations };
}

describe('the OpenAPI document', () => {
  test('describes every operation, each under a name of its own', async () => {
    const { operations } = await read();
    const described = operations.map(({ name, operation: { operationId } }) => `${operationId}: ${name}`);
    // The table of the typed client is generated from it, so that two changes that add operations merge.
    const inClient = Object.entries(OPERATIONS).map(
      ([id, { method, path }]) => `${id}: ${method.toLowerCase()} ${path}`,
    );
    expect(described.toSorted()).toEqual(inClient.toSorted());
    expect(new Set(operations.map(({ operation: { operationId } }) => operationId)).size).toBe(
      operations.length,
    );
  });

  test('says which scope each needs, and leaves only health, reference and the end of a session open', async () => {
    const { operations } = await read();
    const open = operations
      .filter(({ operation: { security } }) => security.length === 0)
      .map(({ path }) => path);
    expect(open.sort()).toEqual([
      '/bull-board/session',
      '/healthz',
      '/livez',
      '/readyz',
      '/v1/errors',
      '/v1/errors/{code}',
      '/v1/openapi.json',
    ]);
    const scopes = new Set(
      operations.flatMap(({ operation: { security } }) => security.flatMap(({ bearer }) => bearer)),
    );
    expect([...scopes].sort()).toEqual(['admin', 'invalidate', 'read', 'warm']);
  });

  test('says of every operation what succeeds and how problems look', async () => {
    const { operations } = await read();
    for (const {
      name,
      operation: { responses },
    } of operations) {
      expect(
        Object.keys(responses).some((status) => status.startsWith('2')),
        name,
      ).toBe(true);
      for (const [status, { description }] of Object.entries(responses)) {
        expect(description, `${name} ${status}`).not.toBe('');
      }
      expect(Object.keys(responses), name).toEqual(expect.arrayContaining(['400', '500', '503']));
      expect(responses.default, name).toMatchObject({
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      });
    }
  });

  test('names every part of a path as a parameter, and every POST as idempotent', async () => {
    const { operations } = await read();
    for (const {
      name,
      path,
      operation: { parameters },
    } of operations) {
      const inPath = parameters
        .filter((parameter) => parameter.in === 'path')
        .map((parameter) => parameter.name);
      expect(
        [...path.matchAll(/\{(\w+)\}/g)].map(([, part]) => part),
        name,
      ).toEqual(inPath);
      const headers = parameters
        .filter((parameter) => parameter.in === 'header')
        .map((parameter) => parameter.name);
      expect(headers.includes('idempotency-key'), name).toBe(name.startsWith('post '));
    }
  });

  test('asks for a body exactly where one is taken', async () => {
    const { operations } = await read();
    const withBody = operations.filter(({ operation: { requestBody } }) => requestBody !== undefined);
    expect(withBody.map(({ name }) => name).sort()).toEqual([
      'post /v1/clear',
      'post /v1/dead-letters/redrive',
      'post /v1/gc',
      'post /v1/import',
      'post /v1/invalidations',
      'post /v1/plans',
      'post /v1/purges',
      'post /v1/quarantine/release',
      'post /v1/reads',
      'post /v1/runs',
      'post /v1/runs/{id}/stop',
      'post /v1/schedules/pause',
      'post /v1/schedules/resume',
      'post /v1/schedules/{name}/backfill',
      'post /v1/schedules/{name}/pause',
      'post /v1/schedules/{name}/resume',
      'post /v1/schedules/{name}/skip',
      'post /v1/schedules/{name}/trigger',
      'post /v1/validations',
      'put /v1/log-level',
    ]);
  });

  test('bounds every number that a request may hold, but for counts', async () => {
    const { document, operations } = await read();
    const endless = operations.flatMap(({ name, operation: { parameters, requestBody } }) => {
      const named = Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter]));
      return endlessIn({ named, requestBody }, document.components.schemas).map(
        (field) => `${name} ${field}`,
      );
    });
    // As many as there are at most; a place among events.
    expect(new Set(endless)).toEqual(
      new Set(['post /v1/plans limit', 'post /v1/runs limit', 'get /v1/runs/{id}/events last-event-id']),
    );
  });

  test('resolves every reference, and holds no schema that nothing refers to', async () => {
    const { document } = await read();
    const used = referencesIn(document);
    const schemas = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...used].sort()).toEqual(schemas.sort());
  });

  test('carries the descriptions of the schemas, not their accidents', async () => {
    const { document } = await read();
    expect(document.components.schemas.Run).toMatchObject({
      properties: { revision: { type: 'integer', description: 'Grows with every change.' } },
    });
    expect(JSON.stringify(document)).not.toContain(String(Number.MAX_SAFE_INTEGER));
  });

  test('a dangling reference would be found', async () => {
    const { document } = await read();
    const dangling = { ...document, extra: { $ref: '#/components/schemas/Nowhere' } };
    expect(referencesIn(dangling)).toContain('#/components/schemas/Nowhere');
  });
});

/** The names of the fields whose numbers have no end. */
function endlessIn(part: unknown, schemas: Readonly<Record<string, unknown>>): string[] {
  const found: string[] = [];
  const visit = (at: unknown, field: string): void => {
    if (typeof at !== 'object' || at === null) return;
    const { type, maximum, $ref } = at as { type?: unknown; maximum?: unknown; $ref?: unknown };
    const isNumber = [type].flat().some((one) => one === 'number' || one === 'integer');
    if (isNumber && maximum === undefined) found.push(field);
    if (typeof $ref === 'string') visit(schemas[$ref.split('/').at(-1) ?? ''], field);
    for (const [name, inner] of Object.entries(at)) visit(inner, BY_SCHEMA.has(name) ? field : name);
  };
  visit(part, '');
  return found;
}

/** Members that JSON Schema and OpenAPI name, not the document. */
const BY_SCHEMA = new Set(['schema', 'items', 'anyOf', 'oneOf', 'allOf', '0', '1', '2', '3']);

function referencesIn(part: unknown): Set<string> {
  return new Set([...JSON.stringify(part).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref));
}
