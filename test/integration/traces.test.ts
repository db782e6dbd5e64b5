/** One scheduled run over four processes, as a receiver of OTLP gets it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Forewarm } from '../support/forewarm-process.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { createSystem, finished, type System } from '../support/system.ts';
import { until } from '../support/waiting.ts';

const KEYS = 3_000;
const CHUNKS = KEYS / 100;

async function setup(): Promise<{ system: System; receiver: OtlpReceiver }> {
  const [redis, origin, receiver] = await Promise.all([
    startRedisServer({ aof: false }),
    startScriptedServer(),
    startOtlpReceiver(),
  ]);
  onTestFinished(() => redis.remove());
  origin.answer((response) => response.setHeader('content-type', 'application/json').end('{"population":1}'));
  const config = {
    redis: { jobs: redis.url },
    origins: { markets: { kind: 'http', url: origin.url, concurrency: 16 } },
    sources: { profile: { origin: 'markets', key: 'profile:{market}', request: { path: '/{market}' } } },
    schedules: { each: { cron: '* * * * * *', warm: { sources: 'profile' } } },
    // However slow the machine is, no step is shown for that.
    telemetry: { otlp: { endpoint: receiver.url }, traces: { slow: '10m' } },
  };
  const system = await createSystem({ markets: 1, config });
  onTestFinished(() => system.close());
  const ids = Array.from({ length: KEYS }, (_, i) => i);
  await writeFile(join(system.folder, 'markets.csv'), ['market', ...ids, ''].join('\n'));
  return { system, receiver };
}

/** Runs it once, and ends every process. Returns the id of the run. */
async function runOnce(system: System): Promise<string> {
  const roles = ['api', 'worker', 'worker'];
  const [client, api, ...workers] = await Promise.all([
    system.client(),
    ...roles.map((role) => system.start(role)),
  ]);
  // The run begins when both workers are there to take some of it.
  const others = [...workers, await system.start('scheduler')];
  const runs = () => client.verbs.runs(500, undefined);
  const found = await until('the run', runs, (page) => page.runs.length > 0);
  const { apiUrl } = (await api?.event('started')) ?? {};
  await fetch(`${apiUrl}/v1/schedules/each/pause`, { method: 'POST' });
  const run = found.runs.at(-1)?.id ?? '';
  await finished(client, run);
  await fetch(`${apiUrl}/v1/runs/${run}`);
  const all = [api, ...others].filter((each): each is Forewarm => each !== undefined);
  await Promise.all(all.map((each) => each.end('SIGINT')));
  return run;
}

/** The spans of a run: its tick, and all that was queued from there on, as links lead. */
function spansOfRun(spans: readonly ReceivedSpan[], run: string): readonly ReceivedSpan[] {
  const traces = new Set(
    spans.filter(({ attributes }) => attributes['forewarm.run'] === run).map(({ traceId }) => traceId),
  );
  for (const { traceId, links } of spans)
    if (traces.has(traceId)) for (const link of links) traces.add(link.traceId);
  return spans.filter(({ traceId }) => traces.has(traceId));
}

describe('a scheduled run', () => {
  test('is one whole over scheduler, workers and API, in few spans', async () => {
    const { system, receiver } = await setup();
    const run = await runOnce(system);
    const { spans } = receiver;
    const known = new Set(spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`));
    const missing = spans.flatMap(({ traceId, parentSpanId, links }) => [
      ...(parentSpanId === '' || known.has(`${traceId} ${parentSpanId}`) ? [] : [`parent ${parentSpanId}`]),
      ...links
        .filter((link) => !known.has(`${link.traceId} ${link.spanId}`))
        .map((link) => `link ${link.spanId}`),
    ]);
    expect(missing).toEqual([]);

    const ofRun = spansOfRun(spans, run);
    const named = (name: string) => ofRun.filter((span) => span.name === name);
    expect(named('tick')).toHaveLength(1);
    expect([named('prefetch plan').length, named('prefetch verify').length]).toEqual([1, 1]);
    const warms = named('prefetch warm');
    expect(new Set(warms.map(({ attributes }) => attributes['forewarm.chunk'])).size).toBe(CHUNKS);
    expect(new Set(warms.map(({ resource }) => resource['service.instance.id'])).size).toBe(2);
    const calls = warms.map(({ attributes }) => Number(attributes['forewarm.steps.origin_call.count']));
    expect(calls.reduce((sum, count) => sum + count, 0)).toBe(KEYS);
    expect(ofRun.length).toBeLessThan(500);
    for (const name of [
      'write manifest',
      'queue chunks',
      'permit',
      'origin call',
      'GET',
      'tier get',
      'tier put',
    ])
      expect([name, named(name).length > 0]).toEqual([name, true]);

    const requests = spans.filter(({ kind }) => kind === 2).map(({ name }) => name);
    expect(requests).toEqual(['POST /v1/schedules/:name/pause', 'GET /v1/runs/:id']);
    const [plan] = named('prefetch plan');
    const [tick] = named('tick');
    expect(plan?.links).toEqual([{ traceId: tick?.traceId, spanId: tick?.spanId }]);
    const roles = [tick, plan].map((span) => span?.resource['forewarm.roles']);
    expect(roles).toEqual(['scheduler', 'worker']);
  });
});
