import { describe, expect, test } from 'vitest';
import { parseRedisUrl, redisUrlFault, showRedisUrl } from '../../src/redis/url.ts';
import { loadText, problemsOf } from '../support/settings.ts';

describe('addresses of Redis', () => {
  const server = {
    ...{ kind: 'server', port: 6_379, db: 0, family: undefined },
    ...{ username: undefined, password: undefined, tls: false },
  };
  const open = { username: undefined, password: undefined, tls: false };

  test.each([
    ['redis://h', { ...server, host: 'h' }],
    ['redis://h/', { ...server, host: 'h' }],
    ['redis://:p%40%2F:w@h?family=6', { ...server, host: 'h', password: 'p@/:w', family: 6 }],
    ['redis://u:a@b@[::1]:1', { ...server, host: '::1', port: 1, username: 'u', password: 'a@b' }],
    [
      'rediss://u:p@h:1/2',
      { ...server, ...{ host: 'h', port: 1, db: 2, username: 'u', password: 'p', tls: true } },
    ],
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
    ...['redis://h/abc', 'redis://h/-1', 'redis://h/0/x', 'redis://h?db=2', 'redis://h#x', 'redis://h/1e3'],
    ...['redis://:pw%@h', 'redis://%zz:pw@h', 'redis://h:1,pw', 'redis://h:70000', 'redis://h h'],
    ...['unix:///p?db=1', 'unix:///p#x', 'redis+sentinel://a,b c/main'],
    ...['redis+cluster://a:70000', 'redis+cluster://a,', 'redis+other://a', 'redis+sentinel://a/b/c'],
  ])('not %s', (text) => {
    expect(parseRedisUrl(text)).toBeUndefined();
  });

  test.each([
    ['redis://:pw%@h', 'written %25'],
    ['redis://h/abc', 'nothing but the number of a database'],
    ['redis://h/0/abc', 'nothing but the number of a database'],
    ['rediss://h?db=1', 'nothing but family=4'],
  ])('that are nearly right are refused with what to change: %s', async (jobs, hint) => {
    const [problem] = await problemsOf(`redis: { jobs: ${JSON.stringify(jobs)} }`);
    expect(problem).toContain(hint);
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

test.each([
  'redis://:p@ss/w#rd?1%@h:1',
  'redis://:a/b@h',
  'redis://u:a#b@h',
  'rediss://u:a?b@h',
  'redis://:a@b@h/0/1@h',
  'redis://:12345678/abc@host',
])('what a password must be written like is told of %s, and nothing of it', (url) => {
  const fault = redisUrlFault(url);
  expect(fault).toContain('percent-encoded: @ is %40');
  expect(showRedisUrl(url)).toMatch(/^rediss?:\/\/\[redacted\]$/);
});
