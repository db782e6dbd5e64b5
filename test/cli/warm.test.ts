import { describe, expect, test } from 'vitest';
import { countsOf } from '../../src/core/outcome.ts';
import { Cli, eventsOf, NO_WORKER, runView, scripted } from './harness.ts';

/** An app in whose process the keys of every run are warmed by itself. */
function busy(cli: Cli, keysAtOnce: number): void {
  const warm = cli.verbs.warm.bind(cli.verbs);
  cli.script({
    warm: async (request, cause) => {
      const made = await warm(request, cause);
      const work = () => {
        cli.verbs.work(made.run.id, keysAtOnce);
        void cli.verbs.run(made.run.id).then(({ state }) => state === 'ended' || setImmediate(work));
      };
      setImmediate(work);
      return made;
    },
  });
}

describe('forewarm warm', () => {
  test('does the work itself when no worker is alive, and says so', async () => {
    const cli = new Cli();
    cli.stock(30);
    busy(cli, 10);
    const { code, out, err } = await cli.run('warm', 'source=profile');
    expect(code).toBe(0);
    expect(err).toContain('no worker is running: this process does the work');
    expect(out).toMatch(
      /run run-1 finished after 0ms\n\n {2}outcome {2}keys {2}share\n {2}warmed {5}30 {2}100 %\n/,
    );
    expect(cli.apps).toEqual([
      { roles: [], state: 'stopped' },
      { roles: ['worker'], state: 'stopped' },
    ]);
  });

  test('leaves the work to a live worker', async () => {
    const cli = new Cli();
    await cli.alive('worker', 'api');
    cli.script(scripted(runView({ state: 'running', pending: 40, endedReason: null }), runView()));
    const { code, out, err } = await cli.run('warm');
    expect(code).toBe(0);
    expect(err).toBe('warming 60/100, 60 %: 100 warmed\n');
    expect(out).toContain('What to try next');
    expect(out).toContain('forewarm check');
    expect(cli.apps.map(({ roles }) => roles)).toEqual([[]]);
  });

  test('hands every flag on to the verb', async () => {
    const cli = new Cli();
    await cli.alive('worker');
    const requests: unknown[] = [];
    cli.script({
      ...scripted(runView()),
      warm: async (request, cause) => {
        requests.push({ ...request, cause });
        return { run: runView(), created: false };
      },
    });
    const flags = ['--limit', '5', '--missing', '--deadline', '10m', '--force', '--id', 'mine'];
    const { err } = await cli.run('warm', 'age>1h', 'source=profile', ...flags);
    expect(requests).toEqual([
      {
        ...{ selector: 'source=profile age>1h', limit: 5, missing: true, deadline: 600_000, force: true },
        ...{ id: 'mine', cause: 'cli' },
      },
    ]);
    expect(err).toContain('run r1 exists already: following it');
  });

  test.each([
    ['every key is warm', {}, 0],
    ['a key failed', { counts: countsOf({ warmed: 99, failed: 1 }) }, 3],
    ['a key was refused', { counts: countsOf({ warmed: 99, refused: 1 }) }, 3],
    ['a tier lacks a key', { coverage: { redis: { warm: 99, total: 100 } } }, 3],
    [
      'an entity set came short',
      { shrunk: [{ source: 'profile', entities: ['e'], listed: 1, missing: 199, keys: 200 }] },
      3,
    ],
    [
      'an entity set has no row any more',
      { total: 0, shrunk: [{ source: 'profile', entities: ['e'], listed: 0, missing: 200, keys: 200 }] },
      3,
    ],
    ['an entity set could not be read', { unread: [{ entities: 'shops', reason: 'no file' }] }, 3],
    ['no key was selected', { total: 0, counts: countsOf(), coverage: {} }, 4],
    ['it was stopped', { endedReason: 'stopped' as const }, 5],
    ['it reached its deadline', { endedReason: 'deadline' as const }, 5],
    ['it failed as a whole', { endedReason: 'failed' as const, endedNote: 'no entities' }, 1],
    [
      'its list is wrong',
      { endedReason: 'failed' as const, endedNote: 'plan: E_ENTITIES_INVALID: entity set "a", a.csv: no' },
      2,
    ],
  ])('when %s the exit code says so', async (_, change, expected) => {
    const cli = new Cli();
    await cli.alive('worker');
    cli.script(scripted(runView(change)));
    const { code, out } = await cli.run('warm', '--json');
    expect(code).toBe(expected);
    expect(eventsOf(out).at(-1)).toMatchObject({ event: 'summary', exitCode: expected });
  });

  test('shows failures, holes in tiers and what to do about them', async () => {
    const cli = new Cli();
    await cli.alive('worker');
    cli.script(
      scripted(
        runView({
          total: 3_000,
          counts: countsOf({ warmed: 2_950, 'already-warm': 40, failed: 10 }),
          coverage: { redis: { warm: 2_999, total: 3_000 } },
        }),
      ),
    );
    const { out } = await cli.run('warm');
    expect(out).toBe(`
run r1 finished after 2.0s

  outcome        keys   share
  warmed        2,950  98.3 %
  already-warm     40   1.3 %
  failed           10   0.3 %
  total         3,000   100 %

  tier     warm            keys
  redis  99.9 %  2,999 of 3,000

What to try next
  forewarm runs failures r1       # which keys it did not warm, and why
  forewarm runs redrive --run r1  # try those that failed again
  forewarm check source=profile   # coverage and freshness per tier
`);
  });

  test('becomes the worker of the run that it follows when none is left, and does not make another', async () => {
    const cli = new Cli();
    await cli.alive('worker');
    const halfway = { state: 'running', pending: 40, endedReason: null, endedAt: null } as const;
    const watches = [[runView(halfway), runView({ ...halfway, waits: [NO_WORKER] }), runView()], [runView()]];
    let made = 0;
    cli.script({
      ...scripted(runView(halfway)),
      warm: async () => {
        made += 1;
        return { run: runView(halfway), created: true };
      },
      async *watchRun() {
        yield* watches.shift() ?? [];
      },
    });
    const { code, out, err } = await cli.run('warm');
    expect({ code, made }).toEqual({ code: 0, made: 1 });
    expect(err).toContain('no worker is running any more: this process does the work');
    expect(err).not.toContain('waiting:');
    expect(out).toContain('run r1 finished');
    expect(watches).toEqual([]);
    expect(cli.apps).toEqual([
      { roles: [], state: 'stopped' },
      { roles: ['worker'], state: 'stopped' },
    ]);
  });

  test('with --background prints the run id alone on stdout and returns', async () => {
    const cli = new Cli();
    cli.stock(3);
    const { code, out, err } = await cli.run('warm', '--background');
    expect({ code, out }).toEqual({ code: 0, out: 'run-1\n' });
    expect(err).toContain('no worker is running: the run waits for one (forewarm worker)');
    expect(err).toContain('forewarm runs watch run-1');
  });

  test('with --json writes one event per change and a summary', async () => {
    const cli = new Cli();
    await cli.alive('worker');
    cli.script(scripted(runView({ state: 'running', pending: 40 }), runView()));
    const { out, err } = await cli.run('warm', '--json');
    expect(eventsOf(out).map(({ event }) => event)).toEqual(['run', 'run', 'summary']);
    expect(err).toBe('');
  });

  test('on the first Ctrl-C leaves a run that others work on, and says how to come back', async () => {
    const cli = new Cli();
    cli.stock(10);
    await cli.alive('worker');
    const ended = cli.run('warm');
    await expect.poll(() => cli.verbs.watches).toBe(1);
    cli.verbs.planRun('run-1');
    await new Promise(setImmediate);
    cli.signal();
    const { code, err } = await ended;
    expect(code).toBe(5);
    expect(err).toContain('run run-1 goes on without this command, at 0 of 10 keys.');
    expect(err).toContain('forewarm runs stop run-1');
    expect((await cli.verbs.run('run-1')).state).toBe('running');
  });

  test('on the first Ctrl-C stops its own worker gently, and says how to go on', async () => {
    const cli = new Cli();
    cli.stock(10);
    const ended = cli.run('warm', 'source=profile');
    await expect.poll(() => cli.verbs.watches).toBe(1);
    cli.verbs.planRun('run-1');
    await new Promise(setImmediate);
    cli.signal();
    const { code, err } = await ended;
    expect(code).toBe(5);
    expect(err).toContain('stopped at 0 of 10 keys; nothing is lost. Go on with:');
    expect(err).toContain('forewarm warm source=profile --id run-1');
    expect(cli.apps.at(-1)).toEqual({ roles: ['worker'], state: 'stopped' });
  });

  test('on the second Ctrl-C ends at once', async () => {
    const cli = new Cli();
    cli.script({
      watchRun: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }),
    });
    const ended = cli.run('warm');
    await expect.poll(() => cli.apps.at(-1)?.roles).toEqual(['worker']);
    await new Promise(setImmediate);
    cli.signal();
    cli.signal('SIGTERM');
    expect((await ended).code).toBe(130);
  });
});
