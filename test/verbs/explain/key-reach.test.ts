/** Only runs and schedules that can have a key are named with it, and one that cannot be read here spoils nothing. */
import { describe, expect, test } from 'vitest';
import { entitySetOptions } from '../../../src/catalog/entities/options.ts';
import { KeyTemplate } from '../../../src/core/key.ts';
import { runsAlongside } from '../../../src/verbs/plans/alongside.ts';
import { waitsOf } from '../../../src/verbs/runs/run-waits.ts';
import { createRun, doJob, warmChunk } from '../../jobs/run.steps.ts';
import { PLAIN_RULES } from '../../support/schedules.ts';
import { marketsCsv, sourceWith } from '../../support/sources.ts';
import { NEVER, warm } from '../../warming/warm.steps.ts';
import { explain, explained, KEY, SCHEDULES } from './explain.steps.ts';

const tagged = sourceWith({
  tags: ['market:{market}', 'state:{state}'].map((tag) => KeyTemplate.parse(tag)),
});
const CAN = ['', 'source=profile', `key=${KEY}`, 'prefix=profile:m', 'entities=markets', 'tag=market:m1'];
const MAY = ['tag=state:co', 'age>1h', 'temperature=warm age<1d'];
const CANNOT = [
  ...['source=quote', 'temperature=hot', 'key=profile:m2', 'prefix=profile:x', 'entities=shops'],
  ...['tag=market:m2', 'tag=county:7'],
];

function arranged(selectors: readonly string[], change: Parameters<typeof explained>[0] = {}) {
  const runs = selectors.map((selector, i) => ({
    ...{ name: `s${i}`, rule: { cron: '0 2 * * *', timezone: 'UTC' }, rules: PLAIN_RULES },
    action: { kind: 'run' as const, selector, options: { force: false, missing: false, limit: 0 } },
  }));
  const entities = { markets: marketsCsv(10), shops: marketsCsv(0) };
  const sources = [tagged, sourceWith({ name: 'quote' })];
  return explained({ sources, entities, schedules: [...SCHEDULES.slice(0, 1), ...runs], ...change });
}

describe('of a key are named', () => {
  test('the schedules that can select it, and no others', async () => {
    const selectors = [...CAN, ...MAY, ...CANNOT];
    const { schedules } = await explain(arranged(selectors));
    const named = schedules
      .filter(({ kind }) => kind === 'run')
      .map(({ name }) => selectors[Number(name.slice(1))]);
    expect(named).toEqual([...CAN, ...MAY]);
  });

  test('of a constant key those of whatever set, and those of a set that cannot be read', async () => {
    const constant = arranged(['entities=markets', 'key=elsewhere'], {
      sources: [sourceWith({ template: 'profile' })],
    });
    const names = async (system: typeof constant, key: string) =>
      (await explain(system, key)).schedules.filter(({ kind }) => kind === 'run').map(({ name }) => name);
    expect(await names(constant, 'profile')).toEqual(['s0']);
    const shops = entitySetOptions.parse({ csv: '/nowhere/shops.csv', id: 'market' });
    const unread = arranged(['entities=shops', 'entities=markets'], {
      entities: { markets: marketsCsv(2), shops },
    });
    expect(await names(unread, 'profile:m7')).toEqual(['s0']);
  });

  test('the runs at work that can still do it: not one that selects others, has it not, or is done with it', async () => {
    const system = arranged([]);
    await system.live();
    await createRun(system, { id: 'other', selector: 'key=profile:m2' });
    await createRun(system, { id: 'same', selector: CAN.slice(1).join(' ') });
    await createRun(system, { id: 'third', selector: 'prefix=profile:x' });
    const atWork = async () => (await explain(system)).delays.find(({ cause }) => cause === 'run-at-work');
    expect((await atWork())?.sentence).toBe('Run "same" is still planning, and may take it up.');
    await system.planner.plan('same', NEVER);
    expect((await atWork())?.sentence).toBe('Run "same" has it, with 1 key still to do.');
    await doJob(system, { ...warmChunk(0), run: 'same' });
    expect(await atWork()).toBeUndefined();
  });
});

describe('a run that a later version made', () => {
  const LATER = 'source=profile near=39.7,-105.0';

  test('spoils the explanation of no key, and is told as one that cannot be read', async () => {
    const system = arranged([]);
    await createRun(system, { selector: LATER });
    for (const key of [KEY, 'quote:m1']) {
      const { delays } = await explain(system, key);
      const told = delays.find(({ cause }) => cause === 'run-unread')?.sentence;
      expect(told).toContain('Run "r1" is of another version and cannot be read here');
    }
    await warm(system, { keys: [KEY] });
    expect(await explain(system)).toMatchObject({ verdict: 'warm', delays: [] });
    expect((await system.verbs.check('', 5)).cold[0]?.key).toBe('profile:m0');
  });

  test('is looked through for the key like any other, by its manifest', async () => {
    const system = arranged([]);
    await createRun(system, { selector: LATER });
    await system.runs.addChunk('r1', 0, 'profile', [KEY]);
    await system.runs.begin('r1', 1, 1, system.clock.now());
    expect((await explain(system)).runs).toMatchObject([{ run: 'r1', outcome: null }]);
    await system.runs.record('r1', 0, [{ index: 0, outcome: 'failed' }]);
    const { runs, delays } = await explain(system);
    expect(runs).toMatchObject([{ run: 'r1', outcome: 'failed' }]);
    expect(delays.map(({ cause }) => cause)).not.toContain('run-unread');
  });

  test('leaves what other runs wait for, and counts as a user of every origin in a plan', async () => {
    const system = arranged([]);
    const mine = await createRun(system, { id: 'mine' });
    const later = await createRun(system, { selector: LATER });
    await system.ledger.pause('markets', system.clock.now() + 60_000, 'answered 503');
    await system.live();
    const [own, others] = await waitsOf(system, [mine, later]);
    expect([own?.map((wait) => wait.for), others]).toEqual([['origin'], []]);
    const now = system.clock.now();
    const alongside = await runsAlongside(system, new Set(['markets']), { now, startsAt: now } as never);
    expect(alongside.map(({ view }) => view.name).sort()).toEqual(['mine', 'r1']);
  });
});
