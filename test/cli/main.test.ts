import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderCliPage } from '../../src/cli/page.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { Cli, runView, scripted } from './harness.ts';

describe('the command line', () => {
  test('is described by docs/cli.md as it is now (npm run docs writes it)', () => {
    expect(readFileSync('docs/cli.md', 'utf8')).toBe(renderCliPage());
  });

  test('gives each command an example and its exit codes', () => {
    const sections = renderCliPage()
      .split(/^#{2,} forewarm /m)
      .slice(1);
    expect(sections.length).toBeGreaterThan(25);
    for (const section of sections) {
      expect(section).toMatch(/Examples:\n {2}forewarm /);
      expect(section).toMatch(/Exit codes:\n {2}0 {2}\w+/);
    }
  });

  test('prints help and version on stdout and exits with 0', async () => {
    expect(await new Cli().run('--help')).toMatchObject({ code: 0, err: '' });
    expect(await new Cli().run('warm', '--help')).toMatchObject({ code: 0, err: '' });
    expect((await new Cli().run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [['wram'], "unknown command 'wram'\n(Did you mean warm?)"],
    [['warm', '--limt', '3'], "unknown option '--limt'\n(Did you mean --limit?)"],
    [['warm', '--limit', 'many'], 'It must be a whole number of at least 1.'],
    [['warm', '--deadline', '10'], 'Write a number and a unit, such as 30s, 10m or 1h30m.'],
    [['check', 'sorce=profile'], 'did you mean "source"?'],
    [['stats', '--set', 'nonsense'], 'Write path=value'],
    [['get'], "missing required argument 'key'"],
  ])('answers the usage error %j with one clear line and 2', async (argv, text) => {
    const { code, out, err } = await new Cli().run(...argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(text);
    expect(err).not.toContain('    at ');
  });

  test('writes errors as JSON with --json', async () => {
    const usage = await new Cli().run('wram', '--json');
    expect(usage.code).toBe(2);
    expect(JSON.parse(usage.err).error).toMatchObject({ code: 'E_REQUEST_INVALID' });
    const missing = await new Cli().run('runs', 'show', 'nope', '--json');
    expect(JSON.parse(missing.err).error).toMatchObject({ code: 'E_NOT_FOUND' });
  });

  test('exits with 6 and a remedy when Redis is out of reach', async () => {
    const cli = new Cli();
    cli.onStart = () => {
      throw new ForewarmError('E_REDIS_UNAVAILABLE', 'redis://127.0.0.1:1 does not answer');
    };
    const { code, err } = await cli.run('stats');
    expect(code).toBe(6);
    expect(err).toBe(
      'error E_REDIS_UNAVAILABLE: redis://127.0.0.1:1 does not answer\n' +
        'Check `redis.jobs`; `forewarm doctor` says what is wrong with the server it finds.\n',
    );
    expect(cli.apps[0]?.state).toBe('stopped');
  });

  test('shows a stack with --debug only', async () => {
    const cli = new Cli();
    cli.script({ stats: () => Promise.reject(new Error('boom')) });
    expect((await cli.run('stats')).err).toBe(
      'error E_INTERNAL: boom\nRun it again with --debug to see where it happened.\n',
    );
    expect((await cli.run('stats', '--debug')).err).toContain('    at ');
  });

  test('takes common flags before and after the command', async () => {
    const set = ['--set', 'tiers.memory.maxSize=1MB'];
    for (const argv of [
      [...set, 'config', 'print', 'tiers.memory'],
      ['config', 'print', 'tiers.memory', ...set],
    ]) {
      expect((await new Cli().run(...argv)).out).toMatch(/tiers\.memory\.maxSize +1MB +--set/);
    }
  });

  test('colours on a terminal only, and not against NO_COLOR', async () => {
    const coloured = async (options: ConstructorParameters<typeof Cli>[0]) =>
      (await new Cli(options).run('doctor', '--all')).out.includes('\u001b[');
    expect(await coloured({ isTTY: true })).toBe(true);
    expect(await coloured({ isTTY: false })).toBe(false);
    expect(await coloured({ isTTY: true, env: { NO_COLOR: '1' } })).toBe(false);
    expect(await coloured({ isTTY: true, env: { TERM: 'dumb' } })).toBe(false);
  });

  test('ends a command that has nothing to stop at the first signal', async () => {
    const cli = new Cli();
    cli.script({ stats: () => new Promise(() => {}) });
    const ended = cli.run('stats');
    await expect.poll(() => cli.apps[0]?.state).toBe('running');
    cli.signal();
    expect((await ended).code).toBe(130);
  });

  test('draws a bar on a terminal and prints warnings above it', async () => {
    const cli = new Cli({ isTTY: true, columns: 100, env: { NO_COLOR: '1' } });
    await cli.alive('worker');
    cli.script({
      ...scripted(runView()),
      async *watchRun() {
        yield runView({ state: 'running', pending: 50 });
        cli.events.emit('tier:breaker', { tier: 'disk', of: 'writes', state: 'open', reason: 'full' });
        yield runView();
      },
    });
    const { err } = await cli.run('warm');
    expect(err).toMatch(/warming ━+ 100\/100 {2}100 %/);
    expect(err).toMatch(/warn {2}tier disk: no writes for a while: full\n/);
  });
});

describe('forewarm config', () => {
  test('check says that the configuration is fine, without an app', async () => {
    const cli = new Cli();
    const { code, out } = await cli.run('config', 'check');
    expect(code).toBe(0);
    expect(out).toMatch(/^test\/cli\/forewarm\.yaml is fine\n {2}1 source, 1 origin\n/);
    expect(cli.apps).toEqual([]);
  });

  test('check looks into entity sets, and says what there is to know', async () => {
    const noted = ['--set', 'sources.profile.ttl=1h', '--set', 'entities.markets.badRows=skip'];
    const { code, out } = await new Cli().run('config', 'check', ...noted);
    expect(code).toBe(0);
    expect(out).toMatch(/note --set: sources\.profile\.ttl: values of source "profile" are fresh for 1h/);
    const bad = await new Cli().run('config', 'check', '--set', 'entities.markets.id=nothing');
    expect(bad.code).toBe(2);
    expect(bad.err).toContain('entities.markets: entity set "markets"');
    expect(bad.err).toContain('has no column "nothing" (its id); it has market, name');
    const gone = await new Cli().run(
      'config',
      'check',
      '--json',
      '--set',
      'entities.markets.csv=/no/such.csv',
    );
    expect(JSON.parse(gone.err).error.details.problems[0]).toMatchObject({ path: 'entities.markets' });
  });

  test('check lists every problem and exits with 2', async () => {
    const bad = ['--set', 'tiers.memory.maxSize=big', '--set', 'sources.profile.origin=marktes'];
    const { code, err } = await new Cli().run('config', 'check', ...bad);
    expect(code).toBe(2);
    expect(err).toContain('2 problems\n');
    expect(err).toContain('"big" is not a size');
    expect(err).toContain('marktes');
  });

  test('print shows where each value came from and hides secrets', async () => {
    const set = ['--set', 'redis.jobs=redis://me:hunter2@somewhere'];
    const { out } = await new Cli().run('config', 'print', ...set);
    expect(out).toMatch(/redis\.jobs +redis:\/\/\[redacted\]@somewhere +--set\n/);
    expect(out).toMatch(/sources\.profile\.temperature +cold +test\/cli\/forewarm\.yaml:8:18\n/);
    expect(out).not.toContain('hunter2');
  });

  test('print exits with 4 for a part that does not exist', async () => {
    expect((await new Cli().run('config', 'print', 'nothing')).code).toBe(4);
  });

  test('schema prints a JSON Schema', async () => {
    const { code, out } = await new Cli().run('config', 'schema');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ type: 'object' });
  });
});
