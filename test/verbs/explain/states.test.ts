/** Over whatever holds a key back at once: an explanation names each of it, and the commands that it suggests work. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyTemplate } from '../../../src/core/key.ts';
import { parseSelector } from '../../../src/core/selector/selector-grammar.ts';
import { createRun, plannedRun } from '../../jobs/run.steps.ts';
import { bodyOf, failing } from '../../support/scripted-origin.ts';
import { sourceWith } from '../../support/sources.ts';
import { warm } from '../../warming/warm.steps.ts';
import { request, verbsOf } from '../verbs.steps.ts';
import { type Explained, explain, explained, KEY, SCHEDULES } from './explain.steps.ts';

/** Something that holds a key back: how it comes about, and the causes of which one must be told. */
interface State {
  readonly arrange: (system: Explained) => Promise<unknown>;
  readonly told: readonly string[];
}

const fails = async (system: Explained, times: number) => {
  system.origin.answer(failing('permanent', 'no such market'));
  for (let n = 0; n < times; n += 1) {
    await warm(system, { keys: [KEY], options: { reason: 'force' } });
    await system.clock.advance(100);
  }
};

/** One of each group at the most. */
const GROUPS: readonly Readonly<Record<string, State>>[] = [
  {
    'never taken up': { arrange: async () => {}, told: ['no-run-yet', 'not-kept', 'in-hand', 'next-tick'] },
    'refused by a guard': {
      arrange: async (system) => {
        await track(system);
        system.origin.answerEach(() => bodyOf('{}'));
        await warm(system, { keys: [KEY] });
      },
      told: ['refused'],
    },
    'failed for good': { arrange: (system) => track(system).then(() => fails(system, 1)), told: ['failed'] },
    'in quarantine': {
      arrange: (system) => track(system).then(() => fails(system, 10)),
      told: ['quarantined'],
    },
    'hidden by a later fence': {
      arrange: async (system) => {
        await track(system);
        await warm(system, { keys: [KEY] });
        await system.clock.advance(1_000);
        await system.fences.raise(['tag:market:m1'], 'drop');
      },
      told: ['dropped'],
    },
    // Where what looks at it is paused, no tick comes.
    due: { arrange: (system) => track(system), told: ['next-tick', 'in-hand', 'refresh-paused'] },
  },
  {
    'an origin that is paused': {
      arrange: ({ ledger, clock }) => ledger.pause('markets', clock.now() + 60_000, 'answered 503'),
      told: ['origin-paused'],
    },
    'a budget that is used up': {
      arrange: ({ ledger }) => ledger.permit('markets', AbortSignal.timeout(5_000)),
      told: ['budget-used-up'],
    },
    'limits that are lowered': {
      arrange: async (system) => {
        const state = await system.ledger.state('markets');
        const since = system.clock.now();
        const lowered = { since, cutAt: since, reason: 'answered 429' };
        system.ledger.state = async () => ({ ...state, limits: { concurrency: 2, intervalMs: 0 }, lowered });
      },
      told: ['limits-lowered'],
    },
  },
  {
    'no worker': { arrange: ({ live }) => live({ roles: ['scheduler'] }), told: ['no-worker'] },
    'no worker for its lane': {
      arrange: ({ live }) => live({ knows: { sources: { quote: 'hot' }, entities: [] } }),
      told: ['no-worker-knows'],
    },
    'no scheduler': { arrange: ({ live }) => live({ roles: ['worker'] }), told: ['no-scheduler'] },
  },
  {
    'a schedule that is paused': {
      arrange: ({ ticks }) => {
        const state = { cursor: 0, rule: '*/10 * * * *', waiting: undefined };
        return ticks.pause('warm', state, { id: 'a', by: 'ann', why: 'moving', end: undefined });
      },
      told: ['refresh-paused'],
    },
  },
  {
    'a run that is at work, behind others': {
      arrange: (system) => plannedRun(system),
      told: ['run-at-work'],
    },
    'a run that was stopped': {
      arrange: async (system) => {
        await plannedRun(system);
        await system.runs.stop('r1', 'stopped', '', system.clock.now());
      },
      told: ['cancelled'],
    },
    'a run of another version': {
      arrange: (system) => createRun(system, { selector: 'near=7,8' }),
      told: ['run-unread'],
    },
  },
  {
    'a queue that is full': {
      arrange: ({ queue }) =>
        queue.add(
          Array.from({ length: 30 }, (_, i) => ({
            ...{ id: `j-${i}`, lane: 'markets', kind: 'x', payload: {}, priority: 1, delayMs: 60_000 },
          })),
        ),
      told: ['jobs-before'],
    },
  },
  {
    'a tier that is cut off': {
      arrange: async ({ disk }) => {
        disk.chaos.down = true;
      },
      told: ['silent-tier'],
    },
  },
];

const track = ({ catalog, clock }: Explained) => catalog.track('profile', [KEY], clock.now());

const states = fc.tuple(...GROUPS.map((group) => fc.option(fc.constantFrom(...Object.keys(group)))));

async function inStates(names: readonly (string | null)[]): Promise<Explained> {
  const sources = [sourceWith({ tags: [KeyTemplate.parse('market:{market}')] })];
  const system = explained({ sources, budget: { rate: undefined, concurrency: 1 } });
  await system.live();
  for (const [i, name] of names.entries()) if (name !== null) await GROUPS[i]?.[name]?.arrange(system);
  return system;
}

/** What each suggested command does, and what shows that it could. */
const COMMANDS: Readonly<Record<string, (system: Explained, args: readonly string[]) => Promise<void>>> = {
  doctor: async () => {},
  worker: async () => {},
  scheduler: async () => {},
  warm: async (system, args) => {
    expect(parseSelector(args).keys).toEqual([KEY]);
    const { run } = await verbsOf(system).warm(request({ selector: args.join(' ') }), 'library');
    expect(run.state).toBe('planning');
  },
  quarantine: async (system, [verb, key = '']) => {
    expect([verb, await verbsOf(system).release([key])]).toEqual(['release', 1]);
  },
  schedules: async (_, [verb, name]) => {
    expect([verb, SCHEDULES.map((schedule) => schedule.name)]).toEqual([
      'resume',
      expect.arrayContaining([name]),
    ]);
  },
};

test('an explanation names each thing that holds a key back, and what it suggests can be done', async () => {
  await fc.assert(
    fc.asyncProperty(states, async (names) => {
      const system = await inStates(names);
      const { verdict, why, delays, command } = await explain(system);
      const causes = [...why, ...delays].map(({ cause }) => cause);
      expect(verdict).not.toBe('warm');
      expect([delays.length > 0, causes.includes('unexplained')]).toEqual([true, false]);
      for (const [i, name] of names.entries()) {
        const told = name === null ? undefined : GROUPS[i]?.[name]?.told;
        if (told !== undefined)
          expect(
            told.some((cause) => causes.includes(cause as never)),
            `${name}: ${causes}`,
          ).toBe(true);
      }
      const suggested = [command?.replace(/^forewarm /, ''), ...delays.map((delay) => delay.command)];
      for (const words of new Set(suggested.flatMap((text) => text ?? []))) {
        const [name = '', ...args] = words.split(' ');
        await COMMANDS[name]?.(system, args);
        expect(COMMANDS).toHaveProperty(name);
      }
    }),
    { numRuns: 12 },
  );
});
