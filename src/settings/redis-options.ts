import { z } from 'zod';

/** The word that stands for a private redis-server in place of a URL. */
export const EMBEDDED = 'embedded';

function isServer(text: string): boolean {
  const url = URL.parse(text);
  if (url?.protocol === 'unix:') return url.host === '' && url.pathname.length > 1;
  return (url?.protocol === 'redis:' || url?.protocol === 'rediss:') && url.hostname !== '';
}

function server(word: string, meaning: string) {
  return z
    .string()
    .meta({ format: 'redis-url' })
    .refine((text) => text === word || isServer(text), {
      message: `must be ${meaning}, or a redis://, rediss:// or unix:/// URL`,
    });
}

export const redisOptions = z.strictObject({
  jobs: server(EMBEDDED, `"${EMBEDDED}"`)
    .default(EMBEDDED)
    .describe(
      'The server for jobs, catalog and budgets: durable, and it never evicts. `embedded` is a private redis-server that Forewarm starts and stops. When the configuration does not name one, REDIS_URL does.',
    ),
  cache: server('', 'empty')
    .default('')
    .describe('The server of the redis tier, which may evict. Empty: the same as for jobs.'),
  prefix: z
    .string()
    .regex(/^[^\s{}]+$/, 'must not be empty, and has no braces and no spaces')
    .default('forewarm')
    .describe('What the name of everything but entries starts with, on the server for jobs.'),
});
export type RedisOptions = z.infer<typeof redisOptions>;
