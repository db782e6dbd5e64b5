import { count } from '../../core/counted.ts';
import type { Context } from '../context.ts';

/** Between two of them, in ms: on a terminal, where one line is written over, and elsewhere. */
const EVERY_MS = 200;
const EVERY_PLAIN_MS = 10_000;

/** Shows on stderr how far something has come whose end is not known. */
export class Counting {
  readonly #context: Context;
  readonly #words: string;
  #told: number;

  /** `words` say what is counted, such as `entries exported`. */
  constructor(context: Context, words: string) {
    this.#context = context;
    this.#words = words;
    this.#told = context.io.clock.elapsed();
  }

  at(done: number): void {
    const { io, out } = this.#context;
    const now = io.clock.elapsed();
    if (now - this.#told < (io.isTTY ? EVERY_MS : EVERY_PLAIN_MS)) return;
    this.#told = now;
    const text = `${count(done)} ${this.#words}`;
    if (io.isTTY) io.stderr.write(`\r\u001b[K${text}`);
    else out.note(text);
  }

  /** Removes the line. */
  end(): void {
    if (this.#context.io.isTTY) this.#context.io.stderr.write('\r\u001b[K');
  }
}
