/** What may stand under a name that somebody takes for a file. */
import { execFileSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { messageOf } from '../../src/core/errors.ts';
import { collect, makeFolder, piecesOf, readBounded, readBoundedSync } from '../../src/flow/files.ts';
import { temporaryFolder } from '../support/disk.ts';

function setup() {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  mkdirSync(at('folder'));
  writeFileSync(at('file'), 'text');
  symlinkSync(at('file'), at('link'));
  execFileSync('mkfifo', [at('pipe')]);
  return at;
}

const said = (pending: Promise<unknown>) => pending.then(String, messageOf);

describe('a folder that is made', () => {
  test('has those above it made as well, with the same rights, and may be there', () => {
    const at = setup();
    makeFolder(at('a/b/c'), 0o700);
    makeFolder(at('a/b/c'));
    for (const folder of ['a', 'a/b', 'a/b/c']) expect(statSync(at(folder)).mode & 0o777).toBe(0o700);
  });

  // The process would hang in `mkdir` of Node, which no signal ends.
  test.runIf(existsSync('/proc/self'))('is refused by a file system that lets nobody make one', () => {
    for (const path of ['/proc/nix', '/proc/nix/deep/er', '/proc/self/fd/nix', '/sys/nix/deep'])
      expect(() => makeFolder(path)).toThrow(/^E[A-Z]+:/);
  });

  test('is refused below a file, and in the place of one', () => {
    const at = setup();
    for (const path of ['file', 'file/a', 'file/a/b', 'link/a', 'pipe/a'])
      expect(() => makeFolder(at(path))).toThrow(/ENOTDIR|EEXIST/);
  });
});

describe('a file that is read whole', () => {
  test('may be behind a link', async () => {
    const at = setup();
    expect(await said(readBounded(at('link'), 4))).toBe('text');
    expect(readBoundedSync(at('link'), 4).toString()).toBe('text');
  });

  test.each([
    ['folder', 'is a folder, and no file'],
    ['pipe', 'is a named pipe, and no file'],
    ['/dev/zero', 'is a device, and no file'],
    ['file', 'is longer than 3 B'],
    ['/proc/self/maps', 'is longer than 3 B'],
  ])('is no %s', async (name, message) => {
    const path = name.startsWith('/') ? name : setup()(name);
    expect(await said(readBounded(path, 3))).toBe(message);
    expect(() => readBoundedSync(path, 3)).toThrow(message);
  });
});

describe('input that is read as it comes', () => {
  test('may be a file, or what somebody writes into a pipe', async () => {
    const at = setup();
    expect(await said(collect(piecesOf(at('file')), 4))).toBe('text');
    const writer = createWriteStream(at('pipe'), { flags: 'r+' });
    await new Promise((resolve) => writer.write('piped', resolve));
    const pieces = piecesOf(at('pipe'));
    expect(String((await pieces.next()).value)).toBe('piped');
    // Its writer is still there, and says nothing more.
    expect(await pieces.return(undefined)).toMatchObject({ done: true });
    writer.destroy();
  });

  test('is no folder and no device, and has a bound', async () => {
    const at = setup();
    expect(await said(collect(piecesOf(at('folder')), 4))).toBe('is a folder, and no file');
    expect(await said(collect(piecesOf('/dev/zero'), 4))).toBe('is a device, and no file');
    expect(await said(collect(piecesOf(at('file')), 3))).toBe('is longer than 3 B');
  });
});
