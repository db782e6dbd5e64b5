import { z } from 'zod';
import { path, secret } from '../core/options.ts';
import { EMBEDDED, parseRedisUrl, type RedisAddress, redisUrlFault } from './url.ts';

type Kind = RedisAddress['kind'];

const FORMS: Readonly<Record<Kind, string>> = {
  server: 'redis://, rediss://',
  sentinel: 'redis+sentinel://',
  cluster: 'redis+cluster://',
  socket: 'unix:///',
};

function address(word: string, meaning: string, kinds: readonly Kind[]) {
  const forms = kinds.map((kind) => FORMS[kind]).join(', ');
  return z
    .string()
    .trim()
    .meta({ format: 'redis-url' })
    .superRefine((text, context) => {
      if (text === word || kinds.some((kind) => parseRedisUrl(text)?.kind === kind)) return;
      const fault = redisUrlFault(text);
      const message = `must be ${meaning}, or a URL of one of these forms: ${forms}`;
      context.addIssue({
        code: 'custom',
        message: fault === undefined ? message : `${message}; ${fault}`,
      });
    });
}

const tlsOptions = z.strictObject({
  ca: path()
    .optional()
    .describe('A file with the certificates that servers are checked against. Absent: those of Node.'),
  cert: path().optional().describe('A file with the certificate of this client, if servers ask for one.'),
  key: path().optional().describe('A file with the key of `cert`.'),
  serverName: z
    .string()
    .min(1)
    .optional()
    .describe("The name that servers' certificates are checked for. Absent: the host's."),
});

const sentinelOptions = z.strictObject({
  username: z.string().default('').describe('Who the sentinels let in; empty: no name.'),
  password: secret().default('').describe("The sentinels' own password; empty: none."),
});

export const redisOptions = z.strictObject({
  jobs: address(EMBEDDED, `"${EMBEDDED}"`, ['server', 'sentinel', 'socket'])
    .default(EMBEDDED)
    .describe(
      'The server for jobs, catalog and budgets: durable, and it never evicts. `embedded` is a private redis-server that Forewarm starts and stops. When the configuration does not name one, REDIS_URL does.',
    ),
  cache: address('', 'empty', ['server', 'sentinel', 'cluster', 'socket'])
    .default('')
    .describe('The server of the redis tier, which may evict. Empty: the same as for jobs.'),
  prefix: z
    .string()
    .regex(/^[^\s{}]+$/, 'must not be empty, and has no braces and no spaces')
    .default('forewarm')
    .describe('What the name of everything but entries starts with, on the server for jobs.'),
  tls: tlsOptions.prefault({}).describe('How `rediss://` and its relatives are checked.'),
  sentinel: sentinelOptions
    .prefault({})
    .describe('How sentinels are reached; the credentials in a URL are those of the servers they watch.'),
});
export type RedisOptions = z.infer<typeof redisOptions>;
