import type { Clock, Timer } from '../core/clock.ts';

/** How many different texts of one group are told apart, and how many of all groups together; the rest of each share a line. */
const MOST_OF_GROUP = 20;
const MOST_TEXTS = 200;
/** What stands for the texts that are not told apart, and for the groups. */
const REST = '';

interface Silence {
  repeats: number;
  say: Say;
  timer: Timer;
}

/** How often more it would have been written since it last was, and whether these were the same text or different ones. */
export interface Repeats {
  readonly count: number;
  readonly others: boolean;
}
type Say = (repeats: Repeats) => void;

/** Which texts are the same: those of one group with one text, within a window of so many ms. */
interface Sameness {
  /** What it is about, such as one origin: others are not kept silent by it. */
  readonly group: string;
  readonly text: string;
  readonly window: number;
}

/**
 * Lets the same text through at most once per window. What was held back is reported as a count when the window closes, so
 * that a flood of one problem is a line now and a line per window; and so is one of a problem that is told in other words each time:
 * a group that has more texts than are told apart keeps those it has until the flood is over.
 */
export class RepeatLimit {
  readonly #clock: Clock;
  readonly #groups = new Map<string, Map<string, Silence>>();
  #texts = 0;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** Calls `say` at once when the text is new in this window; otherwise counts it. */
  pass({ group, text, window }: Sameness, say: Say): void {
    const isFull = this.#texts >= MOST_TEXTS;
    const own = isFull && !this.#groups.has(group) ? REST : group;
    const silences = this.#groups.get(own) ?? new Map<string, Silence>();
    this.#groups.set(own, silences);
    const isKept = silences.has(text) || (!isFull && silences.size < MOST_OF_GROUP);
    const key = isKept ? text : REST;
    const silence = silences.get(key);
    if (silence === undefined) {
      say({ count: 0, others: false });
      silences.set(key, { repeats: 0, say, timer: this.#closeLater(own, key, window) });
      this.#texts += 1;
    } else {
      silence.repeats += 1;
      silence.say = say;
    }
  }

  /** Reports what is held back of a group, and begins anew with it. */
  end(group: string): void {
    const silences = this.#groups.get(group) ?? new Map<string, Silence>();
    for (const [text, silence] of silences) {
      silence.timer.cancel();
      this.#report(text, silence);
    }
    this.#texts -= silences.size;
    this.#groups.delete(group);
  }

  /** Reports what is held back so far; the same texts are still held back. */
  flush(): void {
    for (const silences of this.#groups.values())
      for (const [text, silence] of silences) this.#report(text, silence);
  }

  /** Reports what is still held back. */
  close(): void {
    for (const group of [...this.#groups.keys()]) this.end(group);
  }

  #report(text: string, silence: Silence): void {
    if (silence.repeats > 0) silence.say({ count: silence.repeats, others: text === REST });
    silence.repeats = 0;
  }

  #closeLater(group: string, text: string, window: number): Timer {
    return this.#clock.after(window, () => {
      const silences = this.#groups.get(group);
      const silence = silences?.get(text);
      if (silences === undefined || silence === undefined) return;
      const isOver = silence.repeats === 0 && (text === REST || !silences.has(REST));
      this.#report(text, silence);
      if (!isOver) {
        silence.timer = this.#closeLater(group, text, window);
        return;
      }
      silences.delete(text);
      this.#texts -= 1;
      if (silences.size === 0) this.#groups.delete(group);
    });
  }
}
