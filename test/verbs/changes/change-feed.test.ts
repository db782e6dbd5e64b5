/** The feed over looks that the test scripts: what is told, to whom, and what it holds meanwhile. */
import { expect, onTestFinished, test } from 'vitest';
import { ForewarmError } from '../../../src/core/errors.ts';
import { Events } from '../../../src/core/events.ts';
import { ChangeFeed, LOOK_EVERY_MS } from '../../../src/verbs/changes/change-feed.ts';
import { MOST_WAITING } from '../../../src/verbs/changes/change-queue.ts';
import type { Change, ChangeEvent } from '../../../src/verbs/changes/change-shapes.ts';
import type { Look } from '../../../src/verbs/changes/looks.ts';
import { EventLog } from '../../support/event-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function aside(name: string, keys: number): Change {
  return { kind: 'quarantine', name, gone: false, keys };
}

const AWAY = new ForewarmError('E_REDIS_UNAVAILABLE', 'the jobs Redis did not answer');

/** A feed of one kind, `state`, and of another one that the test may break. */
function create(change: Partial<Look> = {}) {
  const clock = new FakeClock();
  const events = new Events();
  const log = new EventLog(events, ['problem']);
  const state = { found: [] as Change[], failure: undefined as unknown, looks: 0, ms: 0 };
  const other = { found: [] as Change[], failure: undefined as unknown };
  const look: Look = {
    ...{ name: 'quarantine', every: 1, sees: 'all', tellsOfLeaving: true },
    async read() {
      state.looks += 1;
      if (state.ms > 0) await new Promise<void>((done) => clock.after(state.ms, done));
      if (state.failure !== undefined) throw state.failure;
      return state.found;
    },
    ...change,
  };
  const beside: Look = {
    ...{ name: 'others', every: 1, sees: 'all', tellsOfLeaving: false },
    async read() {
      if (other.failure !== undefined) throw other.failure;
      return other.found;
    },
  };
  let count = 0;
  const feed = new ChangeFeed({ looks: [look, beside], clock, events, newId: () => `f${++count}` });
  const follow = (after = '') => {
    const over = new AbortController();
    onTestFinished(() => over.abort());
    const told: ChangeEvent[] = [];
    const stream = feed.follow(over.signal, after);
    const done = (async () => {
      for await (const event of stream) told.push(event);
    })();
    done.catch(() => undefined);
    const stop = async () => {
      over.abort();
      await done;
    };
    return { told, done, stop, facts: () => told.map(({ event, data }) => [event, data]) };
  };
  return { clock, log, state, other, feed, follow };
}

const BEGIN = ['resync', { reason: 'begin' }];

test('what is there at the first look is not told, what differs at a later one is, once', async () => {
  const { clock, state, follow } = create();
  state.found = [aside('quote', 1)];
  const one = follow();
  await clock.advance(3 * LOOK_EVERY_MS);
  expect(one.facts()).toEqual([BEGIN]);
  state.found = [aside('quote', 2), aside('profile', 1)];
  await clock.advance(3 * LOOK_EVERY_MS);
  expect(one.facts().slice(1)).toEqual([
    ['change', aside('quote', 2)],
    ['change', aside('profile', 1)],
  ]);
});

test('a thing that changes all the time is told once a second at most', async () => {
  const { clock, state, follow } = create();
  const one = follow();
  await clock.advance(LOOK_EVERY_MS / 2);
  for (let keys = 1; keys <= 100; keys += 1) {
    state.found = [aside('quote', keys)];
    await clock.advance(50);
  }
  expect(one.told.length - 1).toBeLessThanOrEqual(6);
  expect(one.told.at(-1)?.data).toMatchObject({ keys: expect.any(Number) });
});

test('a thing that is not there any more is told as gone where that is news, and is news again when it is back', async () => {
  const { clock, state, follow } = create();
  state.found = [aside('quote', 1)];
  const one = follow();
  await clock.advance(LOOK_EVERY_MS);
  state.found = [];
  await clock.advance(LOOK_EVERY_MS);
  state.found = [aside('quote', 1)];
  await clock.advance(LOOK_EVERY_MS);
  expect(one.facts().slice(1)).toEqual([
    ['change', { ...aside('quote', 1), gone: true }],
    ['change', aside('quote', 1)],
  ]);
});

test('what a look at some of them does not see is neither gone nor new at the next turn', async () => {
  const { clock, state, follow } = create({ sees: 'some' });
  state.found = [aside('quote', 1), aside('profile', 1)];
  const one = follow();
  await clock.advance(LOOK_EVERY_MS / 2);
  for (const found of [[aside('quote', 1)], [aside('profile', 1)], [aside('quote', 1)]]) {
    state.found = found;
    await clock.advance(LOOK_EVERY_MS);
  }
  expect(one.facts()).toEqual([BEGIN]);
});

test('however many follow, it is looked once a second, and not at all when the last one has left', async () => {
  const { clock, state, follow } = create();
  const all = Array.from({ length: 60 }, () => follow());
  await clock.advance(10 * LOOK_EVERY_MS);
  expect(state.looks).toBe(11);
  await Promise.all(all.map(({ stop }) => stop()));
  await clock.advance(10 * LOOK_EVERY_MS);
  expect([state.looks, clock.timers]).toEqual([11, 0]);
});

test('a reader that was given an event, left, and asks for nothing more is looked for no longer', async () => {
  const { clock, state, feed } = create();
  const over = new AbortController();
  const stream = feed.follow(over.signal, '');
  expect(await stream.next()).toMatchObject({ value: { event: 'resync' } });
  const { looks } = state;
  over.abort();
  await clock.advance(10 * LOOK_EVERY_MS);
  expect([state.looks, clock.timers]).toEqual([looks, 0]);
  expect(await stream.next()).toEqual({ value: undefined, done: true });
});

test('a look that takes long is followed by a pause that is nine times as long', async () => {
  const { clock, state, follow } = create();
  state.ms = 1_000;
  follow();
  await clock.advance(99_999);
  expect(state.looks).toBe(10);
});

test('a reader that does not read is told that it missed changes, and holds no more than a bounded number', async () => {
  const { clock, state, feed } = create();
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const stream = feed.follow(over.signal, '');
  expect((await stream.next()).value).toMatchObject({ event: 'resync', data: { reason: 'begin' } });
  for (const keys of [1, 2]) {
    state.found = Array.from({ length: MOST_WAITING }, (_, i) => aside(`s${i}`, keys));
    await clock.advance(LOOK_EVERY_MS);
  }
  const missed: IteratorResult<ChangeEvent> = await stream.next();
  expect(missed.value).toMatchObject({ event: 'resync', data: { reason: 'missed' } });
  state.found = state.found.with(0, aside('s0', 3));
  await clock.advance(LOOK_EVERY_MS);
  expect((await stream.next()).value).toMatchObject({ event: 'change', data: aside('s0', 3) });
});

test('the last event of a stream that missed changes can be gone on from', async () => {
  const { clock, state, feed, follow } = create();
  follow();
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const stream = feed.follow(over.signal, '');
  await stream.next();
  for (const keys of [1, 2]) {
    state.found = Array.from({ length: MOST_WAITING }, (_, i) => aside(`s${i}`, keys));
    await clock.advance(LOOK_EVERY_MS);
  }
  const { value: missed } = await stream.next();
  const again = follow(missed?.id);
  await clock.advance(0);
  expect(again.facts()).toEqual([['resumed', { changes: 0 }]]);
});

test('whoever begins to follow while the jobs Redis is away is told why, and the next one begins anew', async () => {
  const { clock, state, follow } = create();
  state.failure = AWAY;
  const one = follow();
  await expect(one.done).rejects.toBe(AWAY);
  expect(clock.timers).toBe(0);
  state.failure = undefined;
  const two = follow();
  await clock.advance(0);
  expect(two.facts()).toEqual([BEGIN]);
});

test('an absence of the jobs Redis is told once, and its return with what changed meanwhile', async () => {
  const { clock, state, follow } = create();
  const one = follow();
  await clock.advance(LOOK_EVERY_MS);
  state.failure = AWAY;
  await clock.advance(3 * LOOK_EVERY_MS);
  [state.failure, state.found] = [undefined, [aside('quote', 1)]];
  await clock.advance(LOOK_EVERY_MS);
  expect(one.facts()).toEqual([
    BEGIN,
    ['away', { reason: AWAY.message }],
    ['change', aside('quote', 1)],
    ['resync', { reason: 'back' }],
  ]);
});

test('whoever joins others during an absence of the jobs Redis is told of it as well', async () => {
  const { clock, state, follow } = create();
  follow();
  await clock.advance(LOOK_EVERY_MS);
  state.failure = AWAY;
  await clock.advance(LOOK_EVERY_MS);
  const late = follow();
  await clock.advance(0);
  expect(late.facts()).toEqual([BEGIN, ['away', { reason: AWAY.message }]]);
});

test('a kind that cannot be read is a problem, and the others are told', async () => {
  const { clock, state, other, log, follow } = create();
  other.failure = new TypeError('a record that nobody can read');
  const one = follow();
  state.found = [aside('quote', 1)];
  await clock.advance(0);
  state.found = [aside('quote', 2)];
  await clock.advance(LOOK_EVERY_MS);
  expect(one.facts()).toEqual([BEGIN, ['change', aside('quote', 2)]]);
  expect(log.seen[0]?.payload).toEqual({ where: 'the changes of others', error: other.failure });
});
