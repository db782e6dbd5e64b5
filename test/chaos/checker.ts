/** Takes in what everybody tells, and judges it when everything that bears on it has been told. */
import { Disturbances } from './disturbances.ts';
import { History } from './history.ts';
import { mono } from './mono.ts';
import { ALL_KEYS, type Below, livesOf, MAX_AGE_WITHOUT_BUS } from './plan.ts';
import type { Invalidation, Message, Read, Sight, Value, Violation } from './records.ts';
import { judgeRead, judgeSight, type Reading } from './rules.ts';

/** A read is judged so long after its end, in ms: by then, what others did before it has been told. */
const LAG = 2_500;

/** What a killed process has sent has arrived by then, or never, in ms. */
const LONGEST_ON_ITS_WAY = 2_500;

interface Process {
  hasMemory: boolean;
  /** When its lives began. */
  readonly lives: number[];
  readonly sets: Map<string, Value>;
  invalidation: Invalidation | undefined;
}

export class Checker {
  readonly disturbances = new Disturbances();
  readonly history: History;
  readonly counts = {
    reads: 0,
    misses: 0,
    sets: 0,
    invalidations: 0,
    fetches: 0,
    confirmations: 0,
    sights: 0,
  };
  readonly violations: Violation[] = [];
  readonly #processes = new Map<string, Process>();
  readonly #reading: Reading;
  #waiting: Read[] = [];

  constructor(below: Below) {
    this.history = new History({ keys: ALL_KEYS, lasting: ['redis', below] });
    this.#reading = {
      history: this.history,
      disturbances: this.disturbances,
      livesOf,
      maxAgeWithoutBus: MAX_AGE_WITHOUT_BUS,
      processOf: (name, at) => {
        const { hasMemory, lives } = this.#process(name);
        return { hasMemory, since: lives.findLast((since) => since <= at) ?? 0 };
      },
    };
  }

  /** What processes have begun and not ended, told. */
  open(): { readonly name: string; readonly at: number; readonly text: string }[] {
    return [...this.#processes].flatMap(([name, { sets, invalidation }]) => [
      ...[...sets.values()].map(({ id, from }) => ({ name, at: from, text: `${name} began to set ${id}` })),
      ...(invalidation === undefined
        ? []
        : [{ name, at: invalidation.begin, text: `${name} began to invalidate ${invalidation.what}` }]),
    ]);
  }

  /** A process begins to read. */
  lives(name: string, hasMemory: boolean): void {
    const process = this.#process(name);
    process.hasMemory = hasMemory;
    process.lives.push(mono());
  }

  /**
   * It was killed. The stamps of its values were taken before. What it had sent to raise a fence may still be on a slow
   * link, and takes its stamp when it arrives.
   */
  died(name: string): void {
    const process = this.#process(name);
    const now = mono();
    for (const value of process.sets.values()) value.until = now;
    process.sets.clear();
    if (process.invalidation !== undefined) process.invalidation.end = now + LONGEST_ON_ITS_WAY;
    process.invalidation = undefined;
  }

  /** The origin said that the value is what it was. */
  confirmed(key: string, id: string, at: number): void {
    this.counts.confirmations += 1;
    const value = this.history.value(key, id);
    if (value !== undefined) value.until = at;
  }

  asked(key: string, id: string, at: number): void {
    this.counts.fetches += 1;
    this.history.born({ id, key, by: 'the origin was asked', from: Number.NEGATIVE_INFINITY, until: at });
  }

  told(name: string, message: Message): void {
    const process = this.#process(name);
    if (message.kind === 'reads') this.#waiting.push(...message.reads);
    else if (message.kind === 'setting') this.#setting(name, process, message);
    else if (message.kind === 'set') this.#set(process, message);
    else if (message.kind === 'invalidating') this.#invalidating(name, process, message);
    else if (message.kind === 'invalidated') this.#invalidated(process, message);
    else if (message.kind === 'problem') this.disturbances.complained(name, message.at, message.text);
    else if (message.kind === 'stalled') this.disturbances.stoodStill(name, message.from, message.to);
  }

  saw(sight: Sight): void {
    this.counts.sights += 1;
    this.violations.push(...judgeSight(this.history, sight, this.history.saw(sight)));
  }

  /** Judges the reads that ended long enough ago, or all of them. */
  judge(all = false): void {
    const now = mono();
    const ripe = this.#waiting.filter(({ end }) => all || end < now - LAG);
    this.#waiting = this.#waiting.filter(({ end }) => !all && end >= now - LAG);
    for (const read of ripe) {
      this.counts.reads += 1;
      if (read.value === undefined) this.counts.misses += 1;
      this.violations.push(...judgeRead(this.#reading, read));
    }
    this.history.forget(now);
  }

  #setting(by: string, process: Process, told: Extract<Message, { kind: 'setting' }>): void {
    const { value: id, key, begin: from } = told;
    const value = { id, key, by: `${by} set`, from, until: Number.POSITIVE_INFINITY };
    this.counts.sets += 1;
    process.sets.set(id, value);
    this.history.born(value);
  }

  #set(process: Process, told: Extract<Message, { kind: 'set' }>): void {
    const value = process.sets.get(told.value);
    if (value !== undefined) value.until = told.end;
    process.sets.delete(told.value);
  }

  #invalidating(by: string, process: Process, told: Extract<Message, { kind: 'invalidating' }>): void {
    const { what, mode, fenced, keys, begin } = told;
    const end = Number.POSITIVE_INFINITY;
    this.counts.invalidations += 1;
    process.invalidation = {
      by,
      what,
      mode,
      fenced,
      begin,
      end,
      acknowledged: false,
      missed: [],
      blind: true,
    };
    this.history.invalidating(keys, process.invalidation);
  }

  #invalidated(process: Process, told: Extract<Message, { kind: 'invalidated' }>): void {
    const { end, missed, blind, error } = told;
    const acknowledged = error === undefined;
    if (process.invalidation !== undefined)
      Object.assign(process.invalidation, { end, acknowledged, missed, blind });
    process.invalidation = undefined;
  }

  #process(name: string): Process {
    const known = this.#processes.get(name) ?? {
      hasMemory: false,
      lives: [],
      sets: new Map(),
      invalidation: undefined,
    };
    this.#processes.set(name, known);
    return known;
  }
}
