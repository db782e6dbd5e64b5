/**
 * Files that a configuration or a command names, and what else a name may stand for. Reading a named pipe or a device can wait
 * for ever or never end, and it holds a thread of the process, which then cannot even exit: so what is opened is looked at first,
 * and everything has a bound.
 *
 *     regularFile  the size of a file, for those who read it more than once
 *     readBounded  the bytes of a file that is small
 *     collect      all bytes of either
 *     makeFolder   a folder with all above it
 *     piecesOf     the bytes of a file or a pipe as they come, for input that somebody hands over (`<(command)` of a shell)
 */
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  type Stats,
  statSync,
} from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { dirname, resolve } from 'node:path';
import { formatSize } from '../core/units.ts';

/** What stands under the name of a file, as the file system says. Rejects with an `Error` when that is no file, or a longer one. */
export async function regularFile(path: string, most: number = Number.POSITIVE_INFINITY): Promise<Stats> {
  return checked(await stat(path), most);
}

/**
 * Another text where a file may have another content. Tools that pack images set every time of writing to the same, and two files may
 * well have the same size; no tool sets the time of the last change of the file itself.
 */
export function fileVersionOf({ mtimeMs, ctimeMs, ino, size }: Stats): string {
  return [mtimeMs, ctimeMs, ino, size].join(':');
}

/** The whole of a file that has at most `most` bytes. Rejects with an `Error` that says what is wrong, without the path. */
export async function readBounded(path: string, most: number): Promise<Buffer> {
  await regularFile(path, most);
  return short(await readFile(path), most);
}

/** The same at once, for what is read before there is anything to wait with. */
export function readBoundedSync(path: string, most: number): Buffer {
  checked(statSync(path), most);
  return short(readFileSync(path), most);
}

/**
 * Makes a folder, and those above it that are not there. Throws the system's error. `mkdir` with `recursive` never returns where a file
 * system says that there is no such folder above one which it does not let anybody make, as `/proc` does.
 */
export function makeFolder(path: string, mode?: number): void {
  const missing: string[] = [];
  for (let here = resolve(path); !isFolder(here); here = dirname(here)) missing.unshift(here);
  for (const folder of missing) {
    try {
      mkdirSync(folder, mode);
    } catch (error) {
      // Another process made it meanwhile.
      if (!isFolder(folder)) throw error;
    }
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return dirname(path) === path;
  }
}

/** The bytes of a file or a pipe. Whoever stops reading ends it, also while nothing comes. */
export async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  // Without waiting for whoever writes to a pipe: that would be done in a thread that nothing ends.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const about = fstatSync(fd);
  if (about.isFIFO()) return yield* pipe(fd);
  closeSync(fd);
  checked(about, Number.POSITIVE_INFINITY);
  yield* createReadStream(path);
}

async function* pipe(fd: number): AsyncGenerator<Uint8Array> {
  const socket = new Socket({ fd, readable: true, writable: false });
  try {
    yield* socket;
  } finally {
    socket.destroy();
  }
}

/** All of it, if that is no more than `most` bytes. */
export async function collect(pieces: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of pieces) {
    bytes += part.byteLength;
    if (bytes > most) throw tooLong(most);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function checked(about: Stats, most: number): Stats {
  if (!about.isFile()) throw new Error(`is ${kindOf(about)}, and no file`);
  if (about.size > most) throw tooLong(most);
  return about;
}

/** A file may grow, and what the system makes up has no size. */
function short(bytes: Buffer, most: number): Buffer {
  if (bytes.length > most) throw tooLong(most);
  return bytes;
}

export function tooLong(most: number): Error {
  return new Error(`is longer than ${formatSize(most)}`);
}

function kindOf(about: Stats): string {
  if (about.isDirectory()) return 'a folder';
  if (about.isFIFO()) return 'a named pipe';
  return about.isSocket() ? 'a socket' : 'a device';
}
