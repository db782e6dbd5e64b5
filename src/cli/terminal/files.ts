/** Files that commands read and write. */
import { type FileHandle, lstat, open, realpath, rename, rm } from 'node:fs/promises';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import { piecesOf, regularFile } from '../../flow/files.ts';
import type { Io } from './io.ts';

/** The bytes of a file, or of stdin for `-`. Rejects with `E_REQUEST_INVALID` when it cannot be read. */
export async function* readInput(io: Io, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* path === '-' ? io.stdin : piecesOf(path);
  } catch (cause) {
    throw new ForewarmError('E_REQUEST_INVALID', `"${path}" cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** Takes text piece by piece; resolves when there is room for more. */
export type Write = (text: string) => Promise<void>;

/**
 * Writes a file whole or not at all: beside it first, and under its name when `body` has resolved. A link stays, and what it leads
 * to is written. Rejects with `E_REQUEST_INVALID` when it cannot be written: nothing but a file is replaced.
 */
export async function writeWhole<T>(path: string, body: (write: Write) => Promise<T>): Promise<T> {
  const target = await writing(path, () => targetOf(path));
  const draft = `${target}.${process.pid}.part`;
  const file = await writing(path, () => open(draft, 'w'));
  try {
    const answer = await body((text) => writing(path, () => file.writeFile(text)));
    await writing(path, () => finish(file, draft, target));
    return answer;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
}

/** Where the file is, or will be. */
async function targetOf(path: string): Promise<string> {
  const about = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (about === undefined) return path;
  // A link that leads nowhere is refused as well.
  const target = await realpath(path);
  await regularFile(target);
  return target;
}

async function finish(file: FileHandle, draft: string, path: string): Promise<void> {
  await file.sync();
  await file.close();
  await rename(draft, path);
}

async function writing<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw new ForewarmError('E_REQUEST_INVALID', `"${path}" cannot be written: ${messageOf(cause)}`, {
      cause,
    });
  }
}
