/** Every command ends within its bound while the jobs Redis fails, and within two seconds once it is interrupted. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { configOf, type Installation, install, writeConfig } from '../support/build-installation.ts';
import { lateness } from '../support/lateness.ts';
import { type RunningCommand, startCommand } from '../support/real-cli.ts';
import { TEST_PATIENCE, until, within } from '../support/waiting.ts';
import { OUTAGES } from './outages.ts';

/** Five seconds, and what it takes to load a command, many of them in one process. */
const BOUND_MS = 6_000;

/** One call of each command that does not run on for ever. `run` stands in for what a test cannot know before. */
const COMMANDS: readonly (readonly string[])[] = [
  ['warm', '--background'],
  ['warm'],
  ['check'],
  ['plan'],
  ['invalidate', 'key=profile:1', '--mode', 'drop', '--yes'],
  ['runs'],
  ['runs', 'list'],
  ['runs', 'show', 'a'],
  ['runs', 'watch', 'a'],
  ['runs', 'diff', 'a'],
  ['runs', 'failures', 'a'],
  ['runs', 'stop', 'a'],
  ['runs', 'dead'],
  ['runs', 'redrive', 'a'],
  ['schedules'],
  ['schedules', 'show', 'warm'],
  ['schedules', 'pause', '--all'],
  ['schedules', 'skip', 'warm'],
  ['schedules', 'trigger', 'warm'],
  ['quarantine'],
  ['quarantine', 'list'],
  ['quarantine', 'release', 'profile:1'],
  ['get', 'profile:1'],
  ['get', 'profile:1', '--offline'],
  ['list'],
  ['count'],
  ['inspect', 'profile:1'],
  ['explain', 'profile:1'],
  ['worth'],
  ['stats'],
  ['budget'],
  ['processes'],
  ['lanes'],
  ['history', 'coverage'],
  ['export'],
  ['import', '-'],
  ['purge', 'source=profile', '--yes'],
  ['clear-expired', '--all', '--yes'],
  ['validate'],
  ['bench'],
  ['clear', '--yes'],
  ['gc'],
  ['log-level'],
  ['audit'],
  ['log-level', 'debug'],
  ['doctor'],
  ['config', 'check'],
];
/** Those that go on until a signal, and so need the server. */
const ROLES = ['up', 'worker', 'scheduler', 'api', 'drain'];

function configure(installation: Installation): Promise<string> {
  return writeConfig(installation, configOf(installation));
}

function namesOf(): string[] {
  const silent = () => {};
  const program = buildProgram({
    act: async () => {},
    ...{ stdout: silent, stderr: silent, width: 80, commonFlagsInHelp: false },
  });
  return program.commands.map((command) => command.name()).filter((name) => name !== 'help');
}

describe.each(OUTAGES)('while the jobs Redis is $name', (outage) => {
  test('every command ends within its bound, and says why', async () => {
    const installation = await install({ aof: true });
    const config = await configure(installation);
    await outage.begin(installation.server);
    const called = [...COMMANDS, ...(outage.name === 'read only' ? [] : ROLES.map((role) => [role]))];
    const late = lateness();
    const ends = await Promise.all(
      called.map(async (argv) => ({ argv: argv.join(' '), ...(await startCommand(config, argv).ended) })),
    );
    const bound = BOUND_MS + late();
    for (const { argv, code, out, err, ms } of ends) {
      expect(ms, argv).toBeLessThan(bound);
      expect(err, argv).not.toContain('E_INTERNAL');
      // A report of the tiers says it itself.
      if (code === EXIT.unavailable) expect(out + err, argv).toMatch(/Redis|tier|redis.jobs/);
      expect(code, `${argv}: ${err}`).not.toBe(EXIT.usage);
    }
    await outage.end(installation.server);
  });
});

describe('Ctrl-C', () => {
  const SOON_MS = 2_000;

  async function interrupted(command: RunningCommand) {
    const [began, late] = [performance.now(), lateness()];
    command.signal('SIGINT');
    const { code } = await within(TEST_PATIENCE, 'the end', command.ended);
    return { code, ms: performance.now() - began - late() };
  }

  test.each([['warm'], ['up'], ['worker'], ['api'], ['validate']])(
    'ends `%s` within two seconds while it connects to a server that does not answer',
    async (name) => {
      const installation = await install({ aof: true });
      const silent = createServer().listen(0, '127.0.0.1');
      const accepted: Socket[] = [];
      silent.on('connection', (socket) => accepted.push(socket));
      onTestFinished(() => {
        for (const socket of accepted) socket.destroy();
        silent.close();
      });
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const server = { ...installation.server, url: `redis://127.0.0.1:${port}` };
      const config = await configure({ ...installation, server });
      const command = startCommand(config, [name]);
      if (accepted.length === 0) await once(silent, 'connection');
      expect((await interrupted(command)).ms).toBeLessThan(SOON_MS);
    },
  );

  test.each([
    ['warm', 'no worker is running'],
    ['up', '"started"'],
  ])('ends `%s` within two seconds after the server began to hang', async (name, said) => {
    const installation = await install({ aof: true });
    installation.origin.answer(() => {});
    const config = await configure(installation);
    const command = startCommand(config, [name]);
    await until(
      said,
      async () => command.said(),
      (text) => text.includes(said),
    );
    installation.server.freeze();
    expect((await interrupted(command)).ms).toBeLessThan(SOON_MS);
    installation.server.thaw();
  });

  test('stops following a run within two seconds while the server hangs, and the run goes on', async () => {
    const installation = await install({ aof: true });
    const config = await configure(installation);
    const made = await startCommand(config, ['warm', '--background', '--id', 'r']).ended;
    expect(made.code, made.err).toBe(EXIT.ok);
    const command = startCommand(config, ['runs', 'watch', 'r', '--json']);
    await until(
      'the run',
      async () => command.said(),
      (text) => text.includes('"event":"run"'),
    );
    installation.server.freeze();
    const { code, ms } = await interrupted(command);
    expect(code).toBe(EXIT.stopped);
    expect(ms).toBeLessThan(SOON_MS);
    installation.server.thaw();
  });
});

test('every command is called by these tests', () => {
  const called = new Set([...COMMANDS.map(([name]) => name), ...ROLES]);
  expect(namesOf().filter((name) => !called.has(name))).toEqual([]);
});
