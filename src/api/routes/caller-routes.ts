/** Who calls, and what this installation is: what a page asks first. */
import { z } from 'zod';
import { VERSION } from '../../core/version.ts';
import { type Caller, SCOPES, type Scope } from '../access.ts';
import { consoleOptions } from '../console-options.ts';
import type { RouteContext, Server } from '../server.ts';

const callerView = z.object({
  name: z.string().describe('Of its token; `loopback` where none is configured.'),
  scopes: z.array(z.enum(SCOPES)).describe('All that it may do: with `admin`, every scope.'),
  tokens: z.boolean().describe('Whether a token is needed, since some are configured.'),
  version: z.string().describe('Of the program that answers.'),
  label: z.string().nullable().describe('What this installation is called; null: nothing.'),
  bullBoard: z.boolean().describe('Whether bull-board is served at `/bull-board/`.'),
  values: consoleOptions.shape.values.unwrap().describe('Whether the console shows values of keys.'),
});

export function callerRoutes(app: Server, { needsTokens, console }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/caller',
    config: { scope: 'any' },
    schema: {
      operationId: 'readCaller',
      summary: 'Who calls, and what the caller may do',
      description: 'Any token will do, whatever its scopes.',
      tags: ['reference'],
      response: { 200: callerView },
    },
    handler: async ({ caller }) => ({
      name: caller?.name ?? '',
      scopes: scopesOf(caller),
      tokens: needsTokens,
      version: VERSION,
      label: console.label ?? null,
      bullBoard: console.bullBoard,
      values: console.values,
    }),
  });
}

function scopesOf(caller: Caller | undefined): Scope[] {
  const own = caller?.scopes ?? [];
  return own.includes('admin') ? [...SCOPES] : [...own];
}
