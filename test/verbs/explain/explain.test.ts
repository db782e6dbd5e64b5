/** What an explanation says beside its causes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ForewarmError } from '../../../src/core/errors.ts';
import { isWarm, servableAt } from '../../../src/core/freshness.ts';
import { KeyTemplate } from '../../../src/core/key.ts';
import { parseSelector } from '../../../src/core/selector/selector-grammar.ts';
import { warmOf } from '../../../src/verbs/explain/delay-rules.ts';
import { DELAY_RULES } from '../../../src/verbs/explain/delays.ts';
import type { KeyFacts } from '../../../src/verbs/explain/key-facts.ts';
import { tell } from '../../../src/verbs/explain/told.ts';
import { doJob, plannedRun } from '../../jobs/run.steps.ts';
import { entryOf } from '../../support/entries.ts';
import { bodyOf, errorOf } from '../../support/scripted-origin.ts';
import { keysOf, sourceWith, TTL } from '../../support/sources.ts';
import { warm } from '../../warming/warm.steps.ts';
import { reportedForAnHour, verbsOf } from '../verbs.steps.ts';
import { explain, explained, KEY, SCHEDULES } from './explain.steps.ts';

describe('an explanation', () => {
  test('of a warm key says where it is, how often it is read and whether it is worth it', async () => {
    const system = explained();
    await system.live();
    await plannedRun(system);
    await doJob(system, { step: 'warm', run: 'r1', chunk: 0, attempt: 1 });
    await reportedForAnHour(system, ['profile']);
    await system.popularity.count('profile', new Map([[KEY, 360]]), system.clock.now());
    const found = await explain(system);
    expect(found).toMatchObject({
      ...{ verdict: 'warm', state: 'value', why: [], delays: [], command: null, reads: 360 },
      ...{ fences: [], attempts: [], runsAreAll: true },
      runs: [{ run: 'r1', schedule: null, outcome: 'warmed', endedAt: null }],
      worth: { verdict: 'worth', everyMs: TTL * 0.8 },
    });
    expect(found.worth.sentence).toBe('It is read about 8.0 times for each refresh.');
    expect(found.schedules.map(({ name, kind }) => [name, kind])).toEqual([
      ['warm', 'refresh'],
      ['nightly', 'run'],
    ]);
  });

  test('names the attempts that did not succeed, with the run, also those that are tried again', async () => {
    const system = explained();
    await plannedRun(system);
    system.origin.answerEach(({ key }) => (key === KEY ? errorOf('retryable', 'answered 500') : bodyOf('1')));
    await doJob(system, { step: 'warm', run: 'r1', chunk: 0, attempt: 1 });
    await system.clock.advance(5_000);
    await doJob(system, { step: 'warm', run: 'r1', chunk: 0, attempt: 3 });
    const { attempts, runs, failure } = await explain(system);
    expect(attempts.map(({ outcome, run }) => [outcome, run])).toEqual([
      ['failed', 'r1'],
      ['failed', 'r1'],
    ]);
    expect((attempts[0]?.at ?? 0) - (attempts[1]?.at ?? 0)).toBe(5_000);
    expect(attempts[0]?.reason).toContain('answered 500');
    expect(failure).toMatchObject({ outcome: 'failed', count: 1 });
    expect(runs).toMatchObject([{ run: 'r1', outcome: 'failed' }]);
  });

  test('names the invalidation that hides a value, when it was and in which mode', async () => {
    const system = explained();
    await system.catalog.track('profile', [KEY], system.clock.now());
    await warm(system, { keys: [KEY] });
    await system.clock.advance(3_000);
    const at = system.clock.now();
    await system.fences.raise(['prefix:profile:m'], 'drop');
    const { fences, state, verdict } = await explain(system);
    expect({ fences, state, verdict }).toEqual({
      fences: [{ target: 'prefix=profile:m', mode: 'drop', at }],
      ...{ state: 'missing', verdict: 'cold' },
    });
  });

  describe('names the invalidation that did it', () => {
    const began = async () => {
      const system = explained({ sources: [sourceWith({ tags: [KeyTemplate.parse('market:{market}')] })] });
      await system.catalog.track('profile', [KEY], system.clock.now());
      await warm(system, { keys: [KEY] });
      const steps: ['drop' | 'stale', string][] = [];
      const raise = async (target: string, mode: 'drop' | 'stale') => {
        await system.clock.advance(1_000);
        await system.fences.raise([target], mode);
        steps.unshift([mode, target.replace(':', '=')]);
      };
      const told = async () => {
        const { why, fences } = await explain(system);
        return { why: why[0]?.sentence, fences: fences.map(({ mode, target }) => [mode, target]) };
      };
      return { system, raise, told, steps };
    };

    test('of a dropped value the latest that drops, though others made it stale since, and lists them all', async () => {
      const { raise, told, steps } = await began();
      await raise('tag:market:m1', 'stale');
      await raise('source:profile', 'drop');
      await raise('prefix:profile:m', 'drop');
      await raise('all', 'stale');
      const { why, fences } = await told();
      expect(why).toMatch(/^It was dropped by the invalidation of prefix=profile:m at /);
      expect(fences).toEqual(steps.map(([mode, target]) => [mode, target === 'all' ? 'everything' : target]));
    });

    test('of a stale value the latest of that mode', async () => {
      const { raise, told } = await began();
      await raise('source:profile', 'stale');
      await raise('tag:market:m1', 'stale');
      expect((await told()).why).toMatch(/^It was made stale by the invalidation of tag=market:m1 at /);
    });

    test('of a key that was dropped by itself none of the fences that came later', async () => {
      const { system, raise, told } = await began();
      const drop = { selector: `key=${KEY}`, mode: 'drop', rewarm: false, dryRun: false } as const;
      await verbsOf(system).invalidate(drop);
      for (const mode of ['drop', 'stale'] as const) await raise('prefix:profile', mode);
      expect((await told()).why).toMatch(/^It was dropped by an invalidation of this key at /);
    });

    test('of an absence that a fence dropped that fence, though it has no body either', async () => {
      const { system, raise, told } = await began();
      system.origin.answerEach(() => ({ kind: 'absent' }));
      await warm(system, { keys: [KEY], options: { reason: 'force' } });
      await raise('source:profile', 'drop');
      expect((await told()).why).toMatch(/^It was dropped by the invalidation of source=profile at /);
    });
  });

  test('quotes a key for the shell and for the selector, as each needs it', () => {
    expect(warmOf('a key,"b"')).toEqual(['warm', 'key="a key,\\"b\\""']);
    const key = fc.string({ minLength: 1 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(key, (text) => {
        const [, term = ''] = warmOf(text);
        expect(parseSelector(term).keys).toEqual([text]);
      }),
    );
  });

  test.each([
    ['a run, which needs no worker', async () => {}, `forewarm warm key=${KEY}`],
    [
      'a release',
      async ({ live, catalog, clock }: ReturnType<typeof explained>) => {
        await live();
        await catalog.track('profile', [KEY], clock.now());
        for (let n = 1; n <= 10; n += 1) {
          const failure = { outcome: 'failed', reason: 'no', at: clock.now() + n } as const;
          await catalog.settle('profile', [{ key: KEY, dueAt: 0, failure }]);
        }
      },
      `forewarm quarantine release ${KEY}`,
    ],
    ['a run', ({ live }: ReturnType<typeof explained>) => live(), `forewarm warm key=${KEY}`],
    [
      'a run, where a scheduler would make none',
      ({ live }: ReturnType<typeof explained>) => live({ roles: ['worker'] }),
      `forewarm warm key=${KEY}`,
      [...SCHEDULES.slice(0, 1)],
    ],
  ])('names the command that helps: %s', async (_, arrange, command, schedules = [...SCHEDULES]) => {
    const system = explained({ schedules });
    await arrange(system);
    expect((await explain(system)).command).toBe(command);
  });

  test('of a misspelt source asks for the one that was meant', async () => {
    await expect(explained().verbs.explain('profil:m1')).rejects.toThrow('did you mean "profile:m1"?');
  });

  test('tells what it can while the jobs Redis says nothing', async () => {
    const system = explained();
    await warm(system, { keys: keysOf(2) });
    const away = () => Promise.reject(new ForewarmError('E_REDIS_UNAVAILABLE', 'the jobs Redis is away'));
    for (const [part, names] of [
      [system.catalog, ['get', 'recall']],
      [system.runs, ['list', 'active', 'chunk']],
      [system.registry, ['processes', 'ticks']],
      [system.popularity, ['of', 'top', 'reports']],
      [system.ledger, ['state']],
      [system.queue, ['counts']],
      [system.failedAttempts, ['of']],
      [system.ticks, ['states']],
    ] as const)
      for (const name of names) Object.assign(part, { [name]: away });
    expect(await explain(system, 'profile:m0')).toMatchObject({ verdict: 'warm', catalogued: null });
    expect(await explain(system, 'profile:m7')).toMatchObject({
      command: 'forewarm doctor',
      worth: { sentence: 'Not known: the jobs Redis does not say how often it is read.' },
      ...{ verdict: 'cold', reads: null, runsAreAll: null },
      delays: [
        {
          cause: 'redis-away',
          sentence: 'The jobs Redis does not say what holds it back: the jobs Redis is away.',
        },
      ],
      next: { cause: 'not-known' },
      kept: { cause: 'listed' },
    });
  });
});

const NOW = 1_000_000_000_000;
const time = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((ms) => NOW + ms);
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const failure = fc.record({
  ...{ outcome: fc.constantFrom('failed' as const, 'refused' as const), reason: fc.string(), at: time },
  ...{ count: fc.integer({ min: 1, max: 20 }), quarantined: fc.boolean() },
});
const head = fc.record({
  dueAt: time,
  staleAt: time,
  goneAt: time,
  kind: fc.constantFrom('value', 'absent', 'dropped'),
});
const schedule = (kind: 'refresh' | 'run', selector: string) =>
  fc.record({ nextAt: fc.option(time), lastAt: fc.option(time), isPaused: fc.boolean() }).map((of) => ({
    ...{ name: kind, kind, cron: '* * * * *', times: '* * * * *', timezone: null, selector },
    ...{ ...of, lastRun: null, waitingAt: null, asked: [], heardAt: null, leading: null, lostAt: null },
    paused: of.isPaused ? { by: 'ann', why: '', since: NOW, until: null } : null,
  }));
const process = fc.constantFrom(['worker'], ['scheduler'], ['worker', 'scheduler']).map((roles) => ({
  ...{ id: 'p', roles, host: 'h', pid: 1, startedAt: NOW, seenAt: NOW },
  memory: undefined,
  statistics: undefined,
}));
const facts: fc.Arbitrary<KeyFacts> = fc
  .record({
    head: maybe(head),
    record: maybe(fc.record({ dueAt: time, failure: maybe(failure), keptUntil: maybe(time) })),
    silence: maybe(fc.constant('away')),
    readFailure: maybe(fc.record({ reason: fc.string(), at: time })),
    isListed: maybe(fc.boolean()),
    processes: maybe(fc.array(process, { maxLength: 2 })),
    refreshes: fc.array(schedule('refresh', 'temperature=warm'), { maxLength: 2 }),
    runMakers: fc.array(schedule('run', ''), { maxLength: 1 }),
  })
  .map(({ head, record, isListed, processes, refreshes, runMakers, ...rest }) => ({
    ...{ key: KEY, source: sourceWith(), now: NOW, fences: [], silent: [], runs: undefined, ...rest },
    head: head === undefined ? undefined : { ...entryOf(KEY, '1').head, ...head, checkedAt: NOW - 5_000_000 },
    record: record === undefined ? undefined : { key: KEY, ...record },
    sets:
      isListed === undefined
        ? undefined
        : {
            feeding: ['markets'],
            listing: isListed ? ['markets'] : [],
            isListed,
            unread: [],
            near: undefined,
          },
    around: {
      processes,
      budget: undefined,
      lane: undefined,
      refreshes,
      running: [],
      runMakers: runMakers.map((view) => ({ view, selector: parseSelector(view.selector) })),
    },
  })) as fc.Arbitrary<KeyFacts>;

describe('what holds a key back, over whatever may be known of it', () => {
  test('is something for every cold key, and of a warm one only what holds its refresh back', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const delays = tell(DELAY_RULES, known);
        if (!isWarm(servableAt(known.head, known.now))) {
          expect(delays.length).toBeGreaterThan(0);
          return;
        }
        const causes = delays.map(({ cause }) => cause);
        for (const cause of ['not-kept', 'no-run-yet', 'next-tick', 'in-hand', 'unexplained'] as const)
          expect(causes).not.toContain(cause);
        if (known.record === undefined && known.silence === undefined) expect(causes).toEqual([]);
      }),
    );
  });

  test('is never "nothing that is known" while something looks at what is due', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const isLookedAt = known.around.refreshes.some(({ nextAt }) => nextAt !== null);
        const causes = tell(DELAY_RULES, known).map(({ cause }) => cause);
        if (isLookedAt) expect(causes).not.toContain('unexplained');
        if (causes.includes('unexplained')) expect(causes).toEqual(['unexplained']);
      }),
    );
  });

  test('is not said to be unknown although it is known', () => {
    const known = { key: KEY, source: sourceWith(), now: NOW, fences: [], silent: [], runs: undefined };
    const unexplained: KeyFacts = {
      ...{ ...known, head: undefined, silence: undefined, readFailure: undefined, sets: undefined },
      record: { key: KEY, dueAt: NOW - 1, failure: undefined, keptUntil: undefined },
      around: {
        processes: undefined,
        budget: undefined,
        lane: undefined,
        refreshes: [],
        runMakers: [],
        running: [],
      },
    };
    expect(tell(DELAY_RULES, unexplained)).toMatchObject([{ cause: 'unexplained', command: 'doctor' }]);
    const away = { ...unexplained, silence: 'away' };
    expect(tell(DELAY_RULES, away).map(({ cause }) => cause)).toEqual(['redis-away']);
  });
});
