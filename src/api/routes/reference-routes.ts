import { z } from 'zod';
import { ERRORS, type ErrorCode, ForewarmError } from '../../core/errors.ts';
import type { Server } from '../server.ts';

const tags = ['reference'];
const errorView = z.object({
  code: z.string(),
  status: z.int(),
  meaning: z.string(),
  remedy: z.string().describe('What the reader can do.'),
});

/** What the API says about itself. It holds no secret, so it is open. */
export function referenceRoutes(app: Server): void {
  describeApi(app);
  explainErrors(app);
}

function describeApi(app: Server): void {
  app.route({
    method: 'GET',
    url: '/v1/openapi.json',
    config: { scope: 'open' },
    schema: {
      operationId: 'describeApi',
      summary: 'This description (OpenAPI 3.1)',
      tags,
      response: { 200: z.looseObject({ openapi: z.string() }) },
    },
    handler: async () => ({ ...app.swagger(), openapi: '3.1.0' }),
  });
}

function explainErrors(app: Server): void {
  app.route({
    method: 'GET',
    url: '/v1/errors',
    config: { scope: 'open' },
    schema: {
      operationId: 'listErrors',
      summary: 'Every code that a problem may have',
      tags,
      response: { 200: z.object({ errors: z.array(errorView) }) },
    },
    handler: async () => ({ errors: Object.keys(ERRORS).flatMap(errorsNamed) }),
  });
  app.route({
    method: 'GET',
    url: '/v1/errors/:code',
    config: { scope: 'open' },
    schema: {
      operationId: 'readError',
      summary: 'What a code means, and what to do',
      tags,
      params: z.object({ code: z.string() }),
      response: { 200: errorView },
    },
    handler: async ({ params }) => {
      const [found] = errorsNamed(params.code);
      if (found === undefined) throw new ForewarmError('E_NOT_FOUND', `there is no code "${params.code}"`);
      return found;
    },
  });
}

function errorsNamed(code: string): z.infer<typeof errorView>[] {
  return isCode(code) ? [{ code, ...ERRORS[code] }] : [];
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}
