/** Every cause of the tables, made to happen, and the sentence that tells it. */
import { describe, expect, test } from 'vitest';
import { entitySetOptions } from '../../../src/catalog/entities/options.ts';
import { KeyTemplate } from '../../../src/core/key.ts';
import {
  DELAY_CAUSES,
  type DelayCause,
  KEPT_CAUSES,
  type KeptCause,
  NEXT_CAUSES,
  type NextCause,
  WHY_CAUSES,
  type WhyCause,
} from '../../../src/verbs/explain/causes.ts';
import { createRun, plannedRun } from '../../jobs/run.steps.ts';
import { bodyOf, failing } from '../../support/scripted-origin.ts';
import { GRACE, marketsCsv, sourceWith, TTL } from '../../support/sources.ts';
import { loseAll, warm } from '../../warming/warm.steps.ts';
import { verbsOf } from '../verbs.steps.ts';
import { type Explained, explain, explained, KEY } from './explain.steps.ts';

interface Case {
  readonly options?: () => Parameters<typeof explained>[0];
  readonly arrange?: (system: Explained) => Promise<unknown>;
  readonly key?: string;
  readonly sentence: RegExp;
}

const AT = '2100-01-0\\dT[\\d:]+Z';
const tells = (text: string) => new RegExp(`^${text.replaceAll('AT', AT)}$`);
const track = ({ catalog, clock }: Explained) => catalog.track('profile', [KEY], clock.now());
const warmed = async (system: Explained) => {
  await track(system);
  await warm(system, { keys: [KEY] });
};
const TAGGED = { sources: [sourceWith({ tags: [KeyTemplate.parse('market:{market}')] })] };
const GONE = entitySetOptions.parse({ csv: '/nowhere/markets.csv', id: 'market' });

const WHY: Readonly<Record<WhyCause, Case>> = {
  'silent-tier': {
    arrange: async (system) => {
      await warmed(system);
      await loseAll(system);
      system.disk.chaos.down = true;
    },
    sentence: /^Whether it is stored is not known: chaos: down\.$/,
  },
  dropped: {
    options: () => TAGGED,
    arrange: async (system) => {
      await warmed(system);
      await system.clock.advance(1_000);
      await verbsOf(system).invalidate({
        selector: `key=${KEY}`,
        mode: 'drop',
        rewarm: false,
        dryRun: false,
      });
    },
    sentence: tells('It was dropped by an invalidation of this key at AT\\.'),
  },
  'made-stale': {
    options: () => TAGGED,
    arrange: async (system) => {
      await warmed(system);
      await system.clock.advance(1_000);
      await system.fences.raise(['tag:market:m1'], 'stale');
    },
    sentence: tells('It was made stale by the invalidation of tag=market:m1 at AT\\.'),
  },
  'past-ttl': {
    arrange: async (system) => {
      await warmed(system);
      await system.clock.advance(TTL + 60_000);
    },
    sentence: tells('Its value is past its ttl since AT \\(1m\\); it can be served until AT\\.'),
  },
  gone: {
    arrange: async (system) => {
      await warmed(system);
      await system.clock.advance(TTL + GRACE);
    },
    sentence: tells('Its value was past everything at AT\\.'),
  },
  'not-stored': { arrange: track, sentence: /^No tier holds anything under it\.$/ },
};

const KEPT: Readonly<Record<Exclude<KeptCause, 'not-looked'>, Case>> = {
  constant: {
    options: () => ({ sources: [sourceWith({ template: 'profile' })] }),
    key: 'profile',
    sentence: /^It is the one key of its source, which needs no entity set\.$/,
  },
  listed: { sentence: /^Entity set "markets" has it\.$/ },
  named: {
    key: 'profile:elsewhere',
    arrange: async ({ catalog, clock }) => {
      await catalog.track('profile', ['profile:elsewhere'], clock.now());
      await catalog.keep('profile', ['profile:elsewhere'], clock.now() + 60_000);
    },
    sentence: tells('Somebody named it: it is kept warm until AT, though no entity set has it\\.'),
  },
  'set-unread': {
    options: () => ({ entities: { markets: marketsCsv(3), shops: GONE } }),
    key: 'profile:elsewhere',
    sentence: /^Entity set "shops", which may have it, cannot be read: .*there is no such file\.$/,
  },
  'no-set-feeds': {
    options: () => ({ sources: [sourceWith({ template: 'profile:{shop}' })] }),
    sentence: /^No entity set feeds source "profile": none has the columns shop, so nothing keeps/,
  },
  'in-no-set-any-more': {
    key: 'profile:m99',
    arrange: ({ catalog, clock }) => catalog.track('profile', ['profile:m99'], clock.now()),
    sentence: /^No entity set has it any more \("markets"\): it is refreshed until `gc` forgets it\.$/,
  },
  'in-no-set': {
    options: () => ({ entities: { markets: marketsCsv(20) } }),
    key: 'profile:m1O',
    sentence:
      /^None of the entity sets that feed its source has it \("markets"\), so nothing keeps it warm; did you mean "profile:m1"\?$/,
  },
};

const fails = async (system: Explained, times = 1) => {
  await track(system);
  system.origin.answer(failing('permanent', 'no such market'));
  for (let n = 0; n < times; n += 1) {
    await warm(system, { keys: [KEY], options: { reason: 'force' } });
    await system.clock.advance(1_000);
  }
};

const DELAYS: Readonly<Record<Exclude<DelayCause, 'redis-away' | 'unexplained'>, Case>> = {
  quarantined: {
    arrange: (system) => fails(system, 10),
    sentence: tells(
      'It is in quarantine, since 10 attempts in a row failed, the last at AT: no such market; it is tried again at AT, and runs leave it out\\.',
    ),
  },
  refused: {
    arrange: async (system) => {
      await track(system);
      system.origin.answerEach(() => bodyOf('{}'));
      await warm(system, { keys: [KEY] });
    },
    sentence: tells(
      'What the origin answered was refused at AT: the body is empty: {}; it is tried again at AT\\.',
    ),
  },
  failed: {
    arrange: (system) => fails(system, 2),
    sentence: tells(
      'The last attempt failed at AT, 2 times in a row: no such market; it is tried again at AT\\.',
    ),
  },
  'read-failed': {
    arrange: ({ readFailures, clock }) =>
      readFailures.note('profile', new Map([[KEY, 'answered 500']]), clock.now()),
    sentence: tells('A reader could not have it fetched at AT: answered 500\\.'),
  },
  'origin-paused': {
    arrange: ({ ledger, clock }) => ledger.pause('markets', clock.now() + 60_000, 'answered 503'),
    sentence: tells('Calls to origin "markets" are paused until AT: answered 503\\.'),
  },
  'quota-used-up': {
    arrange: async (system) => {
      await system.ledger.permit('markets', AbortSignal.timeout(5_000)).then((permit) => permit.release());
      const state = await system.ledger.state('markets');
      const quota = { left: 0, resetAt: system.clock.now() + 60_000 };
      system.ledger.state = async () => ({ ...state, quota });
    },
    sentence: tells('Origin "markets" said that nothing is left of its quota until AT\\.'),
  },
  'budget-used-up': {
    options: () => ({ budget: { rate: undefined, concurrency: 1 } }),
    arrange: async ({ ledger }) => {
      await ledger.permit('markets', AbortSignal.timeout(5_000));
    },
    sentence:
      /^Origin "markets" has no call to spare: its budget allows 1 call at a time, and as many are under way\.$/,
  },
  'limits-lowered': {
    arrange: async (system) => {
      const state = await system.ledger.state('markets');
      const since = system.clock.now();
      system.ledger.state = async () => ({
        ...{ ...state, limits: { concurrency: 4, intervalMs: 200 } },
        lowered: { since, cutAt: since, reason: 'answered 429' },
      });
    },
    sentence: tells(
      'The limits of origin "markets" are lowered to 5\\.00 calls a second and 4 calls at a time since AT: answered 429\\.',
    ),
  },
  'no-worker': {
    arrange: ({ registry }) => registry.leave('p1'),
    sentence: /^No worker is running, and only workers fetch\.$/,
  },
  'no-worker-knows': {
    arrange: ({ live }) => live({ knows: { sources: { quote: 'hot' }, entities: [] } }),
    sentence: /^None of the 1 worker that run is configured with source "profile"\.$/,
  },
  'not-kept': {
    key: 'profile:elsewhere',
    sentence:
      /^Nothing keeps it warm, so nothing fetches it but a read or a run that names it; add its row to an entity set: "markets"\.$/,
  },
  'no-run-yet': {
    sentence: /^No run has taken it up yet, .*; schedule "nightly" makes one at 20[\d-]+T02:00:00Z\.$/,
  },
  'no-scheduler': {
    arrange: ({ live }) => live({ roles: ['worker'] }),
    sentence: /^No scheduler is running, so nothing refreshes it by itself\.$/,
  },
  'refresh-paused': {
    arrange: async ({ ticks }) => {
      const state = { cursor: 0, rule: '*/10 * * * *', waiting: undefined };
      await ticks.pause('warm', state, { id: 'a', by: 'ann', why: 'moving', end: undefined });
    },
    sentence: /^Schedule "warm", which refreshes it, is paused until it is resumed, by ann: moving\.$/,
  },
  cancelled: {
    arrange: async (system) => {
      await plannedRun(system);
      await system.runs.stop('r1', 'stopped', 'by ann', system.clock.now());
    },
    sentence: /^Run "r1", the last that had it, was stopped before it came to it, by ann\.$/,
  },
  'run-unread': {
    arrange: (system) => createRun(system, { selector: 'source=profile near=7,8' }),
    sentence:
      /^Run "r1" is of another version and cannot be read here, so whether it has the key is not known: .*"near=7,8".*\.$/,
  },
  'run-at-work': {
    arrange: (system) => plannedRun(system),
    sentence: /^Run "r1" has it, with 10 keys still to do\.$/,
  },
  'in-hand': {
    arrange: async (system) => {
      await track(system);
      await system.catalog.claim('profile', system.clock.now(), system.clock.now() + 600_000, 10);
    },
    sentence: tells('A job has it in hand, or put it off: it is due again at AT at the latest\\.'),
  },
  'jobs-before': {
    arrange: async (system) => {
      await plannedRun(system);
    },
    sentence: /^3 jobs of origin "markets" wait, and 0 are at work\.$/,
  },
  'tick-not-done': {
    arrange: async (system) => {
      await track(system);
      await system.registry.noteTick('warm', system.clock.now() + 1_000);
      await system.clock.advance(2_000);
    },
    sentence: tells('It was due at AT, and the refresh that fired at AT has not taken it yet\\.'),
  },
  'next-tick': {
    arrange: track,
    sentence: /^It is due since 2100-[^ ]+Z, and schedule "warm" looks at what is due at 20[^ ]+Z\.$/,
  },
};

const NEXT: Readonly<Record<Exclude<NextCause, 'not-known'>, Case>> = {
  never: { sentence: /^It is never due: no run has taken it up\.$/ },
  'after-quarantine': {
    arrange: (system) => fails(system, 10),
    sentence: tells('It is in quarantine, and due again at AT\\.'),
  },
  'after-failure': {
    arrange: (system) => fails(system),
    sentence:
      /^After an attempt that did not succeed it is due 10s later, a tenth of its ttl of 1m40s within bounds\.$/,
  },
  now: { arrange: track, sentence: tells('It is due since AT\\.') },
  'refresh-ahead': { arrange: warmed, sentence: /^It is due at 80 % of its ttl of 1m40s\.$/ },
  'in-hand': { ...DELAYS['in-hand'], sentence: /^A job has it in hand, or put it off; it is due then/ },
};

async function arranged({ options, arrange, key = KEY }: Case) {
  const system = explained(options?.());
  await system.live();
  await arrange?.(system);
  return explain(system, key);
}

/** What may hold back the next refresh of a key that is warm, and when it does not. */
const HOLDING: readonly (readonly [DelayCause, (system: Explained) => Promise<unknown>, boolean])[] = [
  ['no-worker', ({ live }) => live({ roles: ['scheduler'] }), true],
  ['no-scheduler', ({ live }) => live({ roles: ['worker'] }), true],
  ['no-worker-knows', ({ live }) => live({ knows: { sources: { quote: 'hot' }, entities: [] } }), true],
  ['failed', (system) => fails(system), true],
  [
    'origin-paused',
    ({ ledger, clock }) => ledger.pause('markets', clock.now() + 10 * TTL, 'answered 503'),
    true,
  ],
  [
    'origin-paused',
    ({ ledger, clock }) => ledger.pause('markets', clock.now() + 1_000, 'answered 503'),
    false,
  ],
];

const casesOf = (table: Readonly<Record<string, Case>>) => Object.entries(table);

describe('each cause is told when it happens', () => {
  test.each(casesOf(WHY))('why: %s', async (cause, made) => {
    const { why } = await arranged(made);
    expect(why.map((each) => each.cause)).toContain(cause);
    expect(why.find((each) => each.cause === cause)?.sentence).toMatch(made.sentence);
  });

  test.each(casesOf(DELAYS))('what holds it back: %s', async (cause, made) => {
    const { delays } = await arranged(made);
    expect(delays.map((each) => each.cause)).toContain(cause);
    expect(delays.find((each) => each.cause === cause)?.sentence).toMatch(made.sentence);
  });

  test.each(casesOf(KEPT))('what keeps it warm: %s', async (cause, made) => {
    const { kept } = await arranged(made);
    expect([kept.cause, kept.sentence]).toEqual([cause, expect.stringMatching(made.sentence)]);
  });

  test.each(casesOf(NEXT))('when it is due: %s', async (cause, made) => {
    const { next } = await arranged(made);
    expect([next.cause, next.sentence]).toEqual([cause, expect.stringMatching(made.sentence)]);
  });
});

test.each(HOLDING)('the refresh of a warm key is held back by %s', async (cause, arrange, isHeld) => {
  const system = explained();
  await system.live();
  await warmed(system);
  expect(await explain(system)).toMatchObject({ verdict: 'warm', delays: [], command: null });
  await arrange(system);
  const { verdict, delays } = await explain(system);
  expect([verdict, ...delays.map((each) => each.cause)]).toEqual(['warm', ...(isHeld ? [cause] : [])]);
});

test('a run that is still planning has no number of keys to do', async () => {
  const system = explained();
  await system.live();
  await createRun(system, { selector: 'source=profile' });
  const { delays } = await explain(system);
  expect(delays.find(({ cause }) => cause === 'run-at-work')?.sentence).toBe(
    'Run "r1" is still planning, and may take it up.',
  );
});

test('every cause of the tables is here, or in a test of its own', () => {
  const tested = [WHY, KEPT, DELAYS, NEXT].flatMap((table) => Object.keys(table));
  const elsewhere = ['redis-away', 'unexplained', 'not-looked', 'not-known'];
  const causes = [...WHY_CAUSES, ...KEPT_CAUSES, ...DELAY_CAUSES, ...NEXT_CAUSES];
  expect(causes.filter((cause) => ![...tested, ...elsewhere].includes(cause))).toEqual([]);
});
