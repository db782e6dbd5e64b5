/** What a command cannot write is told by its exit code and a line on stderr, whatever the command. */
import { Readable, Writable } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { Cli, FINAL, runDiffView, runView, scripted } from './harness.ts';

/** Words for each command, with which it has something to write. */
const LINES: readonly string[] = [
  'up',
  'worker',
  'scheduler',
  'api',
  'drain',
  'warm',
  'check',
  'plan',
  'invalidate key=profile:1 --mode drop',
  'runs list',
  'runs show r1',
  'runs watch r1',
  'runs diff r1 r1',
  'runs failures r1',
  'runs stop r1',
  'runs dead',
  'runs redrive',
  'schedules list',
  'schedules show nightly',
  'schedules results nightly',
  'schedules preview nightly',
  'schedules trigger nightly',
  'schedules skip nightly',
  'schedules backfill nightly --from 2020-01-01T00:00Z --to 2020-01-03T00:00Z',
  'schedules pause nightly --why moving',
  'schedules resume nightly',
  'get profile:1',
  'list',
  'count',
  'inspect profile:1',
  'explain profile:1',
  'worth',
  'stats',
  'budget',
  'processes',
  'lanes',
  'history coverage',
  'export',
  'import - --dry-run',
  'purge prefix=profile: --yes',
  'clear-expired --all --dry-run',
  'quarantine',
  'quarantine list',
  'quarantine release',
  'validate',
  'bench',
  'clear --yes',
  'gc',
  'log-level',
  'audit',
  'doctor',
  'config check',
  'config print',
  'config schema',
];

/** The names of all commands that do something. */
function namesOf(command: Command, path: readonly string[] = []): string[] {
  if (command.commands.length === 0) return [path.join(' ')];
  return command.commands.flatMap((child) => namesOf(child, [...path, child.name()]));
}

function failing(code: string): Writable {
  const fail = Object.assign(new Error(`${code}: cannot be written`), { code });
  return new Writable({ write: (_chunk, _encoding, done) => done(fail) });
}

/** What stands in it gives every command something to say. */
async function cliTo(stdout: Writable): Promise<Cli> {
  const exporter = new Cli();
  exporter.stock(1);
  const cli = new Cli({ stdout });
  cli.stock(2);
  await cli.clock.advance(70_000);
  cli.stock(1);
  cli.verbs.setAside('profile:2');
  const run = runView({ state: 'running' });
  cli.script({
    ...scripted(runView()),
    runs: async () => ({ runs: [run], cursor: null, lookedBackTo: null }),
    stopRun: async () => run,
    runFailures: async () => ({
      run: run.id,
      failures: [],
      total: 0,
      unlisted: 0,
      progress: FINAL,
      cursor: null,
    }),
    diffRuns: async () => runDiffView(),
  });
  const { out: lines } = await exporter.run('export');
  cli.stdin = Readable.from([Buffer.from(lines)]);
  return cli;
}

test('every command is in the table', () => {
  const program = buildProgram({
    act: async () => {},
    stdout: () => {},
    stderr: () => {},
    width: 80,
    commonFlagsInHelp: true,
  });
  const missing = namesOf(program).filter((name) => !LINES.some((line) => `${line} `.startsWith(`${name} `)));
  expect(missing).toEqual([]);
});

describe.each(LINES)('%s', (line) => {
  test.each([[[]], [['--json']]])(
    'fails with a line when nothing can be written, with the flags %j',
    async (flags) => {
      const { code, err } = await (await cliTo(failing('ENOSPC'))).run(...line.split(' '), ...flags);
      expect({ line, code, err }).toEqual({
        line,
        code: 1,
        err: expect.stringMatching(/error: the output cannot be written: ENOSPC: .+\n$/),
      });
    },
  );

  test('ends with the code of a reader that left', async () => {
    const cli = await cliTo(failing('EPIPE'));
    expect(await cli.run(...line.split(' '))).toMatchObject({ code: 141 });
  });
});

/** Each fails for a reason of its own. */
const FAILURES: readonly (readonly [line: string, code: number])[] = [
  ['export nosuch=1', 2],
  ['get profile:none --offline', 4],
  ['runs show none', 4],
  ['export', 6],
];

test.each(FAILURES)('%s, which fails for another reason, keeps its code %d', async (line, code) => {
  for (const lost of ['ENOSPC', 'EPIPE']) {
    const cli = new Cli({ stdout: failing(lost) });
    if (code === 6) {
      cli.script({
        export: () => {
          throw new ForewarmError('E_REDIS_UNAVAILABLE', 'away');
        },
      });
    }
    const { err, ...end } = await cli.run(...line.split(' '));
    expect([end.code, err.split('\n')[0]]).toEqual([code, expect.stringMatching(/^error E_/)]);
    expect(err).not.toContain('cannot be written');
  }
});
