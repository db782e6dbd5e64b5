import type { Clock, Timer } from '../core/clock.ts';

/** How many different texts are distinguished within one window; the rest share one line. */
const MOST_TEXTS = 200;

interface Silence {
  repeats: number;
  say: Say;
  timer: Timer;
}

/** Writes the text; `repeats` is how many more times it would have been written since it last was. */
type Say = (repeats: number) => void;

/**
 * Lets the same text through at most once per window. What was held back is reported as a count when the window closes, so
 * that a flood of one problem is a line now and a line per window.
 */
export class RepeatLimit {
  readonly #clock: Clock;
  readonly #window: number;
  readonly #silences = new Map<string, Silence>();

  /** `window` in milliseconds. */
  constructor({ clock, window }: { readonly clock: Clock; readonly window: number }) {
    this.#clock = clock;
    this.#window = window;
  }

  /** Calls `say` with 0 when `text` is new in this window; otherwise counts it. */
  pass(text: string, say: Say): void {
    const key = this.#silences.has(text) || this.#silences.size < MOST_TEXTS ? text : '';
    const silence = this.#silences.get(key);
    if (silence === undefined) {
      say(0);
      this.#silences.set(key, { repeats: 0, say, timer: this.#closeLater(key) });
    } else {
      silence.repeats += 1;
      silence.say = say;
    }
  }

  /** Reports what is still held back. */
  close(): void {
    for (const { timer, repeats, say } of this.#silences.values()) {
      timer.cancel();
      if (repeats > 0) say(repeats);
    }
    this.#silences.clear();
  }

  #closeLater(key: string): Timer {
    return this.#clock.after(this.#window, () => {
      const silence = this.#silences.get(key);
      if (silence === undefined) return;
      if (silence.repeats === 0) {
        this.#silences.delete(key);
        return;
      }
      silence.say(silence.repeats);
      silence.repeats = 0;
      silence.timer = this.#closeLater(key);
    });
  }
}
