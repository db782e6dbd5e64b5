import { describe, expect, test } from 'vitest';
import type { Readiness } from '../../src/core/health.ts';
import { PATIENCE } from '../../src/flow/patience.ts';
import { ProcessHealth } from '../../src/http/process-health.ts';
import { FakeClock } from '../support/fake-clock.ts';

const WELL: Readiness = { needs: [{ name: 'redis', reason: null }], silent: [] };

/** A process whose signs and needs the test tells; `looks` counts how often it was asked what it needs. */
function create() {
  const clock = new FakeClock();
  const told = { lane: null as string | null, needs: async () => WELL, looks: 0 };
  const health = new ProcessHealth({
    ...{ roles: ['worker'], clock },
    signs: () => [{ name: 'lane markets', reason: told.lane }],
    needs: () => {
      told.looks += 1;
      return told.needs();
    },
  });
  return { clock, told, health };
}

describe('the health of a process', () => {
  test('that starts is alive, and not ready', async () => {
    const { health, told } = create();
    told.lane = 'not begun yet';
    expect(health.live().status).toBe('alive');
    expect(await health.ready()).toMatchObject({
      status: 'starting',
      checks: [{ name: 'process', reason: expect.stringMatching(/starting/) }],
    });
    expect(told.looks).toBe(0);
  });

  test('that works is stuck when one sign says so, and tells every sign', async () => {
    const { health, told } = create();
    health.started();
    expect(health.live()).toMatchObject({ status: 'alive', roles: ['worker'], checks: [{ reason: null }] });
    told.lane = 'no progress';
    expect(health.live()).toMatchObject({ status: 'stuck', checks: [{ reason: 'no progress' }] });
  });

  test('is told to others as its phase and what is stuck, which is nothing while it starts', async () => {
    const { health, told } = create();
    told.lane = 'no progress';
    expect(health.state()).toEqual({ phase: 'starting', stuck: [] });
    health.started();
    expect(health.state()).toEqual({
      phase: 'working',
      stuck: [{ name: 'lane markets', reason: 'no progress' }],
    });
    told.lane = null;
    expect(health.state().stuck).toEqual([]);
    health.drains();
    expect(health.state().phase).toBe('draining');
  });

  test('that works is ready when nothing lacks, and tells each need with its reason', async () => {
    const { health, told } = create();
    health.started();
    expect(await health.ready()).toEqual({
      status: 'ready',
      roles: ['worker'],
      checks: WELL.needs,
      silent: [],
    });
    const needs = [...WELL.needs, { name: 'memory', reason: '3 of 10 keys' }];
    told.needs = async () => ({ needs, silent: [{ tier: 's3', reason: 'late' }] });
    expect(await health.ready()).toMatchObject({
      ...{ status: 'not-ready', checks: needs },
      silent: [{ tier: 's3', reason: 'late' }],
    });
  });

  test('that stops is alive whatever its lanes do, and is not asked what it needs', async () => {
    const { health, told } = create();
    health.started();
    health.drains();
    told.lane = 'no progress';
    expect(health.live().status).toBe('alive');
    expect((await health.ready()).status).toBe('draining');
    health.started();
    expect((await health.ready()).status).toBe('draining');
    expect(told.looks).toBe(0);
  });

  test('is told within its bound when nothing answers, and asks again afterwards', async () => {
    const { health, told, clock } = create();
    health.started();
    told.needs = () => new Promise(() => undefined);
    const late = health.ready();
    await clock.advance(PATIENCE.health);
    expect(await late).toMatchObject({
      status: 'not-ready',
      checks: [{ reason: expect.stringMatching(/no answer within/) }],
    });
    told.needs = async () => WELL;
    expect((await health.ready()).status).toBe('ready');
  });

  test('is looked at once for everybody who asks meanwhile', async () => {
    const { health, told } = create();
    health.started();
    const answers = await Promise.all(Array.from({ length: 50 }, () => health.ready()));
    expect(answers.every(({ status }) => status === 'ready')).toBe(true);
    expect(told.looks).toBe(1);
    await health.ready();
    expect(told.looks).toBe(2);
  });
});
