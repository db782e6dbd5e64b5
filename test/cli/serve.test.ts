import { describe, expect, onTestFinished, test } from 'vitest';
import { processIo } from '../../src/cli/terminal/process-io.ts';
import { TEST_PATIENCE, within } from '../support/waiting.ts';
import { Cli, eventsOf, runView, scripted } from './harness.ts';

/** For people, also where no terminal is. */
const TEXT = { FOREWARM_LOG__FORMAT: 'text' };

/** Runs a command that goes on until a signal, and sends it once the process has said what it has to say. */
async function upUntil(cli: Cli, said: string, ...argv: string[]) {
  const ended = cli.run(...argv);
  await expect.poll(() => cli.screen.out).toContain(said);
  const stop = () => {
    cli.signal('SIGTERM');
    return ended;
  };
  return { stop };
}

describe('forewarm up', () => {
  test('starts every role, says where everything is and what to try, and stops on a signal', async () => {
    const cli = new Cli({ env: TEXT });
    cli.stock(2);
    const { stop } = await upUntil(cli, 'keeping it warm', 'up', '--port', '8123');
    expect(cli.apps).toEqual([{ roles: ['worker', 'scheduler', 'api'], state: 'running' }]);
    cli.events.emit('keys:ended', { source: 'profile', outcomes: { warmed: 1_200, failed: 1 } });
    await cli.clock.advance(65_000);
    const { code, out } = await stop();
    expect(code).toBe(0);
    expect(out).toContain('Forewarm is up: worker, scheduler, api\n\n  console  http://127.0.0.1:8123/\n');
    expect(out).toContain('  API      http://127.0.0.1:8123\n');
    expect(out).toContain('  Redis    embedded (a private redis-server)\n');
    expect(out).toMatch(/tiers {4}memory up to 256 MB, redis "fw:", disk up to 4\.00 GB in \S+cache\.db\n/);
    expect(out).toContain('keeps    1 source from 1 origin: profile\n');
    expect(out).toMatch(/nightly {3}0 2 \* \* \*.*in 2h /);
    expect(out).toMatch(/curl http:\/\/127\.0\.0\.1:8123\/v1\/entries\/profile%3A1 +# a value over HTTP/);
    expect(out).toContain('SIGTERM: stopping; what is in hand is finished or goes back to the queue');
    expect(out).toContain('stopped in 0ms, after 1m5s: 1,200 warmed, 1 failed');
    expect(out).toContain('nothing is lost; start again with: forewarm up');
    expect(cli.apps[0]?.state).toBe('stopped');
  });

  test('shows the first of many schedules, and how many there are beside them: the rest is to be seen on a terminal', async () => {
    const cli = new Cli({ env: TEXT });
    const of = cli.verbs.schedules;
    cli.verbs.schedules = async () =>
      (await of()).flatMap((each) => Array.from({ length: 60 }, (_, i) => ({ ...each, name: `s${i}` })));
    const { stop } = await upUntil(cli, 'keeping it warm', 'up');
    const { out } = await stop();
    expect(out.match(/^ *s\d+ /gm)).toHaveLength(5);
    expect(out).toContain('and 115 others: forewarm schedules\n');
  });

  test('with --warm follows the run and shows coverage per tier before it goes on', async () => {
    const cli = new Cli({ env: TEXT });
    cli.stock(2);
    const causes: string[] = [];
    cli.script({
      ...scripted(runView({ state: 'running', pending: 50 }), runView()),
      warm: async (request, cause) => {
        causes.push(`${cause} ${request.selector}`);
        return { run: runView(), created: true };
      },
    });
    const { stop } = await upUntil(cli, 'keeping it warm', 'up', '--warm', 'source=profile');
    const { out } = await stop();
    expect(causes).toEqual(['start source=profile']);
    expect(out).toContain('warming 50/100, 50 %');
    expect(out).toContain('run r1 finished after 2.0s, 100 keys\n\n  tier     warm  total');
    expect(out).toContain('forewarm check source=profile');
  });

  test('logs what is refreshed, as it happens', async () => {
    const cli = new Cli({ env: TEXT });
    const { stop } = await upUntil(cli, 'keeping it warm', 'up', '--set', 'log.format=text');
    cli.events.emit('keys:ended', { source: 'quote', outcomes: { warmed: 310 } });
    await cli.clock.advance(5_000);
    expect(cli.screen.out).toMatch(/\d\d:\d\d:\d\d info {2}quote: 310 warmed\n$/);
    await stop();
  });

  test.each([['worker'], ['scheduler'], ['api'], ['drain'], ['up']])(
    '%s logs more after SIGUSR2, and says so',
    async (command) => {
      const cli = new Cli();
      const { stop } = await upUntil(cli, '"started"', command);
      expect(cli.debugSignal()).toBe(true);
      const { out } = await stop();
      const told = eventsOf(out).find(({ event }) => event === 'log-level.changed');
      expect(told).toMatchObject({ to: 'debug', by: 'SIGUSR2' });
    },
  );

  test('is not ended by SIGUSR2 before it runs, nor is another command', async () => {
    const cli = new Cli();
    const heard: boolean[] = [];
    cli.onStart = () => {
      heard.push(cli.debugSignal());
    };
    await cli.run('stats');
    const { stop } = await upUntil(cli, '"started"', 'worker');
    await stop();
    expect(heard).toEqual([true, true]);
  });

  test('says how many lines it has held back, also where it is ended at once', async () => {
    const cli = new Cli();
    const { stop } = await upUntil(cli, '"started"', 'worker');
    const ended = stop();
    for (let i = 0; i < 4; i += 1)
      cli.events.emit('problem', { where: 'a test', error: new Error('it is broken') });
    cli.signal('SIGINT');
    const { code, out } = await ended;
    const told = eventsOf(out).filter(({ event }) => event === 'problem');
    expect([code, told.map(({ repeats = 0 }) => repeats)]).toEqual([130, [0, 3]]);
  });

  test('logs at debug after SIGUSR2, which the machine gives it, and no longer after the next', async () => {
    const cli = new Cli({ env: TEXT });
    const { stop } = await upUntil(cli, 'keeping it warm', 'up', '--set', 'log.format=text');
    const begin = () =>
      cli.events.emit('job:started', { kind: 'refresh', id: '1', lane: 'markets', attempt: 1 });
    cli.debugSignal();
    begin();
    cli.debugSignal();
    begin();
    const { out } = await stop();
    expect(out.match(/a refresh job started/g)).toHaveLength(1);
    const heard = Promise.withResolvers<void>();
    const off = processIo().onDebugSignal(heard.resolve);
    onTestFinished(off);
    process.kill(process.pid, 'SIGUSR2');
    await within(TEST_PATIENCE, 'the signal', heard.promise);
  });

  test('leaves roles out', async () => {
    const cli = new Cli({ env: TEXT });
    const { stop } = await upUntil(cli, 'keeping it warm', 'up', '--no-api', '--no-scheduler');
    const { out } = await stop();
    expect(cli.apps[0]?.roles).toEqual(['worker']);
    expect(out).not.toContain('curl');
    expect((await cli.run('up', '--no-api', '--no-scheduler', '--no-worker')).code).toBe(2);
  });

  test('stops during the first warming without waiting for it', async () => {
    const cli = new Cli({ env: TEXT });
    cli.stock(5);
    const ended = cli.run('up', '--warm');
    await expect.poll(() => cli.verbs.watches).toBe(1);
    cli.signal();
    const { code, out } = await ended;
    expect(code).toBe(0);
    expect(out).not.toContain('What to try next');
    expect(out).toContain('start again with: forewarm up --warm');
  });

  test('with --json writes events only, and what a warming comes to', async () => {
    const cli = new Cli({ env: TEXT });
    cli.script({ ...scripted(runView()), warm: async () => ({ run: runView(), created: true }) });
    const { stop } = await upUntil(cli, '"warmed"', 'up', '--warm', '--json');
    const { out } = await stop();
    const [started, ...rest] = eventsOf(out);
    expect(started).toMatchObject({ event: 'started', apiUrl: 'http://127.0.0.1:7077' });
    expect(rest.map(({ event }) => event)).toEqual(['run', 'warmed', 'stopping', 'summary']);
    expect(rest.at(-1)).toMatchObject({ event: 'summary', exitCode: 0, signal: 'SIGTERM' });
  });

  test('is JSON where no terminal is, the banner included: records that a collector can take', async () => {
    const cli = new Cli();
    cli.script({ ...scripted(runView()), warm: async () => ({ run: runView(), created: true }) });
    const { stop } = await upUntil(cli, '"started"', 'up', '--warm');
    cli.events.emit('run:ended', { run: 'r1', reason: 'finished' });
    const lines = eventsOf((await stop()).out);
    for (const line of lines)
      expect(line).toMatchObject({ level: 'info', time: expect.any(String), msg: expect.any(String) });
    expect(lines.map(({ event }) => event)).toEqual(['started', 'run.ended', 'stopping', 'summary']);
    expect(lines[0]).toMatchObject({
      ...{ roles: ['worker', 'scheduler', 'api'], redis: 'embedded (a private redis-server)', sources: 1 },
      tiers: [expect.stringContaining('memory'), 'redis "fw:"', expect.stringContaining('disk')],
      ...{ schedules: expect.arrayContaining(['nightly']), origins: ['markets'] },
      msg: 'Forewarm is up: worker, scheduler, api, at http://127.0.0.1:7077',
    });
  });

  test('says each minute what it did, also how much is left, and nothing while it does nothing', async () => {
    const cli = new Cli();
    const { stop } = await upUntil(cli, '"started"', 'up', '--set', 'log.summary=1m');
    cli.left = async () => ({ due: 2, waiting: 4 });
    cli.script({ stats: () => expect.fail('asks every tier what it holds') });
    cli.events.emit('keys:ended', { source: 'profile', outcomes: { warmed: 1_200, failed: 1 } });
    const call = { origin: 'markets', source: 'profile', keys: 1, ms: 1 };
    cli.events.emit('origin:call', { ...call, result: 'ok' });
    cli.events.emit('origin:call', { ...call, result: 'throttled' });
    await cli.clock.advance(300_000);
    cli.events.emit('origin:call', { ...call, result: 'ok' });
    await cli.clock.advance(60_000);
    const told = eventsOf((await stop()).out).filter(({ event }) => event === 'activity');
    expect(told.map(({ msg }) => msg)).toEqual([
      'in the last 1m: 1,200 warmed, 1 failed; 2 origin calls, 1 failed; 2 keys due; 4 jobs waiting',
      'in the last 1m: 1 origin call; 2 keys due; 4 jobs waiting',
    ]);
    expect(told[0]).toMatchObject({ ms: 60_000, reads: 0, calls: 2, failed: 1, due: 2, waiting: 4 });
  });

  test('says nothing of what it did where that is off, and leaves out what nobody tells', async () => {
    const did = async (...set: string[]) => {
      const cli = new Cli();
      cli.left = () => Promise.reject(new Error('gone'));
      const { stop } = await upUntil(cli, '"started"', 'up', '--set', ...set);
      cli.events.emit('keys:ended', { source: 'profile', outcomes: { warmed: 1 } });
      await cli.clock.advance(61_000);
      return eventsOf((await stop()).out).flatMap(({ event, msg }) => (event === 'activity' ? [msg] : []));
    };
    expect(await did('log.summary=1m')).toEqual(['in the last 1m: 1 warmed']);
    expect(await did('log.summary=off')).toEqual([]);
  });

  test('says of how long it speaks, where what is left took long to find out', async () => {
    const cli = new Cli();
    const { stop } = await upUntil(cli, '"started"', 'up', '--set', 'log.summary=1m');
    const ended = () => cli.events.emit('keys:ended', { source: 'profile', outcomes: { warmed: 1 } });
    cli.left = () => new Promise((resolve) => cli.clock.after(30_000, () => resolve({ due: 0, waiting: 0 })));
    ended();
    await cli.clock.advance(90_000);
    ended();
    await cli.clock.advance(90_000);
    const told = eventsOf((await stop()).out).filter(({ event }) => event === 'activity');
    expect(told.map(({ ms }) => ms)).toEqual([60_000, 90_000]);
  });

  test('sends a token along where the API wants one', async () => {
    const cli = new Cli({ env: TEXT });
    const token = ['--set', 'api.tokens=[{"name":"me","token":"hunter2","scopes":["admin"]}]'];
    const { stop } = await upUntil(cli, 'keeping it warm', 'up', ...token);
    const { out } = await stop();
    expect(out).toContain('curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:7077/v1/stats');
    expect(out).not.toContain('hunter2');
  });

  test('names commands as it was called itself', async () => {
    const cli = new Cli({ env: { ...TEXT, npm_package_name: 'forewarm', npm_lifecycle_event: 'start' } });
    const { stop } = await upUntil(cli, 'keeping it warm', 'up');
    expect((await stop()).out).toContain('npm run -s forewarm -- stats --watch');
  });

  test('reports what is wrong when it cannot start, and releases everything', async () => {
    const cli = new Cli({ env: TEXT });
    cli.onStart = () => {
      throw new Error('port 7077 is in use');
    };
    const { code, err } = await cli.run('up');
    expect(code).toBe(1);
    expect(err).toContain('port 7077 is in use');
    expect(cli.apps[0]?.state).toBe('stopped');
  });
});

describe('a process that could not give back what it had in hand', () => {
  test('says so in text', async () => {
    const cli = new Cli({ env: TEXT });
    cli.unended = 2;
    const { stop } = await upUntil(cli, 'keeping it warm', 'up');
    const { code, out } = await stop();
    expect(code).toBe(0);
    expect(out).toContain(
      'some work did not end in time; the queue hands it to the next worker, nothing is lost',
    );
  });

  test('says so in its summary', async () => {
    const cli = new Cli();
    cli.unended = 1;
    const { stop } = await upUntil(cli, '"started"', 'worker', '--set', 'log.format=json');
    expect(await stop().then(({ out }) => out)).toContain('"inTime":false');
  });
});

describe.each(['worker', 'scheduler', 'api'])('forewarm %s', (role) => {
  test('runs that role alone until a signal', async () => {
    const cli = new Cli();
    const { stop } = await upUntil(cli, 'config ', role, '--set', 'log.format=text');
    expect(cli.apps).toEqual([{ roles: [role], state: 'running' }]);
    const { code, out } = await stop();
    expect(code).toBe(0);
    expect(out).toContain(`Forewarm is up: ${role}\n`);
    expect(out).toContain(`start again with: forewarm ${role}`);
  });

  test('says everything in JSON where its log is JSON', async () => {
    const cli = new Cli();
    const { stop } = await upUntil(cli, '"started"', role, '--set', 'log.format=json');
    const { out } = await stop();
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ event }) => event !== undefined)).toMatchObject([
      { event: 'started', roles: [role] },
      { event: 'stopping', signal: 'SIGTERM' },
      { event: 'summary', exitCode: 0, outcomes: { warmed: 0 } },
    ]);
  });
});
