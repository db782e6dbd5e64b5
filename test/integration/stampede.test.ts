/** Many processes miss one key at the same time: the origin is called once. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { configOf, newPlace, PROFILE } from '../client/reader.steps.ts';
import { startMarkets } from '../support/markets.ts';
import { within } from '../support/waiting.ts';
import type { StampedeOrder, StampedeReply } from './stampede.ts';

const CHILD = fileURLToPath(new URL('./stampede.ts', import.meta.url));
const PROCESSES = 4;
const READS = 250;

async function tell(child: ChildProcess, message: StampedeOrder | 'go'): Promise<StampedeReply> {
  const answer = once(child, 'message');
  child.send(message);
  const [reply] = await within(20_000, 'the answer of a reader', answer);
  return reply;
}

function startReaders(): ChildProcess[] {
  const env = { PATH: process.env.PATH };
  const children = Array.from({ length: PROCESSES }, () => fork(CHILD, { env, execArgv: [] }));
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

test('1,000 reads of one key that nobody has, in 4 processes, make one call', async () => {
  const markets = await startMarkets({ latency: 100 });
  onTestFinished(() => markets.stop());
  const config = configOf(newPlace(), {
    origins: { markets: { kind: 'http', url: markets.url } },
    sources: { profile: { ...PROFILE, miss: 'origin' } },
  });
  const children = startReaders();
  const ids = ['5128581', '5368361', '4887398', '4699066', '4684888'];
  await markets.resetCounters();
  for (const id of ids) {
    const order = { config, key: `profile:${id}`, reads: READS };
    await Promise.all(children.map((child) => tell(child, order)));
    const replies = await Promise.all(children.map((child) => tell(child, 'go')));
    const values = replies.flatMap((reply) => (reply === 'ready' ? ['nothing'] : reply.values));
    expect(new Set(values).size).toBe(1);
    expect(values[0]).toContain(`"market":"${id}"`);
  }
  const { calls, callsPerKey } = await markets.counters({ keys: true });
  expect({ calls, callsPerKey }).toEqual({
    calls: ids.length,
    callsPerKey: Object.fromEntries(ids.map((id) => [`profile:${id}`, 1])),
  });
});
