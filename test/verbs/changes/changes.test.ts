/** What the product tells of each kind of thing, on a real server, and what that costs it. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { RedisAuditLog } from '../../../src/catalog/redis-audit-log.ts';
import { RedisTickStore } from '../../../src/schedules/redis-tick-store.ts';
import type { ChangeEvent } from '../../../src/verbs/changes/change-shapes.ts';
import { changeVerbs } from '../../../src/verbs/changes/changes.ts';
import { actionOf } from '../../contract/audit-log.ts';
import { beatOf } from '../../contract/registry.ts';
import { buildJobs } from '../../support/build-jobs.ts';
import { PLAIN_RULES } from '../../support/schedules.ts';
import { until } from '../../support/waiting.ts';

/** A service with so many schedules, and what follows it. */
function create(count = 1) {
  const jobs = buildJobs();
  const schedules = Array.from({ length: count }, (_, i) => ({
    ...{ name: `s${i}`, rule: { cron: '0 2 * * *', timezone: 'UTC' }, rules: PLAIN_RULES },
    action: { kind: 'refresh', temperature: 'warm' } as const,
  }));
  const ticks = new RedisTickStore({ ...jobs, holder: 'a', leaseMs: 1_000, kept: 99 });
  const budgets = new Map([['markets', { rate: undefined, concurrency: 8 }]]);
  const auditLog = new RedisAuditLog({ ...jobs, kept: 100, maxAge: 86_400_000 });
  const verbs = changeVerbs({ ...jobs, budgets, schedules, ticks, auditLog, newId: () => 'f' });
  const follow = () => {
    const over = new AbortController();
    const told: ChangeEvent[] = [];
    const done = (async () => {
      for await (const event of verbs.changes(over.signal)) told.push(event);
    })();
    onTestFinished(() => {
      over.abort();
      return done;
    });
    return told;
  };
  /** Lets time pass until a change of this kind is told, and returns it; those before it are passed over. */
  const change = async (told: ChangeEvent[], kind: string) => {
    const found = () => told.findIndex(({ event, data }) => event === 'change' && data.kind === kind);
    const look = async () => {
      await jobs.clock.advance(250);
      return found();
    };
    await until(`a change of ${kind}`, look, (at) => at >= 0);
    return told.splice(0, found() + 1).at(-1)?.data;
  };
  const begun = (told: ChangeEvent[]) =>
    until(
      'a stream',
      async () => told.length,
      (events) => events > 0,
    );
  return { jobs, ticks, auditLog, follow, change, begun };
}

test('ticks, dead letters, keys in quarantine, measurements and processes are told', async () => {
  const { jobs, follow, change, begun } = create();
  const { registry, measuredMark, deadLetters, clock } = jobs;
  const told = follow();
  await begun(told);
  await registry.noteTick('s0', 5_000, 's0-5000');
  expect(await change(told, 'tick')).toMatchObject({ name: 's0', nominal: 5_000, run: 's0-5000' });
  const lost = { source: 'profile', key: 'profile:1', run: undefined, reason: 'it failed', attempts: 3 };
  await deadLetters.add([{ ...lost, at: 7_000 }]);
  expect(await change(told, 'dead-letters')).toMatchObject({ keys: 1, latest: 7_000 });
  await measuredMark.set({ at: 9_000, quarantined: { profile: 3 } });
  expect(await change(told, 'quarantine')).toMatchObject({ name: 'profile', keys: 3, gone: false });
  await measuredMark.set({ at: 10_000, quarantined: {} });
  expect(await change(told, 'measured')).toMatchObject({ measuredAt: 10_000 });
  expect(await change(told, 'quarantine')).toMatchObject({ name: 'profile', gone: true });
  await registry.beat(beatOf('p1', clock.now() + 1_000_000));
  expect(await change(told, 'process')).toMatchObject({ name: 'p1', gone: false, host: 'one' });
  await registry.leave('p1');
  expect(await change(told, 'process')).toMatchObject({ name: 'p1', gone: true });
});

test('a time that was skipped is told with its reason, whoever wanted it, and told once', async () => {
  const { ticks, follow, change, begun } = create();
  const standing = (cursor: number) => ({ cursor, rule: 'x', waiting: undefined });
  const skip = (from: number, nominal: number, reason: 'paused' | 'asked') =>
    ticks.advance('s0', {
      ...{ from: standing(from), to: standing(nominal), fire: [], skippedRanges: [] },
      skipped: [{ nominal, reason, note: 'ann: it moves' }],
    });
  await ticks.open('s0', standing(1_000));
  await skip(1_000, 2_000, 'paused');
  const told = follow();
  await begun(told);
  await skip(2_000, 3_000, 'asked');
  expect(await change(told, 'tick')).toMatchObject({
    ...{ name: 's0', nominal: 3_000, run: null },
    skipped: { reason: 'asked', note: 'ann: it moves', from: 3_000, count: 1 },
  });
  await ticks.pause('s0', standing(3_000), { by: 'ann', why: '', id: 'one', end: undefined });
  await change(told, 'schedule');
  expect(told.filter(({ event, data }) => event === 'change' && data.kind === 'tick')).toEqual([]);
});

test('of very many schedules all are looked at once somebody has wanted something of one', async () => {
  const { jobs, ticks, auditLog, follow, change, begun } = create(1_000);
  const told = follow();
  await begun(told);
  const looks = vi.spyOn(jobs.runs, 'active');
  const asker = { by: 'ann', why: '', id: 'one' };
  await ticks.pause('s999', { cursor: 1, rule: 'x', waiting: undefined }, { ...asker, end: undefined });
  await auditLog.add('a', actionOf('pauseSchedules'));
  expect(await change(told, 'schedule')).toMatchObject({ name: 's999', paused: { by: 'ann' } });
  // In turn it would have been the tenth look.
  expect(looks.mock.calls.length).toBeLessThan(6);
});

test('an action is told when it is on record', async () => {
  const { auditLog, follow, change, begun } = create();
  await auditLog.add('before', actionOf('warm'));
  const told = follow();
  await begun(told);
  await auditLog.add('after', actionOf('purge', { who: 'bob' }));
  expect(await change(told, 'audit')).toMatchObject({ who: 'bob', verb: 'purge', outcome: 'done' });
});

test('a pause of an origin is told with its reason', async () => {
  const { jobs, follow, change, begun } = create();
  const told = follow();
  await begun(told);
  const until = jobs.clock.now() + 3_600_000;
  await jobs.ledger.pause('markets', until, 'it said so');
  expect(await change(told, 'origin')).toMatchObject({
    ...{ name: 'markets', paused: { until, reason: 'it said so' } },
    ...{ lowered: null, concurrency: 8, perSecond: null },
  });
});

test('of very many schedules, each pause is told, although not all are looked at in one go', async () => {
  const { jobs, ticks, follow, change, begun } = create(250);
  const told = follow();
  await begun(told);
  const asker = { by: 'ann', why: '', id: 'one' };
  const state = { cursor: 1, rule: 'x', waiting: undefined };
  await ticks.pause('s249', state, { ...asker, end: { until: jobs.clock.now() + 3_600_000 } });
  expect(await change(told, 'schedule')).toMatchObject({ name: 's249', paused: { by: 'ann' } });
});

test('sixty streams cost the jobs Redis what one does', async () => {
  const { jobs, follow, begun } = create();
  const sent = vi.spyOn(jobs.redis, 'sendCommand');
  const countOf = async (looks: number) => {
    sent.mockClear();
    for (let look = 0; look < looks; look += 1) {
      const before = sent.mock.calls.length;
      await jobs.clock.advance(1_000);
      // Of a look each command is sent before the pause that follows it.
      await until(
        'a look',
        async () => jobs.clock.timers,
        (timers) => timers > 0,
      );
      expect(sent.mock.calls.length).toBeGreaterThan(before);
    }
    return sent.mock.calls.length;
  };
  const streams = [follow()];
  await begun(streams[0] ?? []);
  await until(
    'the first pause',
    async () => jobs.clock.timers,
    (timers) => timers > 0,
  );
  const one = await countOf(10);
  while (streams.length < 60) streams.push(follow());
  for (const told of streams) await begun(told);
  const sixty = await countOf(10);
  expect(sixty).toBe(one);
  expect(one).toBeLessThan(10 * 30);
});
