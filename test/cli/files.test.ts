/** Files that commands write. */
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeWhole } from '../../src/cli/terminal/files.ts';
import { temporaryFolder } from '../support/disk.ts';

const text = (path: string) => writeWhole(path, (write) => write('new'));

describe('a file that is written whole', () => {
  test('takes the place of another file, also behind a link, which stays one', async () => {
    const folder = temporaryFolder();
    const [file, link] = [join(folder, 'file'), join(folder, 'link')];
    writeFileSync(file, 'old');
    symlinkSync(file, link);
    await text(link);
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    await text(join(folder, 'another'));
    expect(readdirSync(folder).sort()).toEqual(['another', 'file', 'link']);
  });

  test.each([
    ['a named pipe', (path: string) => execFileSync('mkfifo', [path])],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a device', (path: string) => symlinkSync('/dev/null', path)],
    ['no such file', (path: string) => symlinkSync('/nowhere/at/all', path)],
  ])('replaces no other thing: %s', async (what, make) => {
    const folder = temporaryFolder();
    const path = join(folder, 'thing');
    make(path);
    const before = lstatSync(path);
    await expect(text(path)).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
    await expect(text(path)).rejects.toThrow(what === 'no such file' ? 'ENOENT' : `is ${what}, and no file`);
    expect(lstatSync(path).ino).toBe(before.ino);
    expect(readdirSync(folder)).toEqual(['thing']);
  });
});
