/** What disturbed a run and when, so that a promise that holds "within a bound" is asked only after that bound. */
import type { Told } from './records.ts';

export interface Disturbance {
  /** The process it keeps from hearing the bus in time; undefined: every process. */
  readonly process: string | undefined;
  readonly text: string;
  /** The process stands still: it was paused, or kept from the processor. */
  readonly still: boolean;
  readonly from: number;
  /** Infinity while it goes on. */
  to: number;
}

/** A process that can hear the bus has heard a message after so long, in ms... */
const HEARS_WITHIN = 1_000;
/** ...and after a disturbance it hears again so much later, at the latest: clients come back within two seconds and a half. */
const HEARS_AGAIN_WITHIN = 4_000;
/** What a process does first after it stood still takes less than this, in ms. */
const DAZED = 300;
/** Disturbances that ended so long ago are forgotten. */
const REMEMBERED = 120_000;
const MOST_COMPLAINTS = 2_000;

export class Disturbances {
  #all: Disturbance[] = [];
  readonly #complaints: Told[] = [];

  /** Begins one. The answer ends it. */
  begin(what: Omit<Disturbance, 'to'>): (end: number) => void {
    const disturbance: Disturbance = { ...what, to: Number.POSITIVE_INFINITY };
    this.#all.push(disturbance);
    return (end) => {
      disturbance.to = end;
    };
  }

  /** A process stood still; undefined: the checker, and all links with it. */
  stoodStill(process: string | undefined, from: number, to: number): void {
    const text = process === undefined ? 'the checker stood still' : 'stood still';
    this.#all.push({ process, text, still: true, from, to });
    this.#all = this.#all.filter((one) => one.to > to - REMEMBERED);
  }

  /** A process told of a problem: for the story only. */
  complained(process: string, at: number, text: string): void {
    this.#complaints.push({ at, text: `${process} complains: ${text}` });
    if (this.#complaints.length > MOST_COMPLAINTS) this.#complaints.splice(0, MOST_COMPLAINTS / 2);
  }

  /** When a process has heard, at the latest, what was said on the bus at `at`. Infinity: nobody can tell yet. */
  heardBy(process: string, at: number): number {
    let heard = at + HEARS_WITHIN;
    for (;;) {
      const later = this.#of(process)
        .filter((one) => one.from <= heard)
        .reduce((latest, { to }) => Math.max(latest, to + HEARS_AGAIN_WITHIN), heard);
      if (later === heard) return heard;
      heard = later;
    }
  }

  /** Whether anything kept a process from hearing the bus between two times, or so shortly before that it may not hear it yet. */
  isDeaf(process: string, from: number, to: number): boolean {
    return this.#of(process).some((one) => one.from <= to && one.to + HEARS_AGAIN_WITHIN >= from);
  }

  /** Whether a process has just come to itself: its first look at a clock may be at one from before. */
  isDazed(process: string, at: number): boolean {
    return this.#all.some(
      (one) => one.still && one.process === process && one.from <= at && one.to + DAZED >= at,
    );
  }

  /** Those between two times, told. */
  between(from: number, to: number): Told[] {
    return this.#all
      .filter((one) => one.from <= to && one.to >= from)
      .map(({ from: at, to: end, text, process, still }) => ({
        at,
        text: `${still && process !== undefined ? `${process} ` : ''}${text}, ${lasting(at, end)}`,
      }));
  }

  /** What processes complained of between two times: no excuse for anything. */
  complaints(from: number, to: number): Told[] {
    return this.#complaints.filter(({ at }) => at >= from && at <= to);
  }

  #of(process: string): Disturbance[] {
    return this.#all.filter((one) => one.process === undefined || one.process === process);
  }
}

function lasting(from: number, to: number): string {
  return to === Number.POSITIVE_INFINITY ? 'not over yet' : `for ${Math.round(to - from)} ms`;
}
