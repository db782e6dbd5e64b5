import { isIP } from 'node:net';
import { z } from 'zod';
import { duration, secret, size } from '../core/options.ts';
import { SCOPES } from './access.ts';
import { CACHE_SCOPES } from './caching.ts';

const HOST_MEANING =
  'is no address to listen at; write an IP address (without brackets and port) or a name, such as 127.0.0.1, :: or localhost';

/** An IP address, or the name of a host (RFC 1123); what is all digits and dots can only be meant as the former. */
function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const isName = text
    .split('.')
    .every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label));
  return isName && text.length <= 253 && !/^[\d.]+$/.test(text);
}

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
  host: z
    .string()
    .min(1, { abort: true })
    .refine(isHost, { message: HOST_MEANING })
    .default('127.0.0.1')
    .describe('The address to listen at; `0.0.0.0` is every one.'),
  port: z.int().min(0).max(65_535).default(7077).describe('The port to listen at; 0 is any free one.'),
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
