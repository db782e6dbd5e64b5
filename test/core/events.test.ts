import { expect, test } from 'vitest';
import { Events } from '../../src/core/events.ts';

const STARTED = { service: 'a' };

test('every listener of an event is called, in order, with its payload', () => {
  const events = new Events();
  const seen: unknown[] = [];
  events.on('service:started', (payload) => seen.push(['first', payload]));
  events.on('service:started', (payload) => seen.push(['second', payload]));
  events.on('service:stopped', (payload) => seen.push(['other', payload]));
  events.emit('service:started', STARTED);
  expect(seen).toEqual([
    ['first', STARTED],
    ['second', STARTED],
  ]);
});

test('a listener that was removed is not called; removing it is idempotent', () => {
  const events = new Events();
  let calls = 0;
  const off = events.on('service:started', () => {
    calls += 1;
  });
  off();
  off();
  events.emit('service:started', STARTED);
  expect(calls).toBe(0);
});

test('a listener may remove itself while it is called', () => {
  const events = new Events();
  const seen: string[] = [];
  const off = events.on('service:started', () => {
    seen.push('once');
    off();
  });
  events.on('service:started', () => seen.push('always'));
  events.emit('service:started', STARTED);
  events.emit('service:started', STARTED);
  expect(seen).toEqual(['once', 'always', 'always']);
});

test('a listener that throws stops neither the others nor the emitter, and is reported as a problem', () => {
  const events = new Events();
  const problems: unknown[] = [];
  const failure = new Error('broken');
  let reached = false;
  events.on('problem', (problem) => problems.push(problem));
  events.on('service:started', () => {
    throw failure;
  });
  events.on('service:started', () => {
    reached = true;
  });
  events.emit('service:started', STARTED);
  expect(reached).toBe(true);
  expect(problems).toEqual([{ where: 'listener of service:started', error: failure }]);
});

test('a listener of problems that throws causes no further problem', () => {
  const events = new Events();
  events.on('problem', () => {
    throw new Error('again');
  });
  expect(() => events.emit('problem', { where: 'here', error: 1 })).not.toThrow();
});
