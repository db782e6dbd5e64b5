import { z } from 'zod';
import { duration, secret, size } from '../core/options.ts';
import { hostOption, portOption } from '../http/listening.ts';
import { SCOPES } from './access.ts';
import { CACHE_SCOPES } from './caching.ts';

const tokenOptions = z.strictObject({
  name: z.string().min(1).describe('Names the caller, in logs and run records.'),
  token: secret()
    .min(1)
    .regex(/^[\x21-\x7e]*$/, {
      message: 'has a space, a line break or a character beyond ASCII, which no `Authorization` carries',
    })
    .describe('What the caller sends as `Authorization: Bearer TOKEN`.'),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .default(['read'])
    .describe('What the caller may do; `admin` stands for all.'),
});

export const apiOptions = z.strictObject({
  host: hostOption().describe('The address to listen at; `0.0.0.0` is every one.'),
  port: portOption().default(7077).describe('The port to listen at; 0 is any free one.'),
  tokens: z
    .array(tokenOptions)
    .default([])
    .superRefine((tokens, context) => {
      for (const [i, { name, token }] of tokens.entries()) {
        const earlier = tokens.slice(0, i);
        if (earlier.some((other) => other.name === name)) {
          context.addIssue({ code: 'custom', path: [i, 'name'], message: `"${name}" stands twice` });
        }
        if (earlier.some((other) => other.token === token)) {
          context.addIssue({
            code: 'custom',
            path: [i, 'token'],
            message: 'is the token of an earlier name',
          });
        }
      }
    })
    .describe('Who may call. Empty: only callers on this machine, and they may do everything.'),
  maxAge: duration()
    .optional()
    .describe(
      'A client that keeps answers (`Cache-Control`) asks again after this time at the latest. Not set: when the value ' +
        'is stale. Such a client hears of no invalidation, so this is what one may cost.',
    ),
  cache: z
    .enum(CACHE_SCOPES)
    .default('private')
    .describe(
      'Who may keep values that were read. `private`: each client for itself. `public`: a proxy that many clients share, ' +
        'and that shows them to whoever reaches it.',
    ),
  bodyLimit: size().prefault('1MB').describe('A longer request body is refused.'),
  answerLimit: size().prefault('32MB').describe('A longer answer to `POST /v1/reads` is refused.'),
  streams: z
    .int()
    .min(1)
    .default(1_000)
    .describe('Event streams at a time, in this process; more are refused with 503 until others end.'),
});
export type ApiOptions = z.infer<typeof apiOptions>;
