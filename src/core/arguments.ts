/**
 * What programs hand to a method of the library, checked once, where it comes in: not all of them are written in TypeScript.
 *
 * A method declares its arguments in order, each with a name and a schema; what is wrong is told in the words of
 * `argument-words.ts`: the method, the place, the value, and the nearest name where one is not known.
 */
import { z } from 'zod';
import { knownAt, type WrongPlace, wordsOf } from './argument-words.ts';
import { ForewarmError } from './errors.ts';
import { quote } from './quote.ts';
import { readWith } from './read-with.ts';

export type Argument = readonly [name: string, schema: z.ZodType];
/** Arguments as a caller gives them. */
export type Given<A extends readonly Argument[]> = { -readonly [I in keyof A]: z.input<A[I][1]> };
/** Arguments as a method works with them: with defaults. */
export type Taken<A extends readonly Argument[]> = { -readonly [I in keyof A]: z.output<A[I][1]> };

/** Places that a message names; the rest is counted. */
const SHOWN = 10;

/** The error for wrong places; `count` is how many there are, told or not. */
export function refused(what: string, places: readonly WrongPlace[], count: number): ForewarmError {
  const errors = places.slice(0, SHOWN);
  const told = errors.map(({ place, message }) => `${place}: ${message}`).join('; ');
  const more = count > errors.length ? `; and ${count - errors.length} more` : '';
  return new ForewarmError('E_REQUEST_INVALID', `${what}: ${told}${more}`, { details: { errors } });
}

export class Method<const A extends readonly Argument[]> {
  readonly #name: string;
  readonly #takes: A;
  readonly #schema: z.ZodObject;
  /** The arguments that are objects with members. */
  readonly #maps: readonly string[];

  constructor(name: string, takes: A) {
    this.#name = name;
    this.#takes = takes;
    this.#schema = z.object(Object.fromEntries(takes));
    this.#maps = takes.map(([name]) => name).filter((name) => knownAt(this.#schema, [name]).length > 0);
  }

  /** The arguments, in order, as their schemas read them; null counts as absent. Throws `E_REQUEST_INVALID`, naming each place. */
  read(...given: readonly unknown[]): Taken<A> {
    const read = this.#parse(given);
    if (read instanceof ForewarmError) throw read;
    // The schema has read each of them under its name.
    return this.#takes.map(([name]) => read[name]) as Taken<A>;
  }

  /** What `read` would throw. */
  refusal(...given: readonly unknown[]): ForewarmError | undefined {
    const read = this.#parse(given);
    return read instanceof ForewarmError ? read : undefined;
  }

  #parse(given: readonly unknown[]): ForewarmError | Record<string, unknown> {
    const values = Object.fromEntries(this.#takes.map(([name], i) => [name, given[i] ?? undefined]));
    const strange = this.#maps.filter((name) => !isMap(values[name]));
    if (strange.length > 0)
      return refused(
        this.#name,
        strange.map((place) => notMap(place, values[place])),
        strange.length,
      );
    const read = readWith(this.#schema, values);
    if (read.success) return read.data;
    const { issues } = read.error;
    const places = issues
      .slice(0, SHOWN)
      .flatMap((issue) => wordsOf(issue, values, knownAt(this.#schema, issue.path)));
    return refused(this.#name, places, issues.length - Math.min(issues.length, SHOWN) + places.length);
  }
}

/** A Set or a promise has no members of its own: to a schema it is a request for everything by default. */
function isMap(value: unknown): boolean {
  return typeof value !== 'object' || Object.prototype.toString.call(value) === '[object Object]';
}

function notMap(place: string, value: unknown): WrongPlace {
  return { place, message: `must be an object, not ${quote(value)}` };
}

/** The arguments of methods, by the name of each. */
export type Methods = Readonly<Record<string, readonly Argument[]>>;

type Checked<M extends Methods> = { readonly [N in keyof M]: (...taken: Taken<M[N]>) => Promise<unknown> };
type Unchecked<M extends Methods, C extends Checked<M>> = {
  readonly [N in keyof M]: (...given: Given<M[N]>) => ReturnType<C[N]>;
};

/** Methods that reject what is not as declared, and hand on what is, with defaults. */
export function withChecks<const M extends Methods, C extends Checked<M>>(
  methods: M,
  checked: C,
): Unchecked<M, C> {
  const all = Object.entries(methods).map(([name, takes]) => {
    const method = new Method(name, takes);
    const act = checked[name] as (...taken: readonly unknown[]) => Promise<unknown>;
    return [name, async (...given: readonly unknown[]) => act(...method.read(...given))] as const;
  });
  // One for each name, which takes what the schemas read.
  return Object.fromEntries(all) as Unchecked<M, C>;
}

/** Structural: a program may run in another realm, whose signals are of another class. */
export const abortSignal = () =>
  z.custom<AbortSignal>(isSignal, {
    error: ({ input }) => `must be an AbortSignal, not ${quote(input)}`,
  });

function isSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (
    typeof Reflect.get(value, 'aborted') === 'boolean' &&
    typeof Reflect.get(value, 'addEventListener') === 'function'
  );
}

export const callback = <F extends (...values: never[]) => unknown>() =>
  z.custom<F>((value) => typeof value === 'function', {
    error: ({ input }) => `must be a function, not ${quote(input)}`,
  });
