import { describe, expect, test } from 'vitest';
import { Events } from '../../src/core/events.ts';
import { RecordingTracer } from '../support/recording-tracer.ts';
import { until } from '../support/waiting.ts';
import { byHand, DONE, envelope, LANE, setup } from './setup.ts';

const PLACE = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };

function traced() {
  const tracer = new RecordingTracer();
  return { tracer, ...setup({ events: new Events(tracer) }) };
}

async function ended(tracer: RecordingTracer, count: number) {
  return until(
    'the ends of jobs',
    async () => tracer.ended,
    ({ length }) => length >= count,
  );
}

describe('a job', () => {
  test('is a root with a link to the work that queued it', async () => {
    const { tracer, queue, consume } = traced();
    const { handler, next } = byHand();
    tracer.place = PLACE;
    await queue.add([envelope('a')]);
    tracer.place = undefined;
    await consume(handler);
    (await next()).end(DONE);
    const [root] = await ended(tracer, 1);
    expect(root?.what).toMatchObject({ kind: 'consumer', from: PLACE, joins: 'link' });
    expect(root?.attributes).toMatchObject({
      ...{ 'forewarm.lane': LANE, 'forewarm.job.id': 'a', 'forewarm.job.attempt': 1 },
      'forewarm.job.ending': 'done',
    });
  });

  test('that an older version queued is a root without a link', async () => {
    const { tracer, queue, consume } = traced();
    const { handler, next } = byHand();
    await queue.add([envelope('a')]);
    await consume(handler);
    (await next()).end(DONE);
    expect((await ended(tracer, 1))[0]?.what).toMatchObject({ from: undefined });
  });

  test('that comes back is a root each time, with the same link', async () => {
    const { tracer, queue, consume } = traced();
    const { handler, next } = byHand();
    tracer.place = PLACE;
    await queue.add([envelope('a')]);
    tracer.place = { ...PLACE, traceId: 'c'.repeat(32) };
    await consume(handler);
    (await next()).end({ kind: 'back' });
    (await next()).end(DONE);
    const roots = await ended(tracer, 2);
    expect(
      roots.map(({ what, attributes }) => ['from' in what && what.from, attributes['forewarm.job.ending']]),
    ).toEqual([
      [PLACE, 'back'],
      [PLACE, 'done'],
    ]);
  });
});
