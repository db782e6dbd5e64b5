import { describe, expect, test } from 'vitest';
import { parseRedisUrl } from '../../src/redis/url.ts';
import { loadText, problemsOf } from '../support/settings.ts';

describe('addresses of Redis', () => {
  const open = { username: undefined, password: undefined, tls: false };

  test.each([
    ['redis://h', { kind: 'server', url: 'redis://h', tls: false }],
    ['rediss://u:p@h:1/2', { kind: 'server', url: 'rediss://u:p@h:1/2', tls: true }],
    ['unix:///tmp/a%20b', { kind: 'socket', path: '/tmp/a b' }],
    [
      'redis+sentinel://a,b:1/main',
      {
        ...{ kind: 'sentinel', name: 'main', db: 0, ...open },
        nodes: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 1 },
        ],
      },
    ],
    [
      'rediss+sentinel://me:p%40ss:word@[::1]:1/main/3',
      {
        ...{ kind: 'sentinel', name: 'main', db: 3, username: 'me', password: 'p@ss:word', tls: true },
        nodes: [{ host: '::1', port: 1 }],
      },
    ],
    [
      'redis+cluster://:pw@a',
      { ...{ kind: 'cluster', ...open, password: 'pw' }, nodes: [{ host: 'a', port: 6_379 }] },
    ],
  ])('%s', (text, address) => {
    expect(parseRedisUrl(text)).toEqual(address);
  });

  test.each([
    ...[
      'localhost',
      'http://h',
      'unix://h/p',
      'redis+sentinel://a',
      'redis+sentinel://a/',
      'redis+cluster://a/0',
    ],
    ...['redis+cluster://a:70000', 'redis+cluster://a,', 'redis+other://a', 'redis+sentinel://a/b/c'],
  ])('not %s', (text) => {
    expect(parseRedisUrl(text)).toBeUndefined();
  });

  test('may be of any kind for values, and of no cluster for jobs', async () => {
    const good = 'redis: { jobs: "redis+sentinel://a/main", cache: "redis+cluster://b" }';
    expect((await loadText(good)).redis.cache).toBe('redis+cluster://b');
    expect(await problemsOf('redis: { jobs: "redis+cluster://a" }')).toEqual([
      expect.stringMatching(
        /redis\.jobs: "redis\+cluster:\/\/a": must be "embedded", or a URL of one of these/,
      ),
    ]);
    expect(await problemsOf('redis: { cache: "redis+sentinel://%zz@a/b" }')).toHaveLength(1);
  });
});
