/** Many processes miss one key at the same time: the origin is called once. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, inject, onTestFinished, test } from 'vitest';
import { configOf, newPlace, type Place, PROFILE } from '../client/reader.steps.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { type Markets, startMarkets } from '../support/markets.ts';
import { TEST_PATIENCE, within } from '../support/waiting.ts';
import type { StampedeOrder, StampedeReply } from './stampede.ts';

const CHILD = fileURLToPath(new URL('./stampede.ts', import.meta.url));
const PROCESSES = 4;
const READS = 250;

async function tell(child: ChildProcess, message: StampedeOrder | 'go'): Promise<StampedeReply> {
  const answer = once(child, 'message');
  child.send(message);
  const [reply] = await within(TEST_PATIENCE, 'the answer of a reader', answer);
  return reply;
}

function startReaders(): ChildProcess[] {
  const children = Array.from({ length: PROCESSES }, () =>
    fork(CHILD, { env: childEnvironment(), execArgv: [] }),
  );
  onTestFinished(async () => {
    await Promise.all(
      children.map(async (child) => {
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }),
    );
  });
  return children;
}

const IDS = ['5128581', '5368361', '4887398', '4699066', '4684888'];

/** Has all processes miss each market at once. Answers the calls that each one cost, and whether all reads got its value. */
async function stampede(configs: readonly Readonly<Record<string, unknown>>[], markets: Markets) {
  const children = startReaders();
  await markets.resetCounters();
  const areRight: boolean[] = [];
  for (const id of IDS) {
    const order = (i: number) => ({
      config: configs[i % configs.length] ?? {},
      key: `profile:${id}`,
      reads: READS,
    });
    await Promise.all(children.map((child, i) => tell(child, order(i))));
    const replies = await Promise.all(children.map((child) => tell(child, 'go')));
    const values = replies.flatMap((reply) => (reply === 'ready' ? ['nothing'] : reply.values));
    areRight.push(values.every((value) => value.includes(`"market":"${id}"`)));
  }
  const { callsPerKey = {} } = await markets.counters({ keys: true });
  return { calls: IDS.map((id) => callsPerKey[`profile:${id}`] ?? 0), areRight };
}

function configWith(markets: Markets, place: Place, prefix: string) {
  return configOf(place, {
    redis: { jobs: inject('redisUrl'), prefix },
    origins: { markets: { kind: 'http', url: markets.url } },
    sources: { profile: { ...PROFILE, miss: 'origin' } },
  });
}

async function slowMarkets(): Promise<Markets> {
  const markets = await startMarkets({ latency: 100, spread: 0 });
  onTestFinished(() => markets.stop());
  return markets;
}

test('1,000 reads of one key that no tier has, in 4 processes, make one call', async () => {
  const markets = await slowMarkets();
  const place = newPlace();
  expect(await stampede([configWith(markets, place, place.prefix)], markets)).toEqual({
    calls: IDS.map(() => 1),
    areRight: IDS.map(() => true),
  });
});

test('processes that do not share leases make more calls, which this test would notice', async () => {
  const markets = await slowMarkets();
  const place = newPlace();
  const apart = Array.from({ length: PROCESSES }, (_, i) =>
    configWith(markets, place, `${place.prefix}-${i}`),
  );
  const { calls, areRight } = await stampede(apart, markets);
  expect(Math.max(...calls)).toBeGreaterThan(1);
  expect(areRight).toEqual(IDS.map(() => true));
});
