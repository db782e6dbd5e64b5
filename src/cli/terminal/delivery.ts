/** Whether what a command wrote was taken; a result that is lost must show in the exit code. */
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { EXIT } from '../exit-codes.ts';

/** The reader of the output may leave early, as `head` does, and a terminal may be closed. */
const READER_LEFT = new Set(['EPIPE', 'EIO']);

export class Delivery {
  readonly #streams: readonly Writable[];
  #lost: NodeJS.ErrnoException | undefined;
  readonly #onLost: (words: string) => void;

  /** `onLost` is told, in words, that a result is lost. */
  constructor(streams: readonly Writable[], onLost: (words: string) => void) {
    this.#streams = streams;
    this.#onLost = onLost;
    // A process's own streams forget that they failed.
    for (const stream of streams)
      stream.on('error', (error) => {
        this.#lost ??= error;
      });
  }

  /**
   * The exit code of a command that ended with `code`, once all that it wrote was taken or refused. A command that failed keeps the
   * code of its reason: it says more than that nobody could read it.
   */
  async codeOf(code: number): Promise<number> {
    await Promise.all(this.#streams.map(written));
    const lost = this.#lost;
    if (lost === undefined) return code;
    const isFine = code === EXIT.ok || code === EXIT.unread;
    if (READER_LEFT.has(lost.code ?? '')) return isFine ? EXIT.unread : code;
    this.#onLost(`error: the output cannot be written: ${lost.message}\n`);
    return isFine ? EXIT.unexpected : code;
  }
}

/** What a pipe has not taken would be lost with the process. To a stream that has nothing to give, nothing is written: it would fail for nothing. */
async function written(stream: Writable): Promise<void> {
  if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => resolve()));
  // A failure is told in the next turn.
  await setImmediate();
}
