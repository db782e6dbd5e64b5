/** The OpenAPI 3.1 document, made from the schemas with which routes check requests and responses. */
import swagger from '@fastify/swagger';
import type { FastifyContextConfig } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { verbShapes } from '../verbs/verbs.ts';
import { NDJSON, noBody } from './conventions.ts';
import { problemView } from './problem.ts';
import type { Server } from './server.ts';

/** The schemas with a name of their own in the document. */
const NAMED = { ...verbShapes, Problem: problemView };

const DESCRIPTION =
  'Steers a running Forewarm: warm what a selector selects, invalidate, read values, look after it. Every answer that ' +
  'is not what was asked for is a problem (RFC 9457) with a stable code. A POST takes an `Idempotency-Key`.';

const keyParams = z.object({ key: z.string().describe('A key, percent-encoded.') });

type JsonSchema = z.core.JSONSchema.BaseSchema;
type Transform = ReturnType<typeof createJsonSchemaTransform>;
type TransformObject = ReturnType<typeof createJsonSchemaTransformObject>;

/** Must be called before routes are added; then `app.swagger()` returns the document. */
export async function describeApi(app: Server): Promise<void> {
  const schemaRegistry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) schemaRegistry.add(schema, { id });
  const options = { schemaRegistry, zodToJsonConfig: { override: addMetadata } };
  const transformObject = createJsonSchemaTransformObject(options);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Forewarm control API',
        version: '1',
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'The process that sent this document.' }],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description:
              'A token of `api.tokens`. Without any configured, only loopback may call, without one.',
          },
        },
      },
    },
    transform: describeRoute(createJsonSchemaTransform(options)),
    transformObject: (document) => withoutUnused(linesAsText(transformObject(document))),
  });
}

function describeRoute(transform: Transform): Transform {
  return (input) => {
    const { route, schema, url } = input;
    const { scope, lines = false } = route.config ?? {};
    const { body, ...rest } = schema ?? {};
    const shown = {
      ...rest,
      ...(body === noBody || body === undefined ? {} : { body }),
      ...(lines ? { consumes: schema?.consumes ?? ['application/json', NDJSON] } : {}),
      ...(url.endsWith('/*') ? { params: keyParams } : {}),
      security: securityOf(scope),
    };
    return transform({ ...input, schema: shown, url: url.replace(/\*$/, ':key') });
  };
}

/** Which scopes a token must have, of those that OpenAPI lists beside a scheme. */
function securityOf(scope: FastifyContextConfig['scope']): Record<string, string[]>[] {
  if (scope === undefined || scope === 'open') return [];
  return [{ bearer: scope === 'any' ? [] : [scope] }];
}

/** Descriptions live in zod's own registry; the names in ours. Bounds that only say "exactly representable" are noise. */
function addMetadata({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: JsonSchema;
}): void {
  Object.assign(jsonSchema, z.globalRegistry.get(zodSchema));
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

/** A body of lines has no schema of its own: the library shows that of the JSON which is taken in its place. */
function linesAsText(document: ReturnType<TransformObject>): ReturnType<TransformObject> {
  const operations = Object.values(document.paths ?? {}).flatMap((methods) => Object.values(methods ?? {}));
  for (const operation of operations) {
    const { requestBody } = operation as { requestBody?: { content?: Record<string, unknown> } };
    // The two share one object.
    if (requestBody?.content?.[NDJSON] !== undefined) {
      requestBody.content = { ...requestBody.content, [NDJSON]: { schema: { type: 'string' } } };
    }
  }
  return document;
}

/** Removes schemas that nothing refers to: the library makes each one for requests and for responses. */
function withoutUnused(document: ReturnType<TransformObject>): ReturnType<TransformObject> {
  if (!('components' in document)) return document;
  const schemas: Readonly<Record<string, unknown>> = document.components?.schemas ?? {};
  const used = new Set<string>();
  const visit = (part: unknown) => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name] ?? {});
    }
  };
  visit(document.paths ?? {});
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
  return Object.assign({}, document, { components: { ...document.components, schemas: kept } });
}
