/** What is recorded of calls, and that recording them holds up and fails nothing. */
import { expect, test } from 'vitest';
import type { Action } from '../../../src/catalog/audit-log.ts';
import { ForewarmError } from '../../../src/core/errors.ts';
import { Events } from '../../../src/core/events.ts';
import { hideSecrets } from '../../../src/core/secrets.ts';
import { actAs } from '../../../src/flow/actor.ts';
import { ACTION_VERBS, type ActionVerb } from '../../../src/verbs/audit/action-verbs.ts';
import { audited } from '../../../src/verbs/audit/audited.ts';
import { bounded } from '../../../src/verbs/bounded.ts';
import type { Verbs } from '../../../src/verbs/verbs.ts';
import { EventLog } from '../../support/event-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { verbsInMemory } from '../../support/in-memory/verbs.ts';

function create({ add = async () => {} }: { add?: () => Promise<void> } = {}) {
  const clock = new FakeClock();
  const events = new Events();
  const log = new EventLog(events, ['problem']);
  const added: Action[] = [];
  const plain = verbsInMemory(clock);
  const auditLog = {
    async add(_: string, action: Action) {
      added.push(action);
      await add();
    },
  };
  const self = { who: 'ann@host', way: 'cli' } as const;
  const deps = { auditLog, self, hide: hideSecrets, clock, events, newId: () => 'id' };
  return {
    clock,
    log,
    added,
    plain,
    ...audited(plain, deps),
    wrap: (verbs: typeof plain) => audited(verbs, deps),
  };
}

/** What only looks. A new verb that changes something has a row in `ACTIONS`; the compiler asks for the others here. */
const LOOKS: Readonly<Record<Exclude<keyof Verbs, ActionVerb>, true>> = {
  runs: true,
  run: true,
  runReport: true,
  runFailures: true,
  diffRuns: true,
  watchRun: true,
  get: true,
  getMany: true,
  list: true,
  count: true,
  inspect: true,
  check: true,
  plan: true,
  explain: true,
  worth: true,
  schedules: true,
  previewSchedule: true,
  clockChanges: true,
  schedule: true,
  ticks: true,
  stats: true,
  overview: true,
  budget: true,
  processes: true,
  lanes: true,
  quarantine: true,
  deadLetters: true,
  doctor: true,
  ready: true,
  logLevel: true,
  changes: true,
  audit: true,
  export: true,
  bench: true,
  history: true,
  scheduleResults: true,
};

test('each verb is either recorded or known to change nothing, and not both', () => {
  const { verbs } = create();
  const known = [...Object.keys(LOOKS), ...ACTION_VERBS];
  expect(Object.keys(bounded(verbs, new FakeClock())).toSorted()).toEqual(known.toSorted());
});

test('whoever a call was begun for did it, and the user of the process what nobody else asked for', async () => {
  const { verbs, added } = create();
  await actAs({ who: 'deploys', way: 'api' }, () => verbs.release([]));
  await verbs.release([]);
  await Promise.all(['a', 'b'].map((who) => actAs({ who, way: 'api' }, async () => void (await verbs.gc()))));
  expect(added.map(({ who, way }) => `${who} ${way}`).toSorted()).toEqual([
    ...['a api', 'ann@host cli', 'b api', 'deploys api'],
  ]);
});

test('a call that failed on the way is recorded with its reason, and fails as it did', async () => {
  const { plain, added, wrap } = create();
  const error = new ForewarmError('E_TIER_UNAVAILABLE', 'the disk is full');
  const { verbs } = wrap({ ...plain, gc: () => Promise.reject(error) });
  await expect(verbs.gc()).rejects.toBe(error);
  expect(added).toMatchObject([{ verb: 'gc', outcome: 'failed', result: 'the disk is full' }]);
});

test('a log that does not answer holds up no call, and one that fails makes a problem', async () => {
  const held = Promise.withResolvers<void>();
  const { verbs, log, added, settled, clock } = create({ add: () => held.promise });
  expect(await verbs.release([])).toBe(0);
  expect(added).toHaveLength(1);
  held.reject(new ForewarmError('E_REDIS_UNAVAILABLE', 'away'));
  await settled(clock.now() + 1_000);
  expect(log.seen.map(({ payload }) => payload)).toMatchObject([
    { where: expect.stringContaining('release') },
  ]);
});

test('a process that ends waits for its records, and no longer than it may', async () => {
  const { verbs, settled, clock } = create({ add: () => new Promise(() => {}) });
  await verbs.release([]);
  let done = false;
  const wait = settled(clock.now() + 1_000).then(() => {
    done = true;
  });
  await clock.advance(999);
  expect(done).toBe(false);
  await clock.advance(1);
  await wait;
});

test('secrets are hidden, long texts are cut, and rows and keys are counted', async () => {
  const { verbs, added } = create();
  await verbs.pauseSchedules(
    { names: ['nightly'], kinds: [], all: false },
    { why: 'see https://ann:hunter2@wiki/freeze' },
  );
  await verbs.warm({ keys: Array.from({ length: 1_000 }, (_, i) => `profile:${i}`) });
  await verbs.purge({
    selector: `prefix=profile:${'x'.repeat(5_000)}`,
    expired: false,
    forget: false,
    dryRun: false,
  });
  const text = JSON.stringify(added);
  expect(text).not.toContain('hunter2');
  expect(added.map(({ about }) => about.length).every((length) => length <= 500)).toBe(true);
  expect(added[1]?.about).toBe('keys=profile:0, profile:1, profile:2, profile:3, profile:4 and 995 more');
});

test('a secret in a note is kept nowhere, and a note is hidden from what a call was about', async () => {
  const { verbs, plain, added } = create();
  const why = 'see https://ann:hunter2@wiki/freeze';
  const { run } = await verbs.warm({ selector: 'source=profile', why });
  await verbs.stopRun(run.id, { why });
  const shown = await plain.schedules();
  await verbs.pauseSchedules({ names: ['nightly'], kinds: [], all: false }, { why });
  const kept = JSON.stringify([added, await plain.run(run.id), await plain.schedules(), shown]);
  expect(kept).not.toContain('hunter2');
  expect(kept.match(/wiki\/freeze/g)).toHaveLength(6);
  expect(added[0]).toMatchObject({ about: 'selector=source=profile', note: expect.stringContaining('wiki') });
});

test('a redrive of one run is on record as that, and not as one of all', async () => {
  const { added, verbs } = create();
  await verbs.redrive({ run: 'run-1', why: 'it is back' });
  await verbs.redrive({});
  await verbs.redrive({ dryRun: true });
  expect(added.map(({ about, note }) => [about, note])).toEqual([
    ['run=run-1', 'it is back'],
    ['ids=all', ''],
  ]);
});

test('arguments that are of no verb are refused by the verb, and not by the record', async () => {
  const { verbs, added } = create();
  const strange = verbs as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  for (const verb of ACTION_VERBS)
    for (const args of [
      [],
      [null],
      [Symbol('x')],
      [
        {
          get selector() {
            throw new Error('no');
          },
        },
      ],
    ])
      await strange[verb]?.(...args).catch(() => undefined);
  expect(added.every(({ about }) => typeof about === 'string')).toBe(true);
});
