/** The text of a file, in the encoding that its byte order mark or the configuration says. A byte that is no text is never guessed at. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { markedEncoding } from '../../core/text.ts';
import { regularFile, tooLong } from '../../flow/files.ts';

/** Of a file with rows, in bytes. */
const LARGEST = 2_000_000_000;

/** The text in pieces, without a byte order mark. Throws an `Error` that names the line of the first byte that is no text. */
export async function* textOf(file: string, encoding: string): AsyncGenerator<string> {
  await regularFile(file, LARGEST);
  const label = (await markOf(file)) ?? encoding;
  const decoder = new TextDecoder(label, { fatal: true });
  try {
    let bytes = 0;
    for await (const chunk of createReadStream(file)) {
      bytes += chunk.length;
      // It grows while it is read, or the system makes it up.
      if (bytes > LARGEST) throw tooLong(LARGEST);
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    if (!isUndecodable(error)) throw error;
    throw new Error(undecodable(await lineOfFault(file, label), decoder.encoding), { cause: error });
  }
}

/** The encoding that a byte order mark tells; undefined without one. */
async function markOf(file: string): Promise<string | undefined> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(3), 0, 3, 0);
    return markedEncoding(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

function isUndecodable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
}

function undecodable(line: number, encoding: string): string {
  const advice =
    encoding === 'utf-8'
      ? 'save it as UTF-8, or say `encoding: windows-1252` if it is that'
      : 'the file is damaged, or `encoding` is another one';
  return `line ${line}: not ${encoding.toUpperCase()}; ${advice}`;
}

/**
 * Read once more, since counting lines beforehand would cost every reading. A second decoder follows one chunk behind, so that it can
 * go byte by byte through the chunk that the first one failed at.
 */
async function lineOfFault(file: string, label: string): Promise<number> {
  const ahead = new TextDecoder(label, { fatal: true });
  const behind = new TextDecoder(label, { fatal: true });
  const lines = new LineCount();
  for await (const chunk of createReadStream(file)) {
    try {
      ahead.decode(chunk, { stream: true });
    } catch {
      return countTo(behind, chunk, lines);
    }
    lines.see(behind.decode(chunk, { stream: true }));
  }
  return lines.count;
}

function countTo(decoder: TextDecoder, chunk: Uint8Array, lines: LineCount): number {
  try {
    for (let at = 0; at < chunk.length; at += 1)
      lines.see(decoder.decode(chunk.subarray(at, at + 1), { stream: true }));
  } catch {
    // This is the byte.
  }
  return lines.count;
}

/** Lines end with LF, CR or both. */
class LineCount {
  count = 1;
  #afterReturn = false;

  see(text: string): void {
    for (const character of text) {
      if (character === '\r' || (character === '\n' && !this.#afterReturn)) this.count += 1;
      this.#afterReturn = character === '\r';
    }
  }
}
