import { Redis } from 'ioredis';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { reply } from '../../src/redis/reply.ts';
import { runScript, runScriptBuffer, script } from '../../src/redis/script.ts';
import { slices } from '../../src/redis/slices.ts';
import { uniquePrefix } from '../support/redis.ts';

function connect(options: { readonly maxRetriesPerRequest?: number } = {}): Redis {
  const redis = new Redis(inject('redisUrl'), options);
  onTestFinished(() => redis.disconnect());
  return redis;
}

/** A script that no server knows yet. */
function unknown(body: string) {
  return script(1, `-- ${uniquePrefix()}\n${body}`);
}

/** A client that counts what it sends. */
function counted(redis: Redis) {
  const sent: string[] = [];
  const counting = new Proxy(redis, {
    get(target, name) {
      if (name !== 'call') return Reflect.get(target, name);
      return (...args: Parameters<Redis['call']>) => {
        sent.push(String(args[0]));
        return target.call(...args);
      };
    },
  });
  return { counting, sent };
}

describe('a script', () => {
  test('is sent as text to a server that does not know it, and by its digest from then on', async () => {
    const { counting, sent } = counted(connect());
    const echo = unknown('return {KEYS[1], ARGV[1]}');
    expect(await runScript(counting, echo, ['k'], ['a'])).toEqual(['k', 'a']);
    expect(await runScript(counting, echo, ['k'], [1])).toEqual(['k', '1']);
    expect(sent).toEqual(['EVALSHA', 'EVAL', 'EVALSHA']);
  });

  test('takes bytes, and returns text or bytes as the caller wants', async () => {
    const redis = connect();
    const bytes = Buffer.from([0xff, 0, 0xfe]);
    const echo = unknown('return ARGV[1]');
    expect(await runScriptBuffer(redis, echo, ['k'], [bytes])).toEqual(bytes);
    expect(await runScript(redis, echo, ['k'], ['é'])).toBe('é');
  });

  test('is not run with another number of keys than it takes', async () => {
    const redis = connect();
    const two = script(2, 'return 1');
    await expect(runScript(redis, two, ['k'], [])).rejects.toMatchObject({ code: 'E_INTERNAL' });
    await expect(runScript(redis, script('any', 'return #KEYS'), [], [])).resolves.toBe(0);
  });

  test('that fails is not sent a second time', async () => {
    const { counting, sent } = counted(connect());
    const wrong = unknown(`return redis.error_reply('ERR no such thing')`);
    await runScript(counting, wrong, ['k'], []).catch(() => undefined);
    await expect(runScript(counting, wrong, ['k'], [])).rejects.toThrow('no such thing');
    expect(sent).toEqual(['EVALSHA', 'EVAL', 'EVALSHA']);
  });
});

describe('an error of the jobs Redis', () => {
  test('is ours when Redis refuses what was said', async () => {
    const redis = connect();
    const key = uniquePrefix();
    await redis.set(key, 'text', 'PX', 1_000);
    await expect(reply(redis.hget(key, 'field'))).rejects.toMatchObject({
      code: 'E_INTERNAL',
      message: expect.stringContaining('WRONGTYPE'),
    });
  });

  test('says that Redis is unavailable when the connection ends', async () => {
    const redis = connect();
    redis.disconnect();
    await expect(reply(redis.get('k'))).rejects.toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
  });
});

test('slices hold everything once, in order, and no slice is empty or too long', () => {
  expect(slices([], 2)).toEqual([]);
  expect(slices([1, 2], 2)).toEqual([[1, 2]]);
  expect(slices([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
});
