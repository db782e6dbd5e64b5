import { connect } from 'forewarm';
import { expect, onTestFinished, test } from 'vitest';
import { startRedisServer } from '../support/redis-server.ts';
import { configOf, newPlace } from './reader.steps.ts';

/** What sockets and the client of Redis say among themselves. */
const FOREIGN =
  /writeable|offlineQueue|Connection is closed|maxRetries|max retries|EPIPE|connect E[A-Z]+|read E[A-Z]+|slots cache/i;

/** A reader of Redis alone, whose jobs and cache Redis are of its own; and everything that it told anybody. */
async function told(miss: 'none' | 'origin') {
  const [jobs, cache] = [
    await startRedisServer(),
    await startRedisServer({ more: ['--requirepass', 's3cr3t'] }),
  ];
  for (const server of [jobs, cache]) onTestFinished(() => server.remove());
  const place = newPlace();
  const { sources, redis, ...rest } = configOf(place);
  const tiers = { ...rest.tiers, memory: { enabled: false }, disk: { enabled: false } };
  const profile = { ...sources.profile, miss, hardDeadline: '300ms', softDeadline: '300ms' };
  const servers = { ...redis, jobs: jobs.url, cache: cache.url.replace('://', '://:s3cr3t@') };
  const reader = await connect({ config: { ...rest, tiers, redis: servers, sources: { profile } }, env: {} });
  onTestFinished(() => reader.close());
  const said: string[] = [];
  reader.on('problem', ({ where, error }) => said.push(`${where}: ${String(error)}`));
  reader.on('key:unavailable', ({ reason }) => said.push(reason));
  reader.on('tier:breaker', ({ reason }) => said.push(reason));
  const read = async (key: string) => {
    const lookup = await reader.lookup(key);
    if (lookup.state === 'unavailable') said.push(lookup.reason, ...lookup.tiers.map((tier) => tier.reason));
    await reader.has(key).catch((error: unknown) => said.push(String(error)));
    return lookup.state;
  };
  return { jobs, cache, reader, said, read };
}

test('whoever reads while the cache Redis goes hears which server it is, why, and what to do', async () => {
  const { cache, read, said } = await told('none');
  const under = Array.from({ length: 20 }, (_, i) => read(`profile:${i}`));
  await cache.kill();
  await Promise.all(under);
  for (let i = 0; i < 8; i += 1) expect(await read(`profile:x${i}`)).toBe('unavailable');
  const place = cache.url.replace('://', '://[redacted]@');
  const about = `cannot reach the Redis for the cache at ${place}: `;
  for (const text of said.filter((each) => !each.startsWith('the Redis'))) expect(text).toContain(about);
  expect(said.join('\n')).toMatch(
    /(ECONNREFUSED\)|ECONNRESET\)|was lost); start it, or change redis\.cache$/m,
  );
  expect(said.filter((text) => FOREIGN.test(text) || text.includes('s3cr3t'))).toEqual([]);
});

test('whoever waits for an origin while the jobs Redis goes hears it in the same words', async () => {
  const { jobs, read, said } = await told('origin');
  const under = Array.from({ length: 5 }, (_, i) => read(`profile:${i}`));
  await jobs.kill();
  await Promise.all(under);
  await read('profile:x');
  const place = `the Redis for jobs at ${jobs.url}: `;
  expect(said.filter((text) => text.includes(place))).not.toEqual([]);
  // The origin of these tests is not there either; what its sockets say is not the matter here.
  const ofRedis = said.filter((text) => !text.includes('GET /markets'));
  expect(ofRedis.filter((text) => FOREIGN.test(text))).toEqual([]);
});
