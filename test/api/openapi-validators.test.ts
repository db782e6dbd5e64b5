/** Two validators that know nothing of each other read the document. */
import { validate } from '@readme/openapi-parser';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { startApi } from '../support/api-server.ts';

async function read(): Promise<Record<string, unknown>> {
  return Object(await (await (await startApi()).call('/v1/openapi.json')).json());
}

async function problemsOf(document: Record<string, unknown>): Promise<unknown[]> {
  const bySchema = await new Validator().validate(structuredClone(document));
  // The types ask for a document of a known shape, which is what is to be found out.
  const byParser = await validate(structuredClone(document) as never);
  return [
    ...(bySchema.valid ? [] : [bySchema.errors]),
    ...(byParser.valid ? byParser.warnings : [byParser.errors]),
  ];
}

test('the OpenAPI document has no error in the eyes of two validators', async () => {
  expect(await problemsOf(await read())).toEqual([]);
});

test('both would see what is wrong', async () => {
  const document = await read();
  expect(await problemsOf({ ...document, info: { title: 'x' } })).toHaveLength(2);
});
