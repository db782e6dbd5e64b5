import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';

interface Ended {
  readonly code: number | string | null | undefined;
  readonly out: string;
  readonly err: string;
}

function forewarm(...argv: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['bin/forewarm.mjs', ...argv], (error, out, err) =>
      resolve({ code: error === null ? 0 : error.code, out, err }),
    );
  });
}

const config = ['-c', 'test/cli/forewarm.yaml'];

describe('bin/forewarm.mjs', () => {
  test('runs a command in a process of its own and gives its exit code', async () => {
    expect(await forewarm('config', 'check', ...config)).toMatchObject({ code: 0, err: '' });
    const wrong = await forewarm('config', 'check', ...config, '--set', 'no.such=1');
    expect(wrong).toMatchObject({ code: 2, out: '' });
    expect(wrong.err).toMatch(/^error E_CONFIG_INVALID: /);
  });

  test('writes a long result whole through a pipe', async () => {
    const { out } = await forewarm('config', 'schema');
    expect(out.length).toBeGreaterThan(10_000);
    expect(JSON.parse(out)).toMatchObject({ type: 'object' });
  });

  test('ends quietly when its reader leaves', async () => {
    const child = spawn(process.execPath, ['bin/forewarm.mjs', 'config', 'schema']);
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    const [code] = await once(child, 'close');
    expect({ code, err }).toEqual({ code: 141, err: '' });
  });

  test
    .skipIf(process.platform !== 'linux')
    .each([['config', 'schema'], ['--help'], ['config', 'print', ...config]])(
    'fails with a line when the result of %s cannot be written',
    async (...argv) => {
      const full = openSync('/dev/full', 'w');
      const child = spawn(process.execPath, ['bin/forewarm.mjs', ...argv], {
        stdio: ['ignore', full, 'pipe'],
      });
      closeSync(full);
      const [err, [code]] = await Promise.all([
        child.stderr === null ? '' : text(child.stderr),
        once(child, 'close'),
      ]);
      expect({ code, err }).toEqual({
        code: 1,
        err: expect.stringMatching(/^error: the output cannot be written: ENOSPC: .+\n$/),
      });
    },
  );
});
