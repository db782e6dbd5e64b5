/**
 * The terminal. This folder is all that commands know of a terminal: what they get from outside (`io.ts`, of a process in `process-io.ts`), how
 * they are interrupted (`interrupts.ts`), files and standard input (`files.ts`), and how things look: colours (`paint.ts`), tables
 * that fit the width (`table.ts`), lines of words (`fold.ts`), numbers and times (`figures.ts`), progress (`progress.ts`, `counting.ts`, `rate-meter.ts`).
 * Nothing here knows a verb; what reports look like is in `reports/`.
 */
import { fold } from './fold.ts';
import type { Io, TextOutput } from './io.ts';
import { type Paint, painter, printable, wantsColour } from './paint.ts';
import { type Column, renderTable } from './table.ts';

const NEWLINE = 10;
/** What stands around a command and its meaning: blanks, and the mark of a comment. */
const STEP_MARKS = 6;

/**
 * Where a command's words go. Results go to stdout and notes to stderr; with `--json` stdout carries JSON only: one
 * document, or one line per event.
 */
export class Output {
  readonly paint: Paint;
  readonly colour: boolean;
  readonly json: boolean;
  readonly #io: Io;
  /** While a progress bar is on the screen: prints above it. */
  #above: ((text: string) => void) | undefined;

  readonly #hasEvents: boolean;

  /** Without events, nothing is said of what goes on: the log tells it. */
  constructor(io: Io, json: boolean, hasEvents = true) {
    this.#io = io;
    this.#hasEvents = hasEvents;
    this.json = json;
    this.colour = wantsColour(io.isTTY, io.env);
    this.paint = painter(this.colour);
  }

  /** Nothing is cut where no terminal is attached. */
  get width(): number {
    return this.#io.isTTY ? this.#io.columns : Number.POSITIVE_INFINITY;
  }

  /** A line of the result; nothing with `--json`. */
  line(text = ''): void {
    if (!this.json) this.#io.stdout.write(`${fold(text, this.width)}\n`);
  }

  /** A table of the result; nothing with `--json`. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
    if (!this.json) this.#io.stdout.write(renderTable(columns, rows, this));
  }

  /** Names and values, aligned; an empty or absent value leaves its line out. Nothing with `--json`. */
  facts(rows: readonly (readonly [name: string, value: string | null])[]): void {
    const shown = rows.filter(([, value]) => value !== null && value !== '');
    const longest = Math.max(0, ...shown.map(([name]) => name.length));
    for (const [name, value] of shown) {
      this.line(`  ${this.paint('gray', name.padEnd(longest))}  ${printable(value ?? '')}`);
    }
  }

  /** A note on stderr. */
  note(text: string): void {
    this.#io.stderr.write(`${fold(text, this.width)}\n`);
  }

  /** Bytes of the result, as they are; on a terminal the last line is ended. */
  raw(bytes: Uint8Array): void {
    this.#io.stdout.write(bytes);
    if (this.#io.showsResults && bytes.at(-1) !== NEWLINE) this.#io.stdout.write('\n');
  }

  /** The result with `--json`: one document. */
  document(value: unknown): void {
    if (this.json) this.#io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** One line of a stream with `--json`. */
  event(value: { readonly event: string; readonly [field: string]: unknown }): void {
    if (this.json && this.#hasEvents) this.#io.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** What the reader can do next: commands and URLs to paste, each with its meaning. */
  next(steps: readonly (readonly [command: string, meaning: string])[]): void {
    if (steps.length === 0 || this.json) return;
    const longest = Math.max(...steps.map(([command]) => command.length));
    this.line();
    this.line(this.paint('bold', 'What to try next'));
    const isNarrow = steps.some(([, meaning]) => longest + meaning.length + STEP_MARKS > this.width);
    for (const [command, meaning] of steps) {
      const words = this.paint('gray', `# ${meaning}`);
      if (!isNarrow) this.line(`  ${this.paint('cyan', command.padEnd(longest))}  ${words}`);
      else {
        // In one piece, whatever its length: it is there to be pasted.
        this.#io.stdout.write(`  ${this.paint('cyan', command)}\n`);
        this.line(`    ${words}`);
      }
    }
  }

  /** A place for log lines that keeps clear of a progress bar. */
  beside(sink: TextOutput): { write(text: string): void } {
    return {
      write: (text) => {
        if (this.#above === undefined) sink.write(text);
        else this.#above(text);
      },
    };
  }

  /** Called when a progress bar appears, and with undefined when it disappears. */
  yieldTo(above: ((text: string) => void) | undefined): void {
    this.#above = above;
  }
}
