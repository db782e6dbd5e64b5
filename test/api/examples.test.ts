/** The examples of the OpenAPI document: each body of JSON that a request may have shows one, which the API takes. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { startApi } from '../support/api-server.ts';

const schema = z.looseObject({ $ref: z.string().optional(), examples: z.array(z.unknown()).optional() });
const shape = z.object({
  components: z.object({ schemas: z.record(z.string(), schema) }),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        requestBody: z
          .object({
            content: z.record(
              z.string(),
              z.object({
                example: z.unknown().optional(),
                examples: z.record(z.string(), z.object({ value: z.unknown() })).optional(),
                schema: schema.extend({ anyOf: z.array(schema).optional() }),
              }),
            ),
          })
          .optional(),
      }),
    ),
  ),
});

/** Operations with a body of JSON, and its first example. */
async function bodies() {
  const api = await startApi();
  const { paths, components } = shape.parse(await (await api.call('/v1/openapi.json')).json());
  const exampleOf = (one: z.infer<typeof schema> | undefined): unknown =>
    one?.examples?.[0] ??
    (one?.$ref === undefined ? undefined : exampleOf(components.schemas[one.$ref.split('/').pop() ?? '']));
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { requestBody }]) => {
      const content = requestBody?.content['application/json'];
      if (content === undefined) return [];
      const { schema: body, examples } = content;
      const beside = content.example ?? Object.values(examples ?? {})[0]?.value;
      const example =
        beside ?? exampleOf(body) ?? body.anyOf?.map(exampleOf).find((found) => found !== undefined);
      return [
        {
          method: method.toUpperCase(),
          path: path.replace('{name}', 'nightly').replace('{id}', 'run-1'),
          example,
        },
      ];
    }),
  );
  return { api, all };
}

test('every body of JSON has an example, and the API takes it', async () => {
  const { api, all } = await bodies();
  expect(all.length).toBeGreaterThan(12);
  await api.verbs.warm({ id: 'run-1' });
  for (const { method, path, example } of all) {
    expect(example, `${method} ${path}`).toBeDefined();
    const answer = await api.call(path, { method, json: example });
    expect(answer.ok, `${method} ${path}: ${await answer.text()}`).toBe(true);
  }
});
